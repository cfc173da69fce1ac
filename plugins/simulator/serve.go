package simulator

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ServeHTTP is the device's web server.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	path, err := url.QueryUnescape(r.URL.RequestURI())
	if err != nil {
		path = r.URL.RequestURI()
	}
	request := strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, path, compact(body)))
	reply, f, ok := d.handle(request)
	switch {
	case f.Silent:
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
	case !ok:
		http.Error(w, "bad request", http.StatusBadRequest)
	case f.Cut:
		w.Header().Set("Content-Length", fmt.Sprint(2*len(reply)+2))
		_, _ = io.WriteString(w, reply)
		if h, ok := w.(http.Hijacker); ok {
			if c, b, err := h.Hijack(); err == nil {
				_ = b.Flush()
				_ = c.Close()
			}
		}
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, reply)
	}
}

// compact takes the blanks out of JSON, so that a pattern need not know how a plugin writes it.
func compact(body []byte) string {
	s := strings.TrimSpace(string(body))
	if !strings.HasPrefix(s, "{") {
		return s
	}
	var b strings.Builder
	quoted := false
	for i, c := range s {
		if c == '"' && (i == 0 || s[i-1] != '\\') {
			quoted = !quoted
		}
		if quoted || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func (d *Device) track(c net.Conn, s http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch s {
	case http.StateNew:
		d.conns[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(d.conns, c)
	}
}

func (d *Device) serveTCP(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		if d.listener == nil {
			d.mu.Unlock()
			_ = c.Close()
			return
		}
		d.conns[c] = true
		if d.script.greet != "" && !d.fault.Silent {
			_, _ = io.WriteString(c, fill(d.script.greet, d.state)+"\n")
		}
		d.mu.Unlock()
		go d.talk(c)
	}
}

func (d *Device) talk(c net.Conn) {
	defer func() {
		_ = c.Close()
		d.mu.Lock()
		delete(d.conns, c)
		d.mu.Unlock()
	}()
	for lines := bufio.NewScanner(c); lines.Scan(); {
		reply, f, ok := d.handle(strings.TrimSpace(lines.Text()))
		if f.Silent || !ok || reply == "" {
			continue
		}
		if !f.Cut {
			reply += "\n"
		}
		if _, err := io.WriteString(c, reply); err != nil || f.Cut {
			return
		}
	}
}

func (d *Device) serveUDP(c net.PacketConn) {
	b := make([]byte, 65535)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.peer = from
		d.mu.Unlock()
		reply, f, ok := d.handle(strings.TrimSpace(string(b[:n])))
		if !f.Silent && ok && reply != "" {
			_, _ = c.WriteTo([]byte(reply), from)
		}
	}
}
