package home

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// OccurrenceKind says what scenes are told of.
type OccurrenceKind string

// The kinds of occurrence.
const (
	OccurredChange   OccurrenceKind = "change"
	OccurredEvent    OccurrenceKind = "event"
	OccurredPresence OccurrenceKind = "presence"
	OccurredTimer    OccurrenceKind = "timer"
	OccurredAsked    OccurrenceKind = "asked" // somebody ran the scene by hand
)

// Occurrence is something that scenes may react to. First reports, restored values and
// repetitions are none.
type Occurrence struct {
	Kind      OccurrenceKind
	At        time.Time
	Device    model.DeviceID
	Endpoint  model.EndpointID
	Attribute model.Attribute // the attribute changed, or the event
	From, To  model.Value
	Args      map[string]model.Value
	Person    PersonID
	FromState string // presence
	ToState   string
	Timer     string
	Scene     string
	Cause     *model.Cause
}

// Reader is how scenes see the house while they decide.
type Reader interface {
	Device(model.DeviceID) *Device
	Devices() []*Device
	Presence(PersonID) Presence
	People() []Person
}

// Reaction is what one scene does about an occurrence.
type Reaction struct {
	Scene  string
	Asks   []Ask // without ID and Cause: home gives them
	Timers []SetTimer
	Clear  []string
	// Because says in a few words what made the scene act.
	Because  string
	Problems []string
}

// Scenes is the scene engine as home runs it: pure, and asked once for each occurrence.
type Scenes interface {
	// Check tells why a document is no scene that this house can run.
	Check(id string, doc json.RawMessage, r Reader) error
	// Put takes a checked document; Remove forgets one.
	Put(id string, doc json.RawMessage)
	Remove(id string)
	// React answers an occurrence. Timers must be named "scene/...".
	React(o Occurrence, r Reader) []Reaction
	// State and SetState carry what the engine must remember through a restart.
	State() json.RawMessage
	SetState(json.RawMessage) error
}

// PresenceTracker turns fixes into presence: pure, one per house.
type PresenceTracker interface {
	// Locate takes a fix of one of a person's trackers and returns the person's presence now.
	Locate(p PersonID, tracker string, f model.Fix, home Place, was Presence, now time.Time) Presence
}

// SceneRecord is a scene as the house keeps it.
type SceneRecord struct {
	ID       string          `json:"id"`
	Document json.RawMessage `json:"document"`
	LastRun  time.Time       `json:"last_run,omitzero"`
}

type noScenes struct{}

func (noScenes) Check(string, json.RawMessage, Reader) error {
	return fmt.Errorf("this house runs no scenes")
}
func (noScenes) Put(string, json.RawMessage)         {}
func (noScenes) Remove(string)                       {}
func (noScenes) React(Occurrence, Reader) []Reaction { return nil }
func (noScenes) State() json.RawMessage              { return nil }
func (noScenes) SetState(json.RawMessage) error      { return nil }

// reader shows the house as it is within Apply.
type reader struct{ h *Home }

func (r reader) Device(id model.DeviceID) *Device { return r.h.device(id) }
func (r reader) Devices() []*Device               { return r.h.devices }
func (r reader) Presence(p PersonID) Presence     { return r.h.st.Presence[p] }
func (r reader) People() []Person {
	var out []Person
	for _, id := range sortedKeys(r.h.st.People) {
		out = append(out, r.h.st.People[id])
	}
	return out
}

// occur lets the scenes react and takes on what they ask for.
func (h *Home) occur(o Occurrence) {
	for _, r := range h.scenes.React(o, reader{h}) {
		h.react(r, o)
	}
}

func (h *Home) react(r Reaction, o Occurrence) {
	cause := &model.Cause{Kind: model.CauseScene, Who: r.Scene, Fact: h.seq, Text: r.Because, Because: o.Cause}
	ran := SceneRan{Seq: h.seq, At: h.at, Scene: r.Scene, Cause: cause, Problems: r.Problems}
	for n, a := range r.Asks {
		a.ID, a.Cause = model.CommandID(fmt.Sprintf("%s-%d-%d", r.Scene, h.seq, n)), cause
		if err := h.ask(a); err != nil {
			ran.Problems = append(ran.Problems, err.Error())
			continue
		}
		ran.Commands = append(ran.Commands, a.ID)
	}
	for _, t := range r.Timers {
		h.setTimer(t.Timer, t.At)
	}
	for _, t := range r.Clear {
		h.clearTimer(t)
	}
	rec, ok := h.st.Scenes[r.Scene]
	if ok && len(r.Asks) > 0 {
		rec.LastRun = h.at
		h.st.Scenes[r.Scene] = rec
	}
	if ok && (len(r.Asks) > 0 || len(r.Problems) > 0) {
		h.emit(ran)
	}
}

func (h *Home) setScene(b SceneSet) error {
	if b.ID == "" {
		return refuse("scene", "", "an id")
	}
	if err := h.scenes.Check(b.ID, b.Document, reader{h}); err != nil {
		return fmt.Errorf("scene %s: %w", b.ID, err)
	}
	h.st.Scenes[b.ID] = SceneRecord{ID: b.ID, Document: slices.Clone(b.Document), LastRun: h.st.Scenes[b.ID].LastRun}
	h.scenes.Put(b.ID, b.Document)
	h.emit(HouseMoved{Seq: h.seq, What: "scenes"})
	return nil
}

func (h *Home) removeScene(b SceneRemoved) error {
	if _, ok := h.st.Scenes[b.ID]; !ok {
		return refuse("scene", b.ID, "the id of a scene of this house")
	}
	delete(h.st.Scenes, b.ID)
	h.scenes.Remove(b.ID)
	h.emit(HouseMoved{Seq: h.seq, What: "scenes"})
	return nil
}

func (h *Home) askScene(b SceneAsked) error {
	if _, ok := h.st.Scenes[b.ID]; !ok {
		return refuse("scene", b.ID, "the id of a scene of this house")
	}
	h.occur(Occurrence{Kind: OccurredAsked, Scene: b.ID, At: h.at, Cause: b.Cause})
	return nil
}

// locate takes a fix. One of a tracker that stands for nobody is only remembered as seen.
func (h *Home) locate(b Located) error {
	h.st.Trackers[b.Tracker] = h.at.Unix()
	if h.st.Place == nil || h.presence == nil {
		return nil
	}
	for _, id := range sortedKeys(h.st.People) {
		p := h.st.People[id]
		if !slices.Contains(p.Trackers, b.Tracker) {
			continue
		}
		was := h.st.Presence[id]
		now := h.presence.Locate(id, b.Tracker, b.Fix, *h.st.Place, was, h.at)
		h.st.Presence[id] = now
		if now.State == was.State {
			continue
		}
		h.emit(PresenceMoved{Seq: h.seq, Person: id, From: was.State, Presence: now})
		if was.State == "" || was.State == "unknown" {
			continue // the first that is heard of a person is no arrival
		}
		h.occur(Occurrence{Kind: OccurredPresence, Person: id, FromState: was.State, ToState: now.State, At: h.at,
			Cause: &model.Cause{Kind: model.CausePerson, Who: string(id), Via: b.Tracker, Fact: h.seq, Text: p.Name + " " + now.State}})
	}
	return nil
}
