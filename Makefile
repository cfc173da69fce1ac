.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## Build bin/hub, static
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/hub ./cmd/hub

demo: ## Run the demo house
	go run ./cmd/hub run --demo

test: ## Run the tests
	go test ./...

race: ## Run the tests under the race detector
	go test -race ./...

lint: ## gofmt, go vet, staticcheck
	test -z "$$(gofmt -l .)"
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.7.0 ./...

generate: ## Make the generated files anew (catalogue, schemas, docs)
	go generate ./...

fuzz: ## Fuzz every parser of outside bytes, FUZZTIME each (default 30s)
	sh scripts/fuzz.sh $(or $(FUZZTIME),30s)

bench: ## Measure against the budgets of docs/benchmarks.md, with floors in the same run
	sh scripts/bench.sh

peers: ## Run the real-peer suite (installs zigbee2mqtt from npm and mosquitto from Debian)
	sh scripts/peers.sh

web: ## Check the web app: types, built files, every page and flow in a browser (installs npm packages and Chromium)
	sh scripts/web.sh

vuln: ## Look for known vulnerabilities (needs the Go vulnerability database)
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

ci: ## Everything that CI runs
	bash .ci/run

.PHONY: help build demo test race lint generate fuzz bench peers web vuln ci
