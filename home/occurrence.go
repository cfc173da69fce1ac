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
	OccurredAsked    OccurrenceKind = "asked"   // somebody ran the scene by hand
	OccurredOutlook  OccurrenceKind = "outlook" // when somebody will be home is better known; for climate alone
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
	// Outlook is when somebody who is away is likely to be home again.
	Outlook(p PersonID, now time.Time) Outlook
	// Zone is the time zone of the house's clock.
	Zone() *time.Location
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
func (r reader) People() []Person                 { return sortedValues(r.h.st.People) }
func (r reader) Outlook(p PersonID, now time.Time) Outlook {
	if r.h.presence == nil {
		return Outlook{}
	}
	return r.h.presence.Outlook(p, now, r.h.household())
}

func (r reader) Zone() *time.Location { return r.h.household().Zone }

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
	h.occur(Occurrence{Kind: OccurredAsked, Scene: b.ID, Args: b.Args, At: h.at, Cause: b.Cause})
	return nil
}
