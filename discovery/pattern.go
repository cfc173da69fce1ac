package discovery

import "strings"

// Pattern says what a handler looks for. Every field that is set must match;
// the zero Pattern matches everything.
//
// Type, Instance and the values of TXT are globs in which * stands for any
// run of characters and ? for one character; upper and lower case are the same.
type Pattern struct {
	Proto    string            // ProtoMDNS, ProtoSSDP, or "" for both
	Type     string            // "_hap._tcp", "urn:acme:device:*"
	Instance string            // "shelly*"
	TXT      map[string]string // key to value glob; "" asks only that the key exists
}

// Match reports whether p describes s.
func (p Pattern) Match(s Service) bool {
	if p.Proto != "" && p.Proto != s.Proto {
		return false
	}
	if p.Type != "" && !glob(p.Type, s.Type) || p.Instance != "" && !glob(p.Instance, s.Instance) {
		return false
	}
	for key, want := range p.TXT {
		got, ok := s.TXT[strings.ToLower(key)]
		if !ok || want != "" && !glob(want, got) {
			return false
		}
	}
	return true
}

// browseType returns the mDNS type to browse for p, or "" when p names none
// exactly.
func (p Pattern) browseType() string {
	if p.Proto == ProtoSSDP || !isServiceType(p.Type) {
		return ""
	}
	return strings.ToLower(p.Type)
}

// glob matches s against a pattern of *, ? and literal characters, ignoring
// case, in time proportional to the product of their lengths.
func glob(pattern, s string) bool {
	p, t := []rune(strings.ToLower(pattern)), []rune(strings.ToLower(s))
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0: // let the last star take one character more
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
