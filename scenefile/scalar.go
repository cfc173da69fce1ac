package scenefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/concord-home/hub/model"
)

func (r *reader) scalar(out *bytes.Buffer, n *yaml.Node, c scope) {
	switch n.Tag {
	case "!!null":
		out.WriteString("null")
		return
	case "!!bool", "!!int", "!!float":
		var v any
		err := n.Decode(&v)
		b, err2 := json.Marshal(v)
		if err != nil || err2 != nil {
			r.fail(n, c.path, fmt.Sprintf("%q is no number that can be kept", n.Value), "a number")
			b = []byte("null")
		}
		out.Write(b)
		return
	}
	s := n.Value
	if truth, ok := truths[strings.ToLower(s)]; ok && n.Style == 0 && c.prop != nil && c.prop.Type == model.TypeBool {
		out.WriteString(strconv.FormatBool(truth))
		return
	}
	if c.kind != "" && !slices.Contains(c.also, s) {
		s = r.resolve(n, c, s)
	}
	b, _ := json.Marshal(s)
	out.Write(b)
}

// truths are YAML's old words for true and false.
var truths = map[string]bool{"on": true, "yes": true, "off": false, "no": false}

func (r *reader) resolve(n *yaml.Node, c scope, word string) string {
	if r.names == nil {
		return word
	}
	id, near, ok := r.names.ID(c.kind, word)
	if !ok {
		expected := "the name or id of a " + c.kind + " of this house"
		if len(near) > 0 {
			expected = strings.Join(near, ", ")
		}
		r.fail(n, c.path, fmt.Sprintf("there is no %s %q, or more than one", c.kind, word), expected)
	}
	return id
}
