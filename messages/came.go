package messages

import (
	"regexp"
	"strconv"

	"github.com/concord-home/hub/model"
)

// cameForm is how a scene keeps what made it run: "Hall motion sensor: occupancy.occupied is true".
var cameForm = regexp.MustCompile(`^(.+): ([a-z0-9_]+\.[a-z0-9_]+) is ([^,]+)(?:, (?:above|below) \S+)?$`)

// cameForms are the other ways in which a scene keeps what made it run, and their messages.
var cameForms = []struct {
	form *regexp.Regexp
	key  string
}{
	{regexp.MustCompile(`^it is (\d\d:\d\d)$`), "cause.time"},
	{regexp.MustCompile(`^(.+) is home$`), "presence.home"},
	{regexp.MustCompile(`^(.+) is arriving$`), "presence.arriving"},
	{regexp.MustCompile(`^(.+) is just_left$`), "presence.just_left"},
	{regexp.MustCompile(`^(.+) is away$`), "presence.away"},
	{regexp.MustCompile(`^(.+) is extended_away$`), "presence.extended_away"},
	{regexp.MustCompile(`^mode (.+)$`), "cause.mode"},
	{regexp.MustCompile(`^webhook (.+)$`), "cause.webhook"},
	{regexp.MustCompile(`^topic (.+)$`), "cause.topic"},
	{regexp.MustCompile(`^run by hand$`), "cause.hand"},
	{regexp.MustCompile(`^nobody came back$`), "phrase.nobody came back"},
	{regexp.MustCompile(`^sunrise$`), "cause.sunrise"},
	{regexp.MustCompile(`^sunset$`), "cause.sunset"},
}

// came puts in the reader's language what made a scene run; ok is false for words that it does not know.
func came(lang, text string) (out string, ok bool) {
	if out = changed(lang, text); out != "" {
		return out, true
	}
	for _, f := range cameForms {
		if m := f.form.FindStringSubmatch(text); m != nil {
			var args []any
			for _, x := range m[1:] {
				args = append(args, x)
			}
			return Text(lang, f.key, args...), true
		}
	}
	return text, false
}

// changed puts in the reader's language what made a scene run, when that was a change of a known attribute; else "".
func changed(lang, text string) string {
	m := cameForm.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	p := model.LookupAttribute(model.Attribute(m[2]))
	if p == nil {
		return ""
	}
	v := model.String(m[3])
	switch p.Type {
	case model.TypeBool:
		v = model.Bool(m[3] == "true")
	case model.TypeInt, model.TypeFloat:
		n, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return ""
		}
		v = model.Number(n)
	}
	if p.Type == model.TypeBool { // "occupied" says it all
		return Text(lang, "cause.is", m[1], Value(lang, p, v))
	}
	return Text(lang, "cause.measured", m[1], Label(lang, p), Value(lang, p, v))
}
