package home

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// Home is the state of a house. Make one with [New] or [Restore].
type Home struct {
	seq uint64
	at  time.Time
	out []Effect

	st      state // what has no hot path: rooms, people, commands, proposals
	devices []*Device
	deviceN map[model.DeviceID]int
	sources []*Source
	sourceN map[model.SourceID]int
	shapes  map[string]*shape // by content, so that equal devices share one

	pending  map[model.DeviceID][]model.CommandID // commands under way, by device
	underWay int                                  // how many they are
	aliases  map[model.DeviceID][]model.DeviceID  // ids of devices merged into a device
	asked    int                                  // by scenes because of the present fact
	scenes   Scenes
	presence PresenceTracker

	epoch  uint64
	view   *View
	shared bool // a view shares deviceN and sourceN
}

// New makes an empty house. Scenes and presence may be nil: then nothing runs by itself.
func New(scenes Scenes, presence PresenceTracker) *Home {
	h := &Home{
		st:       newState(),
		deviceN:  map[model.DeviceID]int{},
		sourceN:  map[model.SourceID]int{},
		shapes:   map[string]*shape{},
		pending:  map[model.DeviceID][]model.CommandID{},
		scenes:   scenes,
		presence: presence,
		epoch:    1,
	}
	if h.scenes == nil {
		h.scenes = noScenes{}
	}
	return h
}

// Apply takes one fact and returns what follows from it, in order; the slice is valid until the
// next call. An error says why the fact was refused; then nothing has changed.
func (h *Home) Apply(f Fact) ([]Effect, error) {
	h.seq, h.at, h.out, h.view, h.asked = f.Seq, f.At.UTC().Round(0), h.out[:0], nil, 0
	if r, ok := f.Body.(Reported); ok { // nearly all facts are, and read checks them itself
		err := h.report(r)
		return h.out, err
	}
	err := encodable(reflect.ValueOf(f.Body), "fact")
	if err == nil {
		err = h.apply(f.Body)
	}
	return h.out, err
}

// Seq is the number of the last fact applied.
func (h *Home) Seq() uint64 { return h.seq }

func (h *Home) apply(body Body) error {
	switch b := body.(type) {
	case Happened:
		return h.happen(b.Happening)
	case Answered:
		h.answer(b)
		return nil
	case Fired:
		h.fire(b)
		return nil
	case Described:
		return h.describe(b.Description)
	case Reached:
		return h.reach(b)
	case Left:
		return h.leave(b)
	case Located:
		return h.locate(b)
	case RegionsTold:
		return h.tellRegions(b)
	case Associated:
		return h.associate(b)
	case Stated:
		return h.state(b)
	case Started:
		h.start()
		return nil
	case Asked:
		return h.ask(b.Ask)
	}
	return h.applyHousehold(body)
}

// applyHousehold takes what people and programs decide about the house itself.
func (h *Home) applyHousehold(body Body) error {
	switch b := body.(type) {
	case Named:
		return h.name(b)
	case Placed:
		return h.place(b)
	case Assigned:
		return h.assign(b)
	case Merged:
		return h.merge(b)
	case Split:
		return h.split(b)
	case Swapped:
		return h.swap(b)
	case Forgotten:
		return h.forget(b)
	case Settled:
		return h.settle(b)
	case RoomSet:
		return h.setRoom(b)
	case RoomRemoved:
		return h.removeRoom(b)
	case PersonSet:
		return h.setPerson(b)
	case PersonRemoved:
		return h.removePerson(b)
	case PlaceSet:
		return h.setPlace(b)
	case SceneSet:
		return h.setScene(b)
	case SceneRemoved:
		return h.removeScene(b)
	case SceneAsked:
		return h.askScene(b)
	}
	return h.applySurroundings(body)
}

