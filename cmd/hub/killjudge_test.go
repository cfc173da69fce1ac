package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/store"
)

// settle waits until every lamp has what it is owed, or until that is late, and then for what nobody asked for.
func (k *killHouse) settle() {
	owed := func() (n int) {
		k.mu.Lock()
		defer k.mu.Unlock()
		for i := range k.lamps {
			n += max(0, k.lamps[i].acknowledged-k.lamps[i].commands())
		}
		return n
	}
	for began := time.Now(); owed() > 0 && time.Since(began) < time.Minute; {
		<-time.After(100 * time.Millisecond)
	}
	<-time.After(settled())
}

// runs reads from the log what the hub took in: the presses of each lamp, the waits that ended, each but once, and why
// commands were refused.
func (k *killHouse) runs() (presses, waits [killLamps]int, refusals map[string]int) {
	s, err := store.Open(k.dir, store.Options{})
	if err != nil {
		k.t.Fatal(err)
	}
	defer s.Close()
	names, ended := map[string]int{}, map[string]int{}
	refusals = map[string]int{}
	count := func(to *[killLamps]int, i int, err error) {
		if err == nil && i < killLamps {
			to[i]++
		}
	}
	for e, err := range s.Entries(context.Background(), 0, 1<<62) {
		if err != nil {
			k.t.Fatal(err)
		}
		f, err := home.DecodeFact(e.Data)
		if err != nil {
			k.t.Fatal(err)
		}
		var i int
		switch b := f.Body.(type) {
		case home.WebhookCalled:
			_, err = fmt.Sscanf(b.Name, "lamp-%d", &i)
			count(&presses, i, err)
		case home.Described:
			_, err = fmt.Sscanf(b.Description.Name, "button_%d", &i)
			if err == nil {
				names[string(b.Description.Source)] = i
			}
		case home.Happened:
			if i, known := names[string(b.Happening.Source)]; known {
				presses[i]++
			}
		case home.Answered:
			if b.Outcome.Status == model.Rejected {
				refusals[b.Outcome.Reason.String()]++
			}
		case home.Fired:
			rest, scene := strings.CutPrefix(b.Timer, home.SceneTimer)
			if ended[b.Timer]++; scene && ended[b.Timer] == 1 {
				_, err = fmt.Sscanf(rest, "s%d/", &i)
				count(&waits, i, err)
			}
		}
	}
	return presses, waits, refusals
}

func (k *killHouse) judge() {
	presses, waits, refusals := k.runs()
	pressed, acknowledged, heard, commands, again := 0, 0, 0, 0, 0
	lost, twice, idle, sameLife := 0, 0, 0, 0
	for i := range k.lamps {
		l := &k.lamps[i]
		n := l.commands()
		if owed := max(l.acknowledged, presses[i]); presses[i] < owed || waits[i] < owed || n < owed {
			lost++
			k.t.Errorf("lamp %d: %d presses acknowledged, %d in the log, %d waits ended, %d commands: one was lost", i, l.acknowledged, presses[i], waits[i], n)
		}
		if presses[i] > len(l.presses) || waits[i] > presses[i] {
			twice++
			k.t.Errorf("lamp %d: %d presses, %d in the log, %d waits ended, commands in lives %v: one came twice", i, len(l.presses), presses[i], waits[i], l.presses)
		}
		if l.idle > 0 || n > 0 && presses[i] == 0 {
			idle++
			k.t.Errorf("lamp %d: %d commands and %d presses in the log: it was commanded for nothing", i, n, presses[i])
		}
		pressed, acknowledged, heard = pressed+len(l.presses), acknowledged+l.acknowledged, heard+presses[i]
		sameLife += l.twice() // a lamp may be told again what it is to be: that is no second run of the scene
		commands, again = commands+n, again+max(0, n-presses[i])
	}
	if len(refusals) > 0 {
		k.t.Errorf("commands were refused: %v", refusals)
	}
	k.t.Logf("%d kills: %d presses, %d acknowledged, %d in the log; %d commands, %d of these sent again because the answer was not heard (%d within one life); lost %d, twice %d, for nothing %d",
		*kills, pressed, acknowledged, heard, commands, again, sameLife, lost, twice, idle)
}
