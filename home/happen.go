package home

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/concord-home/hub/model"
)

// sameEvent is the window in which an equal event of another source of the same device, or a
// retransmission of the same source, is the same happening.
const sameEvent = 300 * time.Millisecond

// happen passes an event on once, however many sources tell of it.
func (h *Home) happen(e model.Happening) error {
	src := h.ownSource(e.Source)
	if src == nil {
		return fmt.Errorf("an event of %s, which no adapter has described", e.Source)
	}
	src.Heard = h.at
	h.alive(src) // who is pressed is there
	capability, name := e.Event.Split()
	spec := model.LookupEvent(capability, name)
	if spec == nil {
		h.refuse(src, fmt.Sprintf("%s is no event of the catalogue", e.Event))
		return nil
	}
	args, err := checkArgs(spec.Args, e.Args)
	if err != nil {
		h.refuse(src, fmt.Sprintf("%s: %v", e.Event, err))
		return nil
	}
	dev, ep := h.device(src.Device), src.endpoint(e.Endpoint)
	if h.isRepetition(dev, ep, e, args) {
		return nil
	}
	h.emit(Occurred{Seq: h.seq, At: h.at, Device: dev.ID, Endpoint: ep, Event: e.Event, Args: args})
	h.occur(Occurrence{Kind: OccurredEvent, Device: dev.ID, Endpoint: ep, Attribute: e.Event, Args: args, At: h.at,
		Cause: &model.Cause{Kind: model.CausePhysical, Via: src.adapter(), Fact: h.seq, Text: string(e.Event)}})
	return nil
}

// What is remembered of events at most, against repetition.
const (
	mostEvents = 1024
	longestKey = 64 // bytes; a longer one is kept as its hash
)

// isRepetition keeps the last moments of events. A key given by the device identifies a
// happening for a minute. Equal contents within sameEvent do where there is no key, and between
// two sources of a device, whose keys are not of one series.
func (h *Home) isRepetition(dev *Device, ep model.EndpointID, e model.Happening, args map[string]model.Value) bool {
	b, _ := json.Marshal(args)
	place := string(dev.ID) + "|" + string(e.Event) + "|" + string(ep) + "|"
	content := func(s model.SourceID) string { return place + string(s) + "|" + short(string(b)) }
	key := place + "#" + short(e.Key)
	if e.Key != "" && h.occurredWithin(key, time.Minute) {
		return true
	}
	for _, s := range dev.Sources {
		if (s != e.Source || e.Key == "") && h.occurredWithin(content(s), sameEvent) {
			return true
		}
	}
	if len(h.st.Events) >= mostEvents {
		forgetOldest(h.st.Events, mostEvents/2)
	}
	if e.Key != "" {
		h.st.Events[key] = h.at.UnixNano()
	}
	if e.Key == "" || len(dev.Sources) > 1 {
		h.st.Events[content(e.Source)] = h.at.UnixNano()
	}
	return false
}

func (h *Home) occurredWithin(key string, window time.Duration) bool {
	last, seen := h.st.Events[key]
	since := h.at.UnixNano() - last
	return seen && 0 <= since && since < int64(window)
}

func short(s string) string {
	if len(s) <= longestKey {
		return s
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(s)))
}

// forgetOldest leaves so many entries of a map to when they were, the latest.
func forgetOldest(m map[string]int64, leave int) {
	keys := sortedKeys(m)
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(m[b], m[a]) })
	for _, k := range keys[min(leave, len(keys)):] {
		delete(m, k)
	}
}

// checkArgs returns the arguments as their types have them. Missing ones must be optional.
func checkArgs(specs []model.Property, args map[string]model.Value) (map[string]model.Value, error) {
	out := map[string]model.Value{}
	for i := range specs {
		name := string(specs[i].Attribute)
		v, given := args[name]
		if !given || v.IsUnknown() {
			if !specs[i].Optional {
				return nil, fmt.Errorf("%s is missing, expected %s", name, specs[i].Expected())
			}
			continue
		}
		checked, err := check(&specs[i], v)
		if err != nil {
			return nil, err
		}
		out[name] = checked
	}
	for _, name := range sortedKeys(args) {
		if _, known := out[name]; !known && !args[name].IsUnknown() {
			return nil, fmt.Errorf("%s is no argument here", name)
		}
	}
	return out, nil
}
