package seal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretComesBackOnlyWithItsKeyAndAtItsPlace(t *testing.T) {
	dir := t.TempDir()
	box, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal("a/1", []byte("secret"))
	if bytes.Contains(sealed, []byte("secret")) {
		t.Fatal("the value is readable")
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open("a/1", sealed); err != nil || string(got) != "secret" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	other, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, err := range map[string]error{
		"another place": second(again.Open("a/2", sealed)), "another key": second(other.Open("a/1", sealed)),
		"damaged": second(again.Open("a/1", damaged)), "short": second(again.Open("a/1", []byte("x"))),
	} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }

func TestAKeyThatOthersMayReadOrThatIsNoneIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileName)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte("short"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a cut key was taken")
	}
}

type memory map[string][]byte

func (m memory) Put(_ context.Context, b, k string, v []byte) error { m[b+"/"+k] = v; return nil }
func (m memory) Delete(_ context.Context, b, k string) error        { delete(m, b+"/"+k); return nil }
func (m memory) List(_ context.Context, b string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for k, v := range m {
		if rest, ok := strings.CutPrefix(k, b+"/"); ok {
			out[rest] = v
		}
	}
	return out, nil
}

func TestMemorySealsAtRest(t *testing.T) {
	box, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := memory{}
	sealed := box.Memory(m)
	if err := sealed.Put(t.Context(), "b", "k", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(m["b/k"], []byte("secret")) {
		t.Error("stored readable")
	}
	all, err := sealed.List(t.Context(), "b")
	if err != nil || string(all["k"]) != "secret" {
		t.Errorf("%q %v", all, err)
	}
	if err := sealed.Delete(t.Context(), "b", "k"); err != nil || len(m) != 0 {
		t.Errorf("%v %v", m, err)
	}
	m["b/bad"] = []byte("nonsense")
	if _, err := sealed.List(t.Context(), "b"); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
}
