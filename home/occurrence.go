package home

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
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
	OccurredAsked    OccurrenceKind = "asked" // somebody, or another scene, runs the scene
	OccurredScene    OccurrenceKind = "scene" // a scene ran
	OccurredMode     OccurrenceKind = "mode"  // a mode of the house began
	OccurredWebhook  OccurrenceKind = "webhook"
	OccurredTopic    OccurrenceKind = "topic" // an MQTT message
	// OccurredPlanned tells the engine to plan its schedules: of Scene, which was just put, or
	// of all, since the clock, the time zone or the place is another.
	OccurredPlanned OccurrenceKind = "planned"
	// OccurredDropped tells the engine to give up what it has under way for Scene, which goes.
	OccurredDropped OccurrenceKind = "dropped"
	OccurredOutlook OccurrenceKind = "outlook" // when somebody will be home is better known; for climate alone
)

// Occurrence is something that scenes may react to. Restored values and repetitions are none; first
// reports and values caught up after an absence are Quiet: what waits for a state may go on, nothing is triggered.
type Occurrence struct {
	Kind      OccurrenceKind
	At        time.Time
	Device    model.DeviceID
	Aliases   []model.DeviceID // of devices that were merged into this one: scenes may still name them
	Endpoint  model.EndpointID
	Attribute model.Attribute // the attribute changed, or the event
	From, To  model.Value
	Args      map[string]model.Value
	Person    PersonID
	FromState string // presence
	ToState   string
	Timer     string
	Scene     string
	Name      string // of a mode, webhook or topic
	Text      string // a webhook's or topic's payload
	Quiet     bool
	// Stepped is by how much the clock was set, when that is why to plan anew.
	Stepped time.Duration
	Cause   *model.Cause
}

// Reader is how scenes see the house while they decide.
type Reader interface {
	Device(model.DeviceID) *Device
	Devices() []*Device
	Presence(PersonID) Presence
	People() []Person
	Surroundings() Surroundings
}

// Foresight is a Reader that also knows what is likely to come.
type Foresight interface {
	Reader
	// Outlook is when somebody who is away is likely to be home again.
	Outlook(p PersonID, now time.Time) Outlook
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
	// Calls are what is done beside commands, each after as many of Asks as it says.
	Calls []Call
	// Began is the cause that a run had when it began; nil when that is the occurrence's own.
	Began *model.Cause
	// Claim is with what right the scene sets values.
	Claim Claim
	// Started says that a run began, Ended that the last one under way ended.
	Started, Ended bool
	// Evaluation is why the scene ran or not; nil when that was not asked.
	Evaluation *Evaluation
}

// Call is one thing that a scene does beside commands: exactly one of its fields but After is set.
type Call struct {
	After  int    // how many of the reaction's Asks come first
	Mode   string // begin this mode
	Scene  string // run this scene
	Notice *Notice
}

// Scenes is the scene engine as home runs it: pure.
type Scenes interface {
	// Check tells why a document is no scene that this house can run.
	Check(id string, doc json.RawMessage, r Reader) error
	// Put takes a checked document; Remove forgets one.
	Put(id string, doc json.RawMessage)
	Remove(id string)
	// React answers an occurrence. Timers must be named "scene/ID/...", after the scene.
	React(o Occurrence, r Foresight) []Reaction
	// State and SetState carry what the engine must remember through a restart.
	State() EngineState
	SetState(json.RawMessage) error
}

// EngineState is what a scene engine remembers, at one moment: it never changes and may be read from any goroutine.
type EngineState interface {
	json.Marshaler
	// Running lists what is under way of a scene; "" of all.
	Running(scene string) []Run
}

// SceneRecord is a scene as the house keeps it.
type SceneRecord struct {
	ID       string          `json:"id"`
	Document json.RawMessage `json:"document"`
	LastRun  time.Time       `json:"last_run,omitzero"`
	// Commands are those of the last run, for what became of each; at most 64.
	Commands []model.CommandID `json:"commands,omitempty"`
}

type noScenes struct{}

