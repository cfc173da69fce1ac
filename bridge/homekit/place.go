package homekit

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// place gives what is shown for the first time a bridge: the first while it has room, then further ones by room.
func (b *Bridge) place(ctx context.Context, plans []plan) error {
	loads := map[int]*load{}
	count := func(bridge int, p plan) {
		if loads[bridge] == nil {
			loads[bridge] = &load{rooms: map[string]int{}}
		}
		l := loads[bridge]
		l.used++
		l.rooms[p.room]++
		l.tv = l.tv || p.tv
	}
	for _, p := range plans {
		if n, ok := b.ids.of(p.key()); ok && p.shows() {
			count(n.Bridge, p)
		}
	}
	for _, p := range plans {
		if _, ok := b.ids.of(p.key()); ok || !p.shows() {
			continue
		}
		bridge := choose(len(b.all()), loads, p)
		if bridge == 0 {
			s, err := b.newBridge(ctx, strings.TrimSpace(b.o.Name+" "+cmp.Or(p.room, fmt.Sprint(len(b.all())+1))))
			if err != nil {
				return err
			}
			bridge = s.record().Number
		}
		b.ids.give(p.key(), bridge)
		count(bridge, p)
	}
	return nil
}

// load is what is on a bridge already.
type load struct {
	used  int
	rooms map[string]int
	tv    bool
}

// choose picks the bridge for something new; 0 when none has room for it.
func choose(bridges int, loads map[int]*load, p plan) int {
	best, most := 0, &load{}
	for n := 1; n <= bridges; n++ {
		l := loads[n]
		if l == nil {
			l = &load{}
		}
		switch {
		case l.used >= maxAccessories || p.tv && l.tv:
		case n == 1:
			return 1
		case best == 0 || l.rooms[p.room] > most.rooms[p.room] || l.rooms[p.room] == most.rooms[p.room] && l.used < most.used:
			best, most = n, l
		}
	}
	return best
}
