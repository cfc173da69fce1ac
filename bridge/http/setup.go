package httpapi

import (
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"sync"
	"time"
)

// codeLetters are those of a set-up code: none that look alike.
const codeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

const (
	codeLength = 10
	codeTries  = 5               // wrong ones before a new code is made
	codePause  = 1 * time.Minute // before the new code is taken
)

// setupDesk holds the one-time code with which the first person claims the hub. Only its hash is kept.
type setupDesk struct {
	now  func() time.Time
	tell func(code string)

	mu    sync.Mutex
	hash  string // "" when there is no code
	wrong int
	from  time.Time // when the code is taken
}

func newSetupDesk(now func() time.Time, tell func(string)) *setupDesk {
	return &setupDesk{now: now, tell: tell}
}

// issue makes a new code and tells it.
func (d *setupDesk) issue() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.renew()
}

func (d *setupDesk) renew() {
	b := make([]byte, codeLength)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = codeLetters[int(b[i])%len(codeLetters)] // 256 is a multiple of 32: no letter is more likely
	}
	d.hash, d.wrong = digest(string(b)), 0
	d.tell(string(b[:5]) + "-" + string(b[5:]))
}

// use spends the code if it is right; then it is good for nothing more until restore. wait is set when no code is taken yet.
func (d *setupDesk) use(code string) (ok bool, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if left := d.from.Sub(d.now()); left > 0 {
		return false, left
	}
	if d.hash == "" {
		return false, 0
	}
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	if subtle.ConstantTimeCompare([]byte(digest(code)), []byte(d.hash)) == 1 {
		d.hash = ""
		return true, 0
	}
	if d.wrong++; d.wrong >= codeTries {
		d.from = d.now().Add(codePause)
		d.renew()
		return false, codePause
	}
	return false, 0
}
