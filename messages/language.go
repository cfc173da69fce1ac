package messages

import (
	"slices"
	"strconv"
	"strings"
)

// base is the language of the catalogue that serves lang: "zh" for Chinese of any place and
// script, else "en".
func base(lang string) string {
	lang = strings.ToLower(lang)
	for _, l := range Languages {
		if lang == l || strings.HasPrefix(lang, l+"-") || strings.HasPrefix(lang, l+"_") {
			return l
		}
	}
	return Languages[0]
}

// Language picks the catalogue's language from an Accept-Language header
// ("zh-CN,zh;q=0.9,en;q=0.8") or a value of the environment variable LANG ("zh_CN.UTF-8").
// What names no language of the catalogue gives English.
func Language(wish string) string {
	best, bestQ := Languages[0], 0.0
	for part := range strings.SplitSeq(wish, ",") {
		tag, params, _ := strings.Cut(part, ";")
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ".")
		l := base(tag)
		if !speaks(tag, l) {
			continue
		}
		if q := weight(params); q > bestQ {
			best, bestQ = l, q
		}
	}
	return best
}

// speaks reports whether tag really is the language l rather than one that l stands in for.
func speaks(tag, l string) bool {
	primary := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return r == '-' || r == '_' })
	return slices.Contains(primary[:min(1, len(primary))], l)
}

// weight reads the q parameter of a language range, 1 when there is none, 0 when it makes no sense.
func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if q, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			f, err := strconv.ParseFloat(q, 64)
			if err != nil || f < 0 || f > 1 {
				return 0
			}
			return f
		}
	}
	return 1
}
