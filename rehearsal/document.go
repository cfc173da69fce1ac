package rehearsal

import (
	"fmt"
	"strings"
)

// Lesson is a scene of a document and the script that tests it: a block of yaml followed by a block of test.
type Lesson struct {
	Title  string // the heading above
	Line   int    // of the script's first line in the document
	Script Script
}

// Lessons finds the scenes with test scripts in a Markdown document. A scene's id is its title in plain letters.
func Lessons(markdown string, zones Zones) ([]Lesson, error) {
	var out []Lesson
	var title, kind string
	var block []string
	scene, began := "", 0
	for n, line := range strings.Split(markdown, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && kind == "":
			kind, block, began = fence, nil, n+2
			if kind == "" {
				kind = "text"
			}
		case isFence:
			text := strings.Join(block, "\n") + "\n"
			switch kind {
			case "yaml":
				scene = text
			case "test":
				if scene == "" {
					return nil, fmt.Errorf("line %d: a test without a scene before it", began)
				}
				id := slug(title)
				out = append(out, Lesson{title, began, Script{Text: text, Scenes: map[string][]byte{id: []byte(scene)}, Order: []string{id}, Zones: zones}})
				scene = ""
			}
			kind = ""
		case kind != "":
			block = append(block, line)
		case strings.HasPrefix(line, "#"):
			title = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
	}
	return out, nil
}

func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !(r >= 'a' && r <= 'z') && !(r >= '0' && r <= '9') })
	return strings.Join(words, "-")
}
