package homekit

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// partName is a service's name: the device's, with the part's where it has several.
func (b *builder) partName(d *home.Device, e *model.EndpointDescription) string {
	name := b.a.Name()
	if len(d.Endpoints()) > 1 && e.ID != model.MainEndpoint {
		return clean(name + " " + cmp.Or(e.Label, string(e.ID)))
	}
	return name
}

// clean makes a name that Apple Home takes, in any script: letters, digits, spaces and apostrophes, beginning and ending with a
// letter or digit, at most 64 bytes.
func clean(name string) string {
	var out strings.Builder
	for _, r := range name {
		switch {
		case isWord(r), r == '\'':
			out.WriteRune(r)
		default:
			out.WriteRune(' ')
		}
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for len(text) > 64 {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	text = strings.TrimFunc(text, func(r rune) bool { return !isWord(r) })
	return cmp.Or(text, "Device")
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
