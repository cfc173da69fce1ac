package conformance

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// WriteText prints the result for a person, in the language asked for ("en", "zh").
func (r *Result) WriteText(w io.Writer, lang string) error {
	zh := strings.HasPrefix(lang, "zh")
	say := func(en, cn string) string {
		if zh {
			return cn
		}
		return en
	}
	tier := Tier("")
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Plugin, r.Version)
	for _, f := range r.Findings {
		if f.Tier != tier {
			tier = f.Tier
			fmt.Fprintf(&b, "\n%s\n", tierName(tier, zh))
		}
		mark := map[Outcome]string{Passed: "✓", Failed: "✗", NotApplicable: "–"}[f.Outcome]
		fmt.Fprintf(&b, "  %s %-18s %s\n", mark, f.ID, f.Title.In(lang))
		if f.Outcome == Failed {
			fmt.Fprintf(&b, "      %s\n", f.Detail)
		}
	}
	fmt.Fprintf(&b, "\n%s: %s", say("tier reached", "达到等级"), tierName(r.Tier, zh))
	if r.Next != "" && len(r.Missing) > 0 {
		fmt.Fprintf(&b, "; %s %s: %s", say("missing for", "距"), tierName(r.Next, zh), strings.Join(r.Missing, ", "))
	}
	fmt.Fprintf(&b, "\n%s, %.0f s\n", r.Confined, r.Seconds)
	_, err := io.WriteString(w, b.String())
	return err
}

func tierName(t Tier, zh bool) string {
	if !zh {
		return string(t)
	}
	return map[Tier]string{None: "无", Bronze: "青铜", Silver: "白银", Gold: "黄金", Platinum: "铂金"}[t]
}

// WriteJSON prints the result for programs.
func (r *Result) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>{{.Plugin}} {{.Version}}: {{.Tier}}</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.2rem .6rem;vertical-align:top;border-top:1px solid #ddd}.failed{color:#b00}.detail{color:#555}</style>
<h1>{{.Plugin}} {{.Version}}: {{.Tier}}</h1>
<p>{{.Checked.Format "2006-01-02 15:04 MST"}}, {{printf "%.0f" .Seconds}} s, {{.Confined}}.{{if .Missing}} Missing for {{.Next}}: {{range $i, $m := .Missing}}{{if $i}}, {{end}}{{$m}}{{end}}.{{end}}</p>
<table>{{range .Findings}}<tr class="{{.Outcome}}"><td>{{.Tier}}<td>{{.ID}}<td>{{.Title.En}}<br><span lang="zh">{{.Title.Zh}}</span>{{if .Detail}}<br><span class="detail">{{.Detail}}</span>{{end}}<td>{{.Outcome}}</tr>
{{end}}</table></html>
`))

// WriteHTML prints the result as a page.
func (r *Result) WriteHTML(w io.Writer) error { return page.Execute(w, r) }
