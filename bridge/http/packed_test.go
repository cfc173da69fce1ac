package httpapi

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
)

func TestTheListOfDevicesIsPackedForWhoTakesIt(t *testing.T) {
	r := newRig(t)
	plain := r.send(request{method: "GET", path: "/api/devices", token: r.local, header: map[string]string{"Accept-Encoding": "identity"}})
	zipped := r.send(request{method: "GET", path: "/api/devices", token: r.local, header: map[string]string{"Accept-Encoding": "gzip"}})
	if plain.header.Get("Content-Encoding") != "" || zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body)*2 > len(plain.body) {
		t.Fatalf("%d bytes plain, %d packed as %q", len(plain.body), len(zipped.body), zipped.header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(strings.NewReader(zipped.body))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var a, c []api.Device
	if json.Unmarshal(b, &a) != nil || json.Unmarshal([]byte(plain.body), &c) != nil || len(a) != len(c) || len(a) == 0 {
		t.Errorf("%d devices packed, %d plain", len(a), len(c))
	}
	none := r.send(request{method: "GET", path: "/api/devices", header: map[string]string{"Accept-Encoding": "gzip"}})
	if none.status != http.StatusUnauthorized || none.header.Get("Content-Encoding") != "" {
		t.Errorf("a refusal is %d, packed as %q", none.status, none.header.Get("Content-Encoding"))
	}
}
