// Package simulator is a device that is described in a small text file, so that a plugin can be tried and tested
// without the thing itself, and with every fault that a thing can have. Plugins ship theirs as testdata/device.txt;
// `hub plugin simulate DIR` runs it, and the conformance kit plays with it.
//
// A device file, one statement a line, # begins a comment:
//
//	transport http                          http, tcp (lines), udp (datagrams) or mqtt
//	announce mdns _acme._tcp serial=${serial}   what is found on the network; or: announce ssdp TYPE ..., announce mqtt FILTER
//	state serial=7 on=false celsius=21.5    what the device remembers
//	on GET /relay?on={on}                   a request; {name} stands for any text and sets that state
//	  reply {"on":${on}}                    ${name} is the state
//	on PUT /target {"heat":{heat}}          the body follows the path
//	  if heat 5 30                          else status 400 (http), or no reply
//	  reply {}
//	greet HELLO ${serial}                   tcp: sent to whoever connects
//	change STATE on=${on}                   tcp: sent whenever a state changes
//
// Of mqtt every text begins with its topic:
//
//	greet acme/${serial}/online true        published, and kept by the broker, when the device comes
//	will acme/${serial}/online false        and when it is gone
//	change acme/${serial}/status {"on":${on}}   published and kept when it comes and whenever a state changes
//	on acme/${serial}/set {"on":{on}}       a request; ${name} there stands for what that state is
//	  reply acme/${serial}/status {"on":${on}}
//
// Use: Parse the file, Start the device (or Join it to a [Wire]), then Touch it, watch its Requests, and give it a [Fault].
package simulator

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Script is a device file.
type Script struct {
	Transport string // http, tcp, udp or mqtt
	Via, Type string // how it is announced
	Text      map[string]string
	State     map[string]string
	greet     string
	will      string
	change    string
	rules     []*rule
}

// rule is what the device does about a request.
type rule struct {
	text    string // as it was written
	pattern *regexp.Regexp
	names   []string
	given   []bool // of names: what stands there must be the state, and does not set it
	reply   string
	checks  []check
}

// check is a range that a number must be in.
type check struct {
	name     string
	min, max float64
}

// Parse reads a device file; the error says in which line it is wrong.
func Parse(r io.Reader) (*Script, error) {
	s := &Script{Text: map[string]string{}, State: map[string]string{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if err := s.statement(word, strings.TrimSpace(rest)); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if s.Transport == "" || len(s.rules) == 0 && s.change == "" {
		return nil, fmt.Errorf("a device needs a transport and something that it does")
	}
	return s, nil
}

func (s *Script) statement(word, rest string) error {
	switch word {
	case "transport":
		if !slices.Contains([]string{"http", "tcp", "udp", mqtt}, rest) {
			return fmt.Errorf("transport is %q, expected http, tcp, udp or mqtt", rest)
		}
		s.Transport = rest
	case "announce":
		f := strings.Fields(rest)
		if len(f) < 2 || f[0] != "mdns" && f[0] != "ssdp" && f[0] != mqtt {
			return fmt.Errorf("announce %q, expected mdns or ssdp, a type and a text, or mqtt and a topic filter", rest)
		}
		s.Via, s.Type = f[0], f[1]
		return assign(s.Text, f[2:])
	case "state":
		return assign(s.State, strings.Fields(rest))
	case "greet":
		s.greet = rest
	case "will":
		s.will = rest
	case "change":
		s.change = rest
	case "on":
		return s.on(rest)
	case "reply", "if":
		if len(s.rules) == 0 {
			return fmt.Errorf("%s belongs below an on", word)
		}
		last := s.rules[len(s.rules)-1]
		if word == "reply" {
			last.reply = rest
			return nil
		}
		f := strings.Fields(rest)
		if len(f) != 3 {
			return fmt.Errorf("if %q, expected NAME MIN MAX", rest)
		}
		low, err1 := strconv.ParseFloat(f[1], 64)
		high, err2 := strconv.ParseFloat(f[2], 64)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("if %q, expected numbers", rest)
		}
		last.checks = append(last.checks, check{f[0], low, high})
	default:
		return fmt.Errorf("%q is no statement, expected transport, announce, state, on, reply, if, greet, will or change", word)
	}
	return nil
}

func assign(to map[string]string, pairs []string) error {
	for _, p := range pairs {
		k, v, ok := strings.Cut(p, "=")
		if !ok || k == "" {
			return fmt.Errorf("%q, expected NAME=VALUE", p)
		}
		to[k] = v
	}
	return nil
}

var hole = regexp.MustCompile(`(\$?)\{([a-z_][a-z0-9_]*)\}`)

func (s *Script) on(pattern string) error {
	r := &rule{text: pattern}
	var b strings.Builder
	at := 0
	for _, m := range hole.FindAllStringSubmatchIndex(pattern, -1) {
		b.WriteString(regexp.QuoteMeta(pattern[at:m[0]]))
		b.WriteString("(.+?)")
		r.names, r.given = append(r.names, pattern[m[4]:m[5]]), append(r.given, m[3] > m[2])
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(pattern[at:]))
	var err error
	r.pattern, err = regexp.Compile("^" + b.String() + "$")
	s.rules = append(s.rules, r)
	return err
}

// fill puts the state in the place of ${name}.
func fill(text string, state map[string]string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	for _, k := range slices.Sorted(maps.Keys(state)) {
		text = strings.ReplaceAll(text, "${"+k+"}", state[k])
	}
	return text
}

// answer finds what a device does about a request: the states that it sets and the reply; ok is false when it does
// nothing about it.
func (s *Script) answer(request string, state map[string]string) (set map[string]string, reply string, ok bool) {
	for _, r := range s.rules {
		g := r.pattern.FindStringSubmatch(request)
		if g == nil {
			continue
		}
		set, meant := map[string]string{}, true
		for i, name := range r.names {
			if !r.given[i] {
				set[name] = g[i+1]
			} else if g[i+1] != state[name] {
				meant = false
			}
		}
		if !meant {
			continue
		}
		for _, c := range r.checks {
			if f, err := strconv.ParseFloat(set[c.name], 64); err != nil || f < c.min || f > c.max {
				return nil, "", false
			}
		}
		after := maps.Clone(state)
		maps.Copy(after, set)
		return set, fill(r.reply, after), true
	}
	return nil, "", false
}
