package discovery

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// packed returns a message as it goes over the wire.
func packed(t testing.TB, response bool, rrs ...string) []byte {
	t.Helper()
	var m dns.Msg
	m.Response = response
	for _, s := range rrs {
		rr, err := dns.NewRR(s)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseMDNS(t *testing.T) {
	b := packed(t, true,
		`_hap._tcp.local. 4500 IN PTR My\ Lamp._hap._tcp.local.`,
		`My\ Lamp._hap._tcp.local. 120 IN SRV 0 0 80 lamp.local.`,
		`My\ Lamp._hap._tcp.local. 0 IN TXT "ID=aa:bb" "flag" "=x" "id=zz" "bin=\000\255" "q=\"\\"`,
		`lamp.local. 4294967 IN A 10.0.0.9`,
		`lamp.local. 120 IN AAAA fe80::1`,
		`lamp.local. 120 IN HINFO "a" "b"`,
		`lamp.example. 120 IN A 10.0.0.9`,
	)
	want := []Record{
		{Name: "_hap._tcp.local.", Type: dns.TypePTR, TTL: 4500 * secs, Target: `My\ Lamp._hap._tcp.local.`},
		{Name: `My\ Lamp._hap._tcp.local.`, Type: dns.TypeSRV, TTL: 120 * secs, Target: "lamp.local.", Port: 80},
		{Name: `My\ Lamp._hap._tcp.local.`, Type: dns.TypeTXT,
			TXT: map[string]string{"id": "aa:bb", "flag": "", "bin": "\x00\xff", "q": `"\`}},
		{Name: "lamp.local.", Type: dns.TypeA, TTL: 24 * time.Hour, Addr: netip.MustParseAddr("10.0.0.9")},
		{Name: "lamp.local.", Type: dns.TypeAAAA, TTL: 120 * secs, Addr: netip.MustParseAddr("fe80::1")},
	}
	got, err := ParseMDNS(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseMDNSRefuses(t *testing.T) {
	probe := packed(t, false, `lamp.local. 120 IN A 10.0.0.9`)
	refused := packed(t, true, `lamp.local. 120 IN A 10.0.0.9`)
	refused[3] |= dns.RcodeRefused
	tests := map[string]struct {
		packet []byte
		want   error // nil: any
	}{
		"a probe or query":    {probe, errNotResponse},
		"a response code":     {refused, errNotResponse},
		"nothing":             {nil, errNotResponse},
		"more than 9000":      {make([]byte, maxPacket+1), errOversize},
		"a response cut off":  {packed(t, true, `lamp.local. 120 IN A 10.0.0.9`)[:20], nil},
		"a compression loop":  {append([]byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4), nil},
		"a record count only": {[]byte{0, 0, 0x84, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			records, err := ParseMDNS(tt.packet)
			if err == nil && len(records) > 0 || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, %v; want %v", records, err, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	tests := []struct{ name, instance, typ string }{
		{`My\ Lamp._hap._tcp.local.`, "My Lamp", "_hap._tcp"},
		{`My\032Lamp._HAP._tcp.local.`, "My Lamp", "_hap._tcp"},
		{`\229\174\162\229\142\133._hue._tcp.local.`, "客厅", "_hue._tcp"},
		{`v1\.2._http._tcp.local.`, "v1.2", "_http._tcp"},
		{`v1.2._http._tcp.local.`, "v1.2", "_http._tcp"}, // not escaped by the sender
		{`\255._http._tcp.local.`, "\uFFFD", "_http._tcp"},
		{`_x._sub._http._tcp.local.`, "", ""},
		{`_http._tcp.local.`, "", ""},
		{`lamp._http._tcp.example.`, "", ""},
		{`lamp._h\000p._tcp.local.`, "", ""},
		{`lamp.local.`, "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		instance, typ, ok := splitInstance(tt.name)
		if !ok {
			instance, typ = "", ""
		}
		if instance != tt.instance || typ != tt.typ {
			t.Errorf("splitInstance(%q) = %q, %q; want %q, %q", tt.name, instance, typ, tt.instance, tt.typ)
		}
	}
}

func TestEscapeWritesWhatTheDNSPackageReads(t *testing.T) {
	for _, label := range []string{"My Lamp", "客厅", `a.b\c"d'(e)@f;g`, "\x00\x7f\xff", "plain-1"} {
		var buf [256]byte
		n, err := dns.PackDomainName(escape(label)+".local.", buf[:], 0, nil, false)
		if err != nil {
			t.Fatalf("%q: %v", label, err)
		}
		back, _, err := dns.UnpackDomainName(buf[:n], 0)
		if err != nil || back != escape(label)+".local." || unescape(strings.TrimSuffix(back, ".local.")) != label {
			t.Errorf("%q came back as %q, %v", label, back, err)
		}
	}
}

func TestParseSSDP(t *testing.T) {
	const usn = "USN: uuid:1::urn:acme:lamp:1\r\n"
	tests := map[string]struct {
		in   string
		want Notice
		bad  bool
	}{
		"alive": {
			in: "NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nNT: urn:acme:lamp:1\r\nNTS: ssdp:alive\r\nCache-Control: no-cache, max-age = 60\r\nLOCATION: http://10.0.0.9/d.xml\r\nServer: Acme\r\n" + usn + "\r\n",
			want: Notice{Type: "urn:acme:lamp:1", USN: "uuid:1::urn:acme:lamp:1", MaxAge: time.Minute, Location: "http://10.0.0.9/d.xml",
				Headers: map[string]string{"nt": "urn:acme:lamp:1", "location": "http://10.0.0.9/d.xml", "server": "Acme", "usn": "uuid:1::urn:acme:lamp:1"}},
		},
		"answer without max-age, with bare line feeds": {
			in: "HTTP/1.1 200 OK\nST: urn:acme:lamp:1\nLocation: file:///etc/passwd\n" + usn,
			want: Notice{Type: "urn:acme:lamp:1", USN: "uuid:1::urn:acme:lamp:1", MaxAge: 30 * time.Minute,
				Headers: map[string]string{"st": "urn:acme:lamp:1", "location": "file:///etc/passwd", "usn": "uuid:1::urn:acme:lamp:1"}},
		},
		"byebye": {
			in: "NOTIFY * HTTP/1.1\r\nNT: a\r\nNTS: ssdp:byebye\r\n" + usn,
			want: Notice{Type: "a", USN: "uuid:1::urn:acme:lamp:1", Bye: true, MaxAge: 30 * time.Minute,
				Headers: map[string]string{"nt": "a", "usn": "uuid:1::urn:acme:lamp:1"}},
		},
		"search by another":  {in: "M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", bad: true},
		"no USN":             {in: "NOTIFY * HTTP/1.1\r\nNT: a\r\nNTS: ssdp:alive\r\n", bad: true},
		"unknown NTS":        {in: "NOTIFY * HTTP/1.1\r\nNT: a\r\nNTS: x\r\n" + usn, bad: true},
		"another's response": {in: "HTTP/1.1 404 Not Found\r\nST: a\r\n" + usn, bad: true},
		"empty":              {in: "", bad: true},
		"oversize":           {in: "NOTIFY * HTTP/1.1\r\n" + strings.Repeat("x", maxPacket), bad: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseSSDP([]byte(tt.in))
			if (err != nil) != tt.bad {
				t.Fatalf("error %v, want one: %v", err, tt.bad)
			}
			if diff := cmp.Diff(tt.want, got); !tt.bad && diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzParseMDNS(f *testing.F) {
	f.Add(packed(f, true, `_hap._tcp.local. 4500 IN PTR My\ Lamp._hap._tcp.local.`, `My\ Lamp._hap._tcp.local. 120 IN SRV 0 0 80 lamp.local.`,
		`My\ Lamp._hap._tcp.local. 120 IN TXT "id=aa:bb"`, `lamp.local. 120 IN A 10.0.0.9`, `_services._dns-sd._udp.local. 9 IN PTR _hap._tcp.local.`))
	f.Add(packed(f, true, `_hap._tcp.local. 0 IN PTR My\ Lamp._hap._tcp.local.`))
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := ParseMDNS(b)
		if err != nil {
			return
		}
		c := NewCache(Limits{Services: 8, PerHost: 4})
		c.Apply(pkt(lamp(10*secs)...), at(0))
		for i := range 4 { // a life with this packet in it
			now := at(float64(i) * 4)
			c.Apply(pkt(records...), now)
			checkInvariants(t, c)
			for _, q := range c.Questions(now, 64) {
				if _, err := packQuestions([]Question{q}); err != nil {
					t.Errorf("question %q cannot be sent: %v", q.Name, err)
				}
			}
			c.Expire(now)
			checkInvariants(t, c)
		}
	})
}

func FuzzParseSSDP(f *testing.F) {
	f.Add([]byte("NOTIFY * HTTP/1.1\r\nNT: a\r\nNTS: ssdp:alive\r\nUSN: u\r\nLOCATION: http://10.0.0.9:80/\r\nCACHE-CONTROL: max-age=5\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nST: a\r\nUSN: u\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := ParseSSDP(b)
		if err != nil {
			return
		}
		if n.MaxAge <= 0 || n.MaxAge > maxTTL || n.USN == "" || n.Type == "" {
			t.Errorf("impossible notice %+v", n)
		}
		c := NewCache(Limits{})
		c.ApplySSDP(n, "eth0", netip.MustParseAddr("10.0.0.9"), at(0))
		c.Expire(at(90000))
		checkInvariants(t, c)
	})
}
