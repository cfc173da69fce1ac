package httpapi

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/argon2"
)

// secretPrefix lets people and scanners recognise a token of a hub.
const secretPrefix = "concord_"

// newSecret draws 256 bits.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// newID draws an id that is no secret.
func newID(prefix string) string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}

// digest is how a drawn secret is kept: it has too many bits to be guessed, so a plain hash is enough.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Cost of argon2id: 19 MiB and two passes, small enough for a home server's memory.
const (
	argonKiB     = 19 << 10
	argonPasses  = 2
	argonThreads = 1
	argonKey     = 32
)

// hashPassword makes the PHC string of a password.
func hashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonKiB, argonThreads, argonKey)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonKiB, argonPasses, argonThreads, enc(salt), enc(key))
}

// checkPassword reports whether the password is the one of the PHC string.
func checkPassword(password, phc string) bool {
	part := strings.Split(phc, "$")
	if len(part) != 6 {
		return false
	}
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil || passes == 0 || threads == 0 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	key, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(key) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1
}

// tokenFile is the name of the command line's token in the data directory.
const tokenFile = "token"

// LocalToken is the command line's token: an admin token in DIR/token that only the owner of
// the directory can read (mode 0600). One that is missing, damaged or readable by others is made anew.
func LocalToken(dataDir string) (string, error) {
	path := filepath.Join(dataDir, tokenFile)
	if secret, err := readToken(path); err == nil {
		return secret, nil
	} else if !errors.Is(err, errTokenUnusable) && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the local token cannot be read (run as the user of the hub): %w", err)
	}
	secret := newSecret()
	if err := writeToken(path, secret); err != nil {
		return "", fmt.Errorf("the local token cannot be written (make %s writable): %w", dataDir, err)
	}
	return secret, nil
}

var errTokenUnusable = errors.New("the token file is damaged or readable by others")

func readToken(path string) (string, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(b))
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || len(secret) < 40 {
		return "", errTokenUnusable
	}
	return secret, nil
}

// writeToken replaces the file at once, so that nobody reads half a token.
func writeToken(path, secret string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(secret + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
