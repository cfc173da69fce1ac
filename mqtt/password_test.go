package mqtt

import (
	"strings"
	"testing"
)

func TestPasswordMatchesItsHashOnly(t *testing.T) {
	made, madeHash := NewPassword()
	for name, tt := range map[string]struct{ password, hash string }{
		"made up": {made, madeHash},
		"chosen":  {"correct horse", HashPassword("correct horse")},
	} {
		t.Run(name, func(t *testing.T) {
			if ok, err := CheckPassword(tt.hash, tt.password); !ok || err != nil {
				t.Errorf("right password: %v, %v", ok, err)
			}
			if ok, err := CheckPassword(tt.hash, tt.password+"x"); ok || err != nil {
				t.Errorf("wrong password: %v, %v", ok, err)
			}
			if strings.Contains(tt.hash, tt.password) {
				t.Error("the hash shows the password")
			}
		})
	}
	if first, second := HashPassword("a"), HashPassword("a"); first == second {
		t.Error("no salt")
	}
}

func TestMalformedHashMatchesNothing(t *testing.T) {
	_, good := NewPassword()
	for _, hash := range []string{"", "$", "sha256", "sha256$$", "md5" + strings.TrimPrefix(good, "sha256"), good + "A", good[:len(good)-4]} {
		if ok, err := CheckPassword(hash, ""); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	_, hash := NewPassword()
	f.Add(hash, "x")
	f.Add("argon2id$AA$AA", "")
	f.Fuzz(func(t *testing.T, hash, password string) {
		if ok, err := CheckPassword(hash, password); ok && err != nil {
			t.Error("matches and fails")
		}
	})
}