// applySurroundings takes what scenes live in: modes, time, holds, and messages from outside.
func (h *Home) applySurroundings(body Body) error {
	switch b := body.(type) {
	case ModeSet:
		return h.setMode(b)
	case ModesSet:
		return h.setModes(b)
	case ZoneSet:
		return h.setZone(b)
	case ClockStepped:
		h.stepClock(b.By)
		return nil
	case WebhookCalled:
		h.occur(Occurrence{Kind: OccurredWebhook, Name: b.Name, Text: b.Payload, At: h.at, Cause: b.Cause})
		return nil
	case TopicHeard:
		h.occur(Occurrence{Kind: OccurredTopic, Name: b.Topic, Text: b.Payload, At: h.at,
			Cause: &model.Cause{Kind: model.CauseProgram, Via: "mqtt", Fact: h.seq, Text: b.Topic}})
		return nil
	case HoldEnded:
		return h.endHold(b)
	}
	return fmt.Errorf("home knows no fact of type %T", body)
}

func (h *Home) emit(e Effect) { h.out = append(h.out, e) }

// own returns a device that may be changed: a copy when a view shares it.
func (h *Home) own(id model.DeviceID) *Device {
	i, _ := present(h.deviceN, h.st.Dormant, id)
	return h.ownAt(i)
}

func (h *Home) ownAt(i int) *Device {
	d := h.devices[i]
	if d.epoch != h.epoch {
		c := *d
		c.states = slices.Clone(d.states)
		c.epoch = h.epoch
		h.devices[i] = &c
		d = &c
	}
	return d
}

func (h *Home) ownKnown(id model.DeviceID) (*Device, error) {
	i, ok := present(h.deviceN, h.st.Dormant, id)
	if !ok {
		return nil, unknownDevice(id)
	}
	return h.ownAt(i), nil
}

func (h *Home) device(id model.DeviceID) *Device {
	if i, ok := present(h.deviceN, h.st.Dormant, id); ok {
		return h.devices[i]
	}
	return nil
}

func (h *Home) source(id model.SourceID) *Source {
	if i, ok := h.sourceN[id]; ok {
		return h.sources[i]
	}
	return nil
}

func (h *Home) ownSource(id model.SourceID) *Source {
	i, ok := h.sourceN[id]
	if !ok {
		return nil
	}
	s := h.sources[i]
	if s.epoch != h.epoch {
		c := *s
		c.reports = slices.Clone(s.reports)
		c.epoch = h.epoch
		h.sources[i] = &c
		s = &c
	}
	return s
}

// ownIndex makes what only changes with the set of devices safe to change: copies when a view shares it.
func (h *Home) ownIndex() {
	if h.shared {
		h.deviceN, h.sourceN, h.shared = maps.Clone(h.deviceN), maps.Clone(h.sourceN), false
		h.st.Identity, h.st.DeviceIDs = maps.Clone(h.st.Identity), maps.Clone(h.st.DeviceIDs)
		h.st.Apart, h.st.Dormant = maps.Clone(h.st.Apart), maps.Clone(h.st.Dormant)
	}
}

func (h *Home) addDevice(d *Device) {
	h.ownIndex()
	d.epoch = h.epoch
	h.deviceN[d.ID] = len(h.devices)
	h.devices = append(h.devices, d)
}

func (h *Home) dropDevice(id model.DeviceID) {
	h.ownIndex()
	i := h.deviceN[id]
	h.devices = slices.Delete(slices.Clone(h.devices), i, i+1)
	delete(h.deviceN, id)
	for ; i < len(h.devices); i++ {
		h.deviceN[h.devices[i].ID] = i
	}
}

func (h *Home) addSourceRecord(s *Source) {
	h.ownIndex()
	s.epoch = h.epoch
	h.sourceN[s.Description.Source] = len(h.sources)
	h.sources = append(h.sources, s)
}

func (h *Home) dropSource(id model.SourceID) {
	h.ownIndex()
	h.forgetIdentities(h.source(id))
	delete(h.st.DeviceIDs, h.source(id).Own)
	i := h.sourceN[id]
	h.sources = slices.Delete(slices.Clone(h.sources), i, i+1)
	delete(h.sourceN, id)
	for ; i < len(h.sources); i++ {
		h.sourceN[h.sources[i].Description.Source] = i
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func values(m map[string]string) []string {
	var out []string
	for _, k := range sortedKeys(m) {
		out = append(out, m[k])
	}
	return out
}
