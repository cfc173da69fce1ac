package zigbee2mqtt

import (
	"encoding/json"
	"strconv"

	"github.com/concord-home/hub/model"
)

// field is one member of a JSON object; both slices point into the message.
type field struct{ key, raw []byte }

// scanObject appends the members of a JSON object to out without decoding their values; ok is
// false when b is not an object. State messages repeat everything a device ever said, and
// almost all of it is compared and skipped: that is why they are not simply unmarshalled.
func scanObject(b []byte, out []field) (fields []field, ok bool) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return out, false
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return out, skipSpace(b, i+1) == len(b)
	}
	for {
		end := stringEnd(b, i)
		if end < 0 {
			return out, false
		}
		key := unquote(b[i:end])
		if i = skipSpace(b, end); i >= len(b) || b[i] != ':' {
			return out, false
		}
		i = skipSpace(b, i+1)
		if end = valueEnd(b, i); end < 0 {
			return out, false
		}
		out = append(out, field{key, b[i:end]})
		if i = skipSpace(b, end); i >= len(b) {
			return out, false
		}
		if b[i] == '}' {
			return out, skipSpace(b, i+1) == len(b)
		}
		if b[i] != ',' {
			return out, false
		}
		i = skipSpace(b, i+1)
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns the index after the string that begins at i, or -1.
func stringEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// valueEnd returns the index after the value that begins at i, or -1.
func valueEnd(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i)
	case '{', '[':
		return nestedEnd(b, i)
	}
	start := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func nestedEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// unquote returns the text of a JSON string, without a copy where nothing is escaped.
func unquote(q []byte) []byte {
	for _, c := range q {
		if c == '\\' {
			var s string
			if json.Unmarshal(q, &s) != nil {
				return nil
			}
			return []byte(s)
		}
	}
	return q[1 : len(q)-1]
}

// parseValue decodes one JSON value; unknown for null and for what is not JSON.
func parseValue(raw []byte) model.Value {
	if len(raw) == 0 {
		return model.Value{}
	}
	switch c := raw[0]; {
	case c == '"':
		s := unquote(raw)
		return model.String(string(s))
	case c == 't' && string(raw) == "true":
		return model.Bool(true)
	case c == 'f' && string(raw) == "false":
		return model.Bool(false)
	case c == '-' || c >= '0' && c <= '9':
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return model.Value{}
		}
		return model.Number(f)
	case c == '{' || c == '[':
		var v model.Value
		if v.UnmarshalJSON(raw) != nil {
			return model.Value{}
		}
		return v
	}
	return model.Value{}
}

// member returns the raw value of one member of a JSON object; nil when there is none.
func member(object []byte, key string) []byte {
	var room [8]field
	fields, ok := scanObject(object, room[:0])
	if !ok {
		return nil
	}
	for _, f := range fields {
		if string(f.key) == key {
			return f.raw
		}
	}
	return nil
}
