package hue

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// sim is a Hue bridge over a real TLS socket, held to the behaviour of a BSB002: a certificate named after its id without any
// other name, a key only after its button was pressed, 403 without one, new states on the event stream alone, ": hi" first, no sign of life after.
type sim struct {
	t       *testing.T
	id      string
	cert    tls.Certificate
	addr    string
	server  *http.Server
	mu      sync.Mutex
	pressed bool
	keys    map[string]bool
	all     map[string]map[string]any
	puts    []string
	streams map[chan string]bool
	busy    int // so many requests are answered 429
	deaf    bool
	short   bool // its answers break off
	fetches int
}

const simID = "001788fffeeeaa01"

func newSim(t *testing.T) *sim {
	s := &sim{t: t, id: simID, keys: map[string]bool{}, all: map[string]map[string]any{}, streams: map[chan string]bool{}}
	s.newCertificate()
	for _, r := range strings.Split(strings.TrimSpace(simResources), "\n") {
		s.add(r)
	}
	s.listen("127.0.0.1:0")
	t.Cleanup(s.close)
	return s
}

func (s *sim) newCertificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: s.id, Organization: []string{"Philips Hue"}}, NotBefore: time.Unix(1483228800, 0), NotAfter: time.Unix(2145916800, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (s *sim) add(raw string) {
	var r map[string]any
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		s.t.Fatalf("%v in %s", err, raw)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[r["id"].(string)] = r
}

func (s *sim) listen(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/0/config", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"name":"Hue Bridge","bridgeid":%q,"modelid":"BSB002","apiversion":"1.70.0"}`, strings.ToUpper(s.id))
	})
	mux.HandleFunc("POST /api", s.pair)
	mux.HandleFunc("GET /clip/v2/resource", s.get)
	mux.HandleFunc("GET /clip/v2/resource/bridge", func(w http.ResponseWriter, r *http.Request) {
		if s.allowed(w, r) {
			fmt.Fprint(w, `{"errors":[],"data":[]}`)
		}
	})
	mux.HandleFunc("PUT /clip/v2/resource/{type}/{id}", s.put)
	mux.HandleFunc("GET /eventstream/clip/v2", s.stream)
	s.server = &http.Server{Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{s.cert}}, ErrorLog: quiet()}
	go func() { _ = s.server.ServeTLS(l, "", "") }()
}

func (s *sim) close() { _ = s.server.Close() }

func (s *sim) allowed(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy > 0 {
		s.busy--
		w.WriteHeader(http.StatusTooManyRequests)
		return false
	}
	if s.deaf || !s.keys[r.Header.Get("hue-application-key")] {
		w.WriteHeader(http.StatusForbidden)
		return false
	}
	return true
}

func (s *sim) pair(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pressed {
		fmt.Fprint(w, `[{"error":{"type":101,"address":"","description":"link button not pressed"}}]`)
		return
	}
	key := fmt.Sprintf("key-%d", len(s.keys))
	s.keys[key] = true
	fmt.Fprintf(w, `[{"success":{"username":%q,"clientkey":"00112233445566778899AABBCCDDEEFF"}}]`, key)
}

