package discovery

import (
	"strings"

	"github.com/miekg/dns"
)

// fold makes names comparable: DNS names ignore ASCII case only, and in
// presentation form they are ASCII.
func fold(name string) string { return strings.ToLower(name) }

// isServiceType reports whether s looks like "_hap._tcp" (RFC 6763 §4.1.2).
func isServiceType(s string) bool {
	name, proto, _ := strings.Cut(strings.ToLower(s), ".")
	if len(name) < 2 || len(name) > 63 || name[0] != '_' || proto != "_tcp" && proto != "_udp" {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// splitInstance takes "My\ Lamp._hap._tcp.local." apart into "My Lamp" and
// "_hap._tcp". Subtypes and names of another form are not instances.
func splitInstance(name string) (instance, typ string, ok bool) {
	labels := dns.SplitDomainName(name)
	n := len(labels)
	if n < 4 || fold(labels[n-1]) != "local" {
		return "", "", false
	}
	typ = fold(labels[n-3] + "." + labels[n-2])
	if !isServiceType(typ) || fold(labels[n-4]) == "_sub" {
		return "", "", false
	}
	// A proper instance is one label; some responders forget to escape dots.
	instance = strings.ToValidUTF8(unescape(strings.Join(labels[:n-3], ".")), "\uFFFD")
	return instance, typ, instance != ""
}

// typeOf returns the service type that a qualified name like
// "_hap._tcp.local." stands for.
func typeOf(name string) (string, bool) {
	typ, ok := strings.CutSuffix(fold(name), ".local.")
	return typ, ok && isServiceType(typ)
}

// hostOf returns the readable form of a host name: no escapes, no final dot.
func hostOf(name string) string {
	return strings.ToValidUTF8(strings.TrimSuffix(unescape(name), "."), "\uFFFD")
}

// unescape undoes DNS presentation escapes: \DDD is a byte, \X is X.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		if code, ok := decimal(s[i+1:]); ok {
			out = append(out, code)
			i += 3
			continue
		}
		i++
		out = append(out, s[i])
	}
	return string(out)
}

// decimal reads three digits of at most 255.
func decimal(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s[:3]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return byte(n), n <= 255
}

// escape writes one label in exactly the presentation form that the dns
// package produces, so that names can be compared as strings.
func escape(label string) string {
	var b strings.Builder
	for _, c := range []byte(label) {
		switch {
		case strings.IndexByte(`.' @;()"\`, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			b.WriteByte('\\')
			b.WriteByte('0' + c/100)
			b.WriteByte('0' + c/10%10)
			b.WriteByte('0' + c%10)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
