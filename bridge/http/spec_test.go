package httpapi

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/concord-home/hub/messages"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// route is one operation of the OpenAPI document.
type route struct {
	method, path string
	params       []string // of the path
	id           string
	open         bool
}

func (r route) String() string { return r.method + " " + r.path }

// url is a path with something in each parameter.
func (r route) url(id string) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(r.path, id)
}

// routes lists every route from the OpenAPI document.
func (r *rig) routes() []route {
	r.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Security    []map[string][]string `json:"security"`
			Parameters  []struct{ In, Name string }
		}
	}
	if err := json.Unmarshal(r.server.spec, &doc); err != nil {
		r.t.Fatal(err)
	}
	var out []route
	for path, ops := range doc.Paths {
		for method, op := range ops {
			x := route{method: strings.ToUpper(method), path: path, id: op.OperationID, open: len(op.Security) == 0}
			for _, p := range op.Parameters {
				if p.In == "path" {
					x.params = append(x.params, p.Name)
				}
			}
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.String(), b.String()) })
	if len(out) < 40 {
		r.t.Fatalf("the document lists %d routes only", len(out))
	}
	return out
}

func TestTheDocumentDescribesEveryRouteWithItsParameters(t *testing.T) {
	r := newRig(t)
	seen := map[string]bool{}
	for _, x := range r.routes() {
		var want []string
		for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(x.path, -1) {
			want = append(want, m[1])
		}
		if !slices.Equal(want, x.params) {
			t.Errorf("%v: its parameters are described as %q", x, x.params)
		}
		if x.id == "" || seen[x.id] {
			t.Errorf("%v: its id %q is empty or used twice", x, x.id)
		}
		seen[x.id] = true
		if x.open != openRoutes[x.method+" "+x.path] {
			t.Errorf("%v: open is %v in the document and %v at the gate", x, x.open, !x.open)
		}
		req, err := http.NewRequest(x.method, r.base+x.url("x"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := r.server.mux.Handler(req); pattern != x.String() {
			t.Errorf("%v is served by %q", x, pattern)
		}
	}
}

func TestTheDocumentIsServedAndItsSchemasAreSound(t *testing.T) {
	r := newRig(t)
	res := r.send(request{method: "GET", path: "/api/openapi.json", token: r.local})
	if res.status != http.StatusOK || res.body != string(r.server.spec) || res.header.Get("Content-Type") != "application/openapi+json" {
		t.Fatalf("got %d, %q", res.status, res.header)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(res.body))
	if err != nil {
		t.Fatal(err)
	}
	root := doc.(map[string]any)
	if root["openapi"] != "3.1.0" || strings.Contains(res.body, "https://") {
		t.Errorf("openapi is %v; a link to elsewhere: %v", root["openapi"], strings.Contains(res.body, "https://"))
	}
	if !strings.Contains(res.body, `"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}`) {
		t.Error("errors are not described as problems")
	}
	c := jsonschema.NewCompiler() // of draft 2020-12, which OpenAPI 3.1 uses
	if err := c.AddResource("mem:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	for name := range root["components"].(map[string]any)["schemas"].(map[string]any) {
		if _, err := c.Compile("mem:///openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
	for _, ref := range regexp.MustCompile(`"\$ref":"([^"]+)"`).FindAllStringSubmatch(res.body, -1) {
		name, ours := strings.CutPrefix(ref[1], "#/components/schemas/")
		if _, ok := root["components"].(map[string]any)["schemas"].(map[string]any)[name]; !ours || !ok {
			t.Errorf("the reference %s leads nowhere", ref[1])
		}
	}
}

func TestADeviceIsAsItsSchemaSays(t *testing.T) {
	r := newRig(t)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(r.server.spec)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	for path, name := range map[string]string{r.path("lamp", ""): "Device", "/api/doctor": "Doctor", r.path("lamp", "/explain"): "Explanation"} {
		schema, err := c.Compile("mem:///openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		res := r.send(request{method: "GET", path: path, token: r.local})
		got, err := jsonschema.UnmarshalJSON(strings.NewReader(res.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// used finds the messages that the code asks for by a literal name.
var used = map[string]*regexp.Regexp{
	"error.": regexp.MustCompile(`problem\([\w.]+, [\w.]+, "([\w.]+)"`),
	"thing.": regexp.MustCompile(`notFound\([\w.]+, "(\w+)"`),
	"":       regexp.MustCompile(`messages\.Text\([\w.]+, "([\w.]+)"[,)]`),
}

func TestEveryMessageTheCodeAsksForIsThere(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for stem, pattern := range used {
			for _, m := range pattern.FindAllStringSubmatch(string(b), -1) {
				found++
				if !messages.Has(stem + m[1]) {
					t.Errorf("%s asks for the message %q, which is not there", f, stem+m[1])
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d messages were found: the patterns no longer fit the code", found)
	}
}