func (s *sim) get(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	if s.short {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"errors":[],"data":[{"id":"dev-la`)
		return
	}
	data := []map[string]any{}
	for _, x := range s.all {
		data = append(data, x)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{}, "data": data})
}

// put changes a resource and says so on the event stream only.
func (s *sim) put(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	raw, _ := io.ReadAll(r.Body)
	kind, id := r.PathValue("type"), r.PathValue("id")
	var body map[string]any
	if json.Unmarshal(raw, &body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.puts = append(s.puts, kind+"/"+id+" "+string(raw))
	x, ok := s.all[id]
	s.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"data":[],"errors":[{"description":"resource not found"}]}`)
		return
	}
	fmt.Fprintf(w, `{"data":[{"rid":%q,"rtype":%q}],"errors":[]}`, id, kind)
	change := map[string]any{"id": id, "type": kind}
	for _, key := range []string{"on", "dimming", "color", "color_temperature"} {
		if v, ok := body[key]; ok {
			s.mu.Lock()
			x[key] = v
			s.mu.Unlock()
			change[key] = v
		}
	}
	if body["recall"] != nil {
		change["status"] = map[string]any{"active": "static"}
	}
	s.say("update", change)
}

// say puts a change on the event stream.
func (s *sim) say(kind string, data ...map[string]any) {
	b, _ := json.Marshal([]any{map[string]any{"creationtime": "2026-11-20T10:00:00Z", "id": "e1", "type": kind, "data": data}})
	s.raw("id: 1:0\ndata: " + string(b) + "\n\n")
}

func (s *sim) raw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.streams {
		c <- text
	}
}

func (s *sim) sayJSON(kind, raw string) {
	var x map[string]any
	if err := json.Unmarshal([]byte(raw), &x); err != nil {
		s.t.Fatal(err)
	}
	s.say(kind, x)
}

func (s *sim) stream(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	c := make(chan string, 1000)
	s.mu.Lock()
	s.streams[c] = true // before the first word: whoever has heard it hears all that comes
	s.mu.Unlock()
	fmt.Fprint(w, ": hi\n\n")
	w.(http.Flusher).Flush()
	defer func() { s.mu.Lock(); delete(s.streams, c); s.mu.Unlock() }()
	for {
		select {
		case <-r.Context().Done():
			return
		case text := <-c:
			fmt.Fprint(w, text)
			w.(http.Flusher).Flush()
		}
	}
}

func (s *sim) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.puts
	s.puts = nil
	return out
}

// memory keeps secrets for a test.
type memory struct {
	mu sync.Mutex
	m  map[string][]byte
}

func (m *memory) Load(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.m[name], nil
}

func (m *memory) Save(_ context.Context, name string, secret []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = map[string][]byte{}
	}
	m.m[name] = secret
	return nil
}

// simResources are those of a small home, in the shapes of bridge firmware 1.78.
const simResources = `
{"id":"dev-bridge","type":"device","metadata":{"name":"Hue Bridge","archetype":"bridge_v2"},"product_data":{"model_id":"BSB002","manufacturer_name":"Signify Netherlands B.V.","product_name":"Hue Bridge","product_archetype":"bridge_v2","software_version":"1.78.0"},"services":[{"rid":"svc-bridge","rtype":"bridge"}]}
{"id":"svc-bridge","type":"bridge","owner":{"rid":"dev-bridge","rtype":"device"},"bridge_id":"001788fffeeeaa01"}
{"id":"dev-lamp","type":"device","metadata":{"name":"Sofa lamp","archetype":"sultan_bulb"},"product_data":{"model_id":"LCA001","manufacturer_name":"Signify Netherlands B.V.","product_name":"Hue color lamp","product_archetype":"sultan_bulb","software_version":"1.104.2"},"services":[{"rid":"light-lamp","rtype":"light"},{"rid":"zb-lamp","rtype":"zigbee_connectivity"}]}
{"id":"light-lamp","type":"light","owner":{"rid":"dev-lamp","rtype":"device"},"metadata":{"name":"Sofa lamp"},"on":{"on":true},"dimming":{"brightness":42.5,"min_dim_level":0.2},"color_temperature":{"mirek":null,"mirek_valid":false,"mirek_schema":{"mirek_minimum":153,"mirek_maximum":500}},"color":{"xy":{"x":0.3,"y":0.4},"gamut_type":"C"},"effects":{"status":"no_effect","effect_values":["no_effect","candle","fire"]}}
{"id":"zb-lamp","type":"zigbee_connectivity","owner":{"rid":"dev-lamp","rtype":"device"},"status":"connected","mac_address":"00:17:88:01:0b:aa:bb:cc"}
{"id":"dev-plug","type":"device","metadata":{"name":"Heater plug","archetype":"plug"},"product_data":{"model_id":"LOM007","manufacturer_name":"Signify Netherlands B.V.","product_name":"Hue smart plug","product_archetype":"plug","software_version":"1.104.2"},"services":[{"rid":"light-plug","rtype":"light"}]}
{"id":"light-plug","type":"light","owner":{"rid":"dev-plug","rtype":"device"},"on":{"on":false}}
{"id":"dev-sensor","type":"device","metadata":{"name":"Hall sensor","archetype":"unknown_archetype"},"product_data":{"model_id":"SML001","manufacturer_name":"Signify Netherlands B.V.","product_name":"Hue motion sensor","product_archetype":"unknown_archetype","software_version":"1.1.27575"},"services":[{"rid":"motion-1","rtype":"motion"},{"rid":"temp-1","rtype":"temperature"},{"rid":"level-1","rtype":"light_level"},{"rid":"power-1","rtype":"device_power"}]}
{"id":"motion-1","type":"motion","enabled":true,"motion":{"motion":false,"motion_valid":true,"motion_report":{"changed":"2026-11-20T09:00:00Z","motion":false}}}
{"id":"temp-1","type":"temperature","enabled":true,"temperature":{"temperature":21.3,"temperature_valid":true,"temperature_report":{"changed":"2026-11-20T09:00:00Z","temperature":21.3}}}
{"id":"level-1","type":"light_level","enabled":true,"light":{"light_level":20001,"light_level_valid":true,"light_level_report":{"changed":"2026-11-20T09:00:00Z","light_level":20001}}}
{"id":"power-1","type":"device_power","power_state":{"battery_state":"normal","battery_level":87}}
{"id":"dev-remote","type":"device","metadata":{"name":"Dimmer switch","archetype":"unknown_archetype"},"product_data":{"model_id":"RWL022","manufacturer_name":"Signify Netherlands B.V.","product_name":"Hue dimmer switch","product_archetype":"unknown_archetype","software_version":"2.45.2"},"services":[{"rid":"button-1","rtype":"button"},{"rid":"button-2","rtype":"button"},{"rid":"dial-1","rtype":"relative_rotary"}]}
{"id":"button-1","type":"button","metadata":{"control_id":1},"button":{"last_event":"short_release","button_report":{"updated":"2026-11-20T08:00:00Z","event":"short_release"},"event_values":["initial_press","repeat","short_release","long_release","long_press"]}}
{"id":"button-2","type":"button","metadata":{"control_id":2},"button":{}}
{"id":"dial-1","type":"relative_rotary","relative_rotary":{}}
{"id":"dev-door","type":"device","metadata":{"name":"Front door"},"product_data":{"model_id":"SOC001","manufacturer_name":"Signify Netherlands B.V.","product_name":"Hue secure contact sensor","software_version":"2.67.9"},"services":[{"rid":"contact-1","rtype":"contact"},{"rid":"tamper-1","rtype":"tamper"}]}
{"id":"contact-1","type":"contact","enabled":true,"contact_report":{"changed":"2026-11-20T08:00:00Z","state":"contact"}}
{"id":"tamper-1","type":"tamper","tamper_reports":[{"changed":"2026-11-20T08:00:00Z","source":"battery_door","state":"not_tampered"}]}
{"id":"room-1","type":"room","metadata":{"name":"Living room","archetype":"living_room"},"children":[{"rid":"dev-lamp","rtype":"device"},{"rid":"dev-plug","rtype":"device"}],"services":[{"rid":"group-1","rtype":"grouped_light"}]}
{"id":"group-1","type":"grouped_light","owner":{"rid":"room-1","rtype":"room"},"on":{"on":true},"dimming":{"brightness":42.5}}
{"id":"scene-1-relax","type":"scene","metadata":{"name":"Relax"},"group":{"rid":"room-1","rtype":"room"},"status":{"active":"inactive"}}
{"id":"geo","type":"geolocation","is_configured":false}
`
