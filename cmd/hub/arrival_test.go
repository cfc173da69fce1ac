package main

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/store"
)

// arriving is a live hub with Li, who carries a phone, and an arrival scene of one valve.
func arriving(t *testing.T) *live {
	l := start(t)
	for _, b := range []home.Body{
		home.ZoneSet{Zone: "Europe/Berlin"},
		home.PlaceSet{Place: home.Place{Latitude: 52.5, Longitude: 13.4, RadiusM: 150}},
		home.PersonSet{Person: home.Person{ID: "li", Name: "Li", Role: "adult", Trackers: []string{"router/li"}}},
		home.SceneSet{ID: "warm", Document: []byte(`{"names":{"":"Warm","zh":"回家暖"},"arrival":{"devices":["` + string(l.id("散热器")) + `"],"comfort_c":21,"away_c":16}}`)},
		home.Associated{Tracker: "router/li", Connected: true},
	} {
		if err := l.hub.Do(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestArrivalIsToldInBothLanguages(t *testing.T) {
	l := arriving(t)
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"arrival"}, []string{"Warm: by presence", "Li is at home", "散热器", "comfort, because Li is at home"}},
		{[]string{"arrival", "--lang", "zh"}, []string{"回家暖：按在家情况", "Li在家", "保持舒适温度"}},
		{[]string{"arrival", "why"}, []string{"on the home network since", "learned from 0 recoveries"}},
		{[]string{"arrival", "why", "--lang", "zh"}, []string{"连接家庭网络", "已从0次恢复中学习"}},
		{[]string{"arrival", "receipt", "--days", "30"}, []string{"ready on 0 of 0 arrivals in 30 days", "energy saved"}},
		{[]string{"arrival", "say", "li", "away"}, []string{"noted for Li"}},
		{[]string{"arrival"}, []string{"Li is away"}},
		{[]string{"arrival", "say", "li", "arriving", "--in", "25m"}, []string{"noted for Li"}},
		{[]string{"arrival"}, []string{"Li is on the way home, likely back at"}},
		{[]string{"arrival", "why"}, []string{"said at", "home by"}},
		{[]string{"arrival", "mode", "guest", "--hours", "3"}, []string{"the climate is now: guests"}},
		{[]string{"arrival"}, []string{"Warm: guests, until"}},
		{[]string{"arrival", "mode", "auto", "--lang", "zh"}, []string{"按在家情况"}},
	} {
		out := l.must(tt.args...)
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("hub %s: %q is not in\n%s", strings.Join(tt.args, " "), want, out)
			}
		}
	}
	for _, wrong := range [][]string{{"arrival", "mode", "vacation"}, {"arrival", "mode", "guest", "--until", "tomorrow"}, {"arrival", "say", "li", "later"}, {"arrival", "mode", "party"}, {"arrival", "say", "nobody", "home"}} {
		if res := l.hubCmd(wrong...); res.code == 0 {
			t.Errorf("hub %s succeeded: %s", strings.Join(wrong, " "), res.out)
		}
	}
}

func TestThePresenceLinkOfTheCommandLineWorks(t *testing.T) {
	l := arriving(t)
	out := l.must("arrival", "link", "Li")
	var away string
	for _, line := range strings.Split(out, "\n") {
		if strings.HasSuffix(line, "/away") {
			away = line
		}
	}
	res, err := http.Get(away)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(l.must("arrival"), "Li is away") {
		t.Errorf("%s: %s", away, res.Status)
	}
}

func TestPhonesKeysAreSealedAndTheirFileIsRemoved(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	h := &house{o: runOptions{data: dir}, store: st}
	if keys, err := h.phoneKeys(t.Context()); keys != nil || err != nil {
		t.Errorf("without a file: %v", err)
	}
	path := filepath.Join(dir, keysFile)
	for _, tt := range []struct {
		text string
		mode os.FileMode
		ok   bool
		want string // of li/phone
	}{
		{"li/phone: secret", 0o600, true, "secret"},
		{"wei/phone: another", 0o600, true, "secret"},
		{"li/phone: secret2", 0o644, false, ""},
		{"[secret", 0o600, false, ""},
		{"li/phone: ''", 0o600, true, ""},
	} {
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		keys, err := h.phoneKeys(t.Context())
		if (err == nil) != tt.ok || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q with mode %o: %v", tt.text, tt.mode, err)
			continue
		}
		if _, err := os.Stat(path); tt.ok != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: the file: %v", tt.text, err)
		}
		if !tt.ok {
			continue
		}
		if key, _ := keys("li", "phone"); key != tt.want {
			t.Errorf("%q: the key of li/phone is %q", tt.text, key)
		}
		if again, err := h.phoneKeys(t.Context()); err != nil {
			t.Error(err)
		} else if key, _ := again("li", "phone"); key != tt.want {
			t.Errorf("after a restart the key of li/phone is %q", key)
		}
	}
	raw, err := st.List(t.Context(), keysBucket)
	if err != nil || len(raw) != 1 || strings.Contains(string(raw["wei/phone"]), "another") {
		t.Errorf("the store holds %d keys, readable: %v", len(raw), err)
	}
}
