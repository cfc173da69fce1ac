package homekit

import "github.com/concord-home/hub/home"

// follow passes an effect on; structure reports that what is shown may be another now.
func (b *Bridge) follow(e home.Effect) (structure bool) {
	switch e := e.(type) {
	case home.Changed:
		b.changed(e)
	case home.Occurred:
		b.occurred(e)
	case home.PresenceMoved:
		for _, s := range b.all() {
			s.tell(s.catalogue.Load().people)
		}
	case home.DeviceMoved:
		if e.What != "reachability" {
			return true
		}
		for _, s := range b.all() {
			s.tell(s.catalogue.Load().devices[e.Device])
		}
	case home.HouseMoved:
		if e.What == "mode" {
			for _, s := range b.all() {
				s.tell(s.catalogue.Load().house)
			}
			return true // there may be others
		}
		return e.What == "rooms" || e.What == "people" || e.What == "scenes"
	case home.CommandMoved, home.SceneRan:
	case home.Refused:
	default: // some effects were missed
		for _, s := range b.all() {
			c := s.catalogue.Load()
			s.tell(c.people)
			s.tell(c.house)
			for _, points := range c.devices {
				s.tell(points)
			}
		}
		return true
	}
	return false
}

// streamMoved tells that a stream service is free now, or is not.
func (b *Bridge) streamMoved(key streamKey) {
	for _, s := range b.all() {
		if p := s.catalogue.Load().streams[key]; p != nil {
			s.tell([]*point{p})
		}
	}
}

func (b *Bridge) changed(e home.Changed) {
	slot := home.Slot{Endpoint: e.Endpoint, Attribute: e.Attribute}
	for _, s := range b.all() {
		var hit []*point
		for _, p := range s.catalogue.Load().devices[e.Device] {
			for _, d := range p.deps {
				if d == slot {
					hit = append(hit, p)
					break
				}
			}
		}
		if len(hit) > 0 {
			s.tell(hit)
		}
	}
}

func (b *Bridge) occurred(e home.Occurred) {
	button, kind, ok := "", 0, e.Event == "doorbell.ring"
	if e.Event == "button.press" {
		button, _ = e.Args["button"].Text()
		action, _ := e.Args["action"].Text()
		kind, ok = kindOf(action)
	}
	if !ok {
		return
	}
	for _, s := range b.all() {
		if p := s.catalogue.Load().buttons[buttonKey{e.Device, e.Endpoint, button}]; p != nil {
			s.press(p, kind)
		}
	}
}
