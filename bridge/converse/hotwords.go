package converse

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/mozillazg/go-pinyin"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// HotWord is a name that a recogniser should expect.
type HotWord struct {
	Text   string `json:"text"`
	Kind   string `json:"kind"` // light, area, scene, person…
	Pinyin string `json:"pinyin,omitempty"`
}

// HotWords are the names that somebody may say to a caller's speaker: in a language, those that the house has in it, else those for
// all languages; without a language every name there is.
func (e *Engine) HotWords(c Caller, lang string) []HotWord {
	v := e.o.House.View()
	seen := map[string]bool{}
	out := []HotWord{}
	add := func(kind string, names map[string]string) {
		for _, n := range namesFor(names, lang) {
			if n == "" || seen[kind+n] {
				continue
			}
			seen[kind+n] = true
			w := HotWord{Text: n, Kind: kind}
			if hasHan(n) && !strings.HasPrefix(lang, "ja") {
				w.Pinyin = spell(n)
			}
			out = append(out, w)
		}
	}
	for _, r := range v.Rooms() {
		if c.SeesRoom(r.ID) {
			add("area", r.Names)
			add("floor", r.Floor)
		}
	}
	for _, d := range v.Devices() {
		if kind := kindOf(d); kind != "" && c.Sees(d) {
			if kind == "switch" && isKind(d, "light") {
				kind = "light"
			}
			add(kind, d.Names)
		}
	}
	if !c.Whole() {
		return out
	}
	for _, p := range v.People() {
		add("person", map[string]string{"": p.Name})
	}
	for _, s := range v.Scenes() {
		names := sceneNames(s)
		if len(names) == 0 {
			names = map[string]string{"": strings.ReplaceAll(s.ID, "_", " ")}
		}
		add("scene", names)
	}
	return out
}

// namesFor are the names of a thing that are said in a language.
func namesFor(names map[string]string, lang string) []string {
	if lang == "" {
		return slices.Sorted(maps.Values(names))
	}
	base, _, _ := strings.Cut(lang, "-")
	said := cmp.Or(names[lang], names[base], names[""])
	if said == "" {
		said, _ = nameAndOthers(names)
	}
	if phraseLang(lang) == "zht" {
		said = grammar.Traditional(said)
	}
	return []string{said}
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF })
}

func spell(name string) string {
	return strings.Join(pinyin.LazyPinyin(name, pinyin.NewArgs()), " ")
}

func (e *Engine) serveVocabulary(w http.ResponseWriter, r *http.Request, c Caller) {
	req := Request{Text: "-", Lang: r.URL.Query().Get("lang")}
	if err := req.check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	lang := req.Lang
	if l, ok := grammar.Match(lang); ok && lang != "" {
		lang = l
	}
	answerJSON(w, http.StatusOK, map[string]any{"speaker": r.PathValue("id"), "lang": lang, "words": e.HotWords(c, lang)})
}