func (noScenes) Check(string, json.RawMessage, Reader) error {
	return fmt.Errorf("this house runs no scenes")
}
func (noScenes) Put(string, json.RawMessage)            {}
func (noScenes) Remove(string)                          {}
func (noScenes) React(Occurrence, Foresight) []Reaction { return nil }
func (noScenes) State() EngineState                     { return noRuns{} }
func (noScenes) SetState(json.RawMessage) error         { return nil }

type noRuns struct{}

func (noRuns) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
func (noRuns) Running(string) []Run         { return nil }

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

// occur lets the scenes react and takes on what they ask for. Scenes may still name a device that
// was merged into this one: they hear of it under that name too, but each scene runs once.
func (h *Home) occur(o Occurrence) {
	o.Aliases = h.aliases[o.Device]
	for _, r := range h.scenes.React(o, reader{h}) {
		h.react(r, o)
	}
}

// sceneCommandID names what a scene asks for: one fact may run it more than once.
func (h *Home) sceneCommandID(scene string) model.CommandID {
	for {
		id := model.CommandID(scene + "-" + strconv.FormatUint(h.seq, 10) + "-" + strconv.Itoa(h.asked))
		h.asked++
		if _, used := h.st.Commands[id]; !used {
			return id
		}
	}
}

func (h *Home) setScene(b SceneSet) error {
	if b.ID == "" || strings.Contains(b.ID, "/") { // its timers are named scene/ID/...
		return refuse("scene", b.ID, "an id without a slash")
	}
	if err := h.scenes.Check(b.ID, b.Document, reader{h}); err != nil {
		return fmt.Errorf("scene %s: %w", b.ID, err)
	}
	doc, err := json.Marshal(b.Document) // as the log gives it back
	if err != nil {
		return fmt.Errorf("scene %s: %w", b.ID, err)
	}
	h.st.Scenes[b.ID] = SceneRecord{ID: b.ID, Document: doc, LastRun: h.st.Scenes[b.ID].LastRun}
	h.occur(Occurrence{Kind: OccurredDropped, Scene: b.ID, At: h.at})
	h.scenes.Put(b.ID, doc)
	h.occur(Occurrence{Kind: OccurredPlanned, Scene: b.ID, At: h.at})
	h.emit(HouseMoved{Seq: h.seq, What: "scenes"})
	return nil
}

func (h *Home) removeScene(b SceneRemoved) error {
	if _, ok := h.st.Scenes[b.ID]; !ok {
		return refuse("scene", b.ID, "the id of a scene of this house")
	}
	h.occur(Occurrence{Kind: OccurredDropped, Scene: b.ID, At: h.at})
	delete(h.st.Scenes, b.ID)
	delete(h.st.Evaluations, b.ID)
	h.scenes.Remove(b.ID)
	h.clearTimers(SceneTimer + b.ID + "/") // one of the same id that comes later is another
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

// begun is a cause that says by which fact it came.
func (h *Home) begun(c *model.Cause) *model.Cause {
	if c == nil {
		return &model.Cause{Kind: model.CauseHub, Fact: h.seq}
	}
	if c.Fact != 0 || c.Because != nil {
		return c
	}
	began := *c
	began.Fact = h.seq
	return &began
}

// What is remembered of trackers at most: anybody who may write a topic can make them up.
const (
	mostTrackers   = 256
	longestTracker = 200 // bytes
)

// seeTracker remembers that a tracker was heard. When there are too many, those that stand for
// nobody and were not heard for longest go.
func (h *Home) seeTracker(tracker string) {
	if _, known := h.st.Trackers[tracker]; !known && len(h.st.Trackers) >= mostTrackers {
		theirs := map[string]int64{}
		for _, p := range h.st.People {
			for _, t := range p.Trackers {
				if at, seen := h.st.Trackers[t]; seen {
					theirs[t] = at
				}
			}
		}
		forgetOldest(h.st.Trackers, mostTrackers/2)
		maps.Copy(h.st.Trackers, theirs)
	}
	h.st.Trackers[tracker] = h.at.Unix()
}
