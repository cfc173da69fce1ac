package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
)

// caller calls a hub by the address and the token that it writes into its data directory.
type caller struct {
	t    *testing.T
	data string
}

func (c caller) call(method, path string, body string) (int, []byte) {
	c.t.Helper()
	address, err := os.ReadFile(filepath.Join(c.data, "address"))
	token, err2 := os.ReadFile(filepath.Join(c.data, "token"))
	if err != nil || err2 != nil {
		return 0, nil
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, strings.TrimSpace(string(address))+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil // it is starting
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, b
}

func (c caller) rooms() (out []api.Room, ok bool) {
	status, b := c.call("GET", "/api/rooms", "")
	return out, status == http.StatusOK && json.Unmarshal(b, &out) == nil
}

func (c caller) eventually(what string, ok func() bool) {
	c.t.Helper()
	tick, patience := time.NewTicker(10*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-patience:
			c.t.Fatal(what, "did not come")
		}
	}
}

func TestARestoredBackupIsTheHouseAfterTheHubStartedAnewByItself(t *testing.T) {
	c := caller{t, t.TempDir()}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, runOptions{data: c.data, http: "127.0.0.1:0", mqtt: "127.0.0.1:0", base: "zigbee2mqtt", speed: 60, historyMB: 16, lang: "en"}, io.Discard, io.Discard)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	c.eventually("the hub", func() bool { _, ok := c.rooms(); return ok })
	want := func(status int, method, path, body string) []byte {
		t.Helper()
		got, b := c.call(method, path, body)
		if got != status {
			t.Fatalf("%s %s: %d %s, want %d", method, path, got, b, status)
		}
		return b
	}
	want(200, "PUT", "/api/rooms/first", `{"names":{"":"First"}}`)
	var b api.Backup
	if err := json.Unmarshal(want(200, "POST", "/api/backups", ""), &b); err != nil {
		t.Fatal(err)
	}
	file := want(200, "GET", "/api/backups/"+b.Name, "")
	if int64(len(file)) != b.Bytes || !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		t.Errorf("the file has %d bytes, want %d", len(file), b.Bytes)
	}
	want(200, "PUT", "/api/rooms/second", `{"names":{"":"Second"}}`)
	want(422, "POST", "/api/restore", "no backup at all")
	want(404, "POST", "/api/backups/concord-none.tar.gz/restore", "")
	var before, after api.Info
	if err := json.Unmarshal(want(200, "GET", "/api/info", ""), &before); err != nil {
		t.Fatal(err)
	}
	want(204, "POST", "/api/restore", string(file))
	c.eventually("the house as it was", func() bool {
		rooms, ok := c.rooms()
		return ok && len(rooms) == 1 && rooms[0].ID == "first"
	})
	if err := json.Unmarshal(want(200, "GET", "/api/info", ""), &after); err != nil || !after.Started.After(before.Started) {
		t.Errorf("started %v, before %v, %v", after.Started, before.Started, err)
	}
	if log := string(want(200, "GET", "/api/log", "")); !strings.Contains(log, "a backup was restored") {
		t.Errorf("the log does not tell of it: %s", log)
	}
	want(204, "DELETE", "/api/backups/"+b.Name, "")
}
