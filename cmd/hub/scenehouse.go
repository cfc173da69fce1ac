package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a house's time zone must be known on machines that have no database of them

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/past"
	"github.com/concord-home/hub/scenefile"
	"github.com/concord-home/hub/scenes"
)

// What scenes need around them in a running hub: their files, the time zone, the topics that they listen to.

// lookAtFiles is how often the scene files are looked at.
const lookAtFiles = 2 * time.Second

// openScenes makes the folder of scene files.
func (h *house) openScenes(context.Context) (err error) {
	h.folder, err = scenefile.NewFolder(filepath.Join(h.o.data, "scenes"), h.hub, h.log)
	return err
}

func (h *house) past() past.Record { return past.Record{Store: h.store, Zones: time.LoadLocation} }

func situation(rec home.SceneRecord, v *home.View, at time.Time) home.Situation {
	return scenes.Situation(rec, v, at, time.LoadLocation)
}

func knownZone(name string) error {
	_, err := time.LoadLocation(name)
	return err
}

// runScenes keeps the files, the topics and the time zone; it ends with the context.
func (h *house) runScenes(ctx context.Context) error {
	if h.hub.View().Surroundings().Zone == "" {
		if err := h.hub.Do(ctx, home.ZoneSet{Zone: localZone()}); err != nil && ctx.Err() == nil {
			h.log.Warn("the time zone", "err", err)
		}
	}
	if err := h.folder.Sync(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("scene files", "err", err)
	}
	done := make(chan struct{})
	go func() { defer close(done); h.listen(ctx) }()
	err := h.folder.Run(ctx, lookAtFiles)
	<-done
	return err
}

// localZone is the machine's time zone by its IANA name; UTC when that cannot be found out.
func localZone() string {
	if tz := os.Getenv("TZ"); tz != "" && knownZone(tz) == nil {
		return tz
	}
	if to, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(to, "zoneinfo/"); ok && knownZone(name) == nil {
			return name
		}
	}
	if b, err := os.ReadFile("/etc/timezone"); err == nil {
		if name := strings.TrimSpace(string(b)); name != "" && knownZone(name) == nil {
			return name
		}
	}
	return "UTC"
}

// listen subscribes to the topics that scenes wait for, and follows their changes.
func (h *house) listen(ctx context.Context) {
	sub := h.hub.Subscribe(4096)
	defer sub.Close()
	stops, read := map[string]func(){}, map[string]topicsOf{}
	for {
		for len(sub.C) > 0 { // many scenes that come at once are read once
			<-sub.C
		}
		h.subscribe(stops, read)
		for waiting := true; waiting; {
			select {
			case e, open := <-sub.C:
				if !open {
					return
				}
				switch x := e.(type) {
				case home.HouseMoved:
					waiting = x.What != "scenes"
				case hub.Lagged: // what was missed may have been a scene
					waiting = false
				}
			case <-ctx.Done():
				for _, stop := range stops {
					stop()
				}
				return
			}
		}
	}
}

// topicsOf are the topics that a document waits for.
type topicsOf struct {
	doc    string
	topics []string
}

func (h *house) subscribe(stops map[string]func(), read map[string]topicsOf) {
	var want []string
	for _, rec := range h.hub.View().Scenes() {
		was := read[rec.ID]
		if was.doc != string(rec.Document) {
			was = topicsOf{string(rec.Document), scenes.Topics(rec.Document)}
			read[rec.ID] = was
		}
		want = append(want, was.topics...)
	}
	for topic, stop := range stops {
		if !slices.Contains(want, topic) {
			stop()
			delete(stops, topic)
		}
	}
	for _, topic := range want {
		if stops[topic] != nil {
			continue
		}
		stop, err := h.conn.Subscribe(topic, func(m mqtt.Message) {
			if !m.Retained { // what the broker remembers is no news
				h.hub.Heard(m.Topic, m.Payload)
			}
		})
		if err != nil {
			h.log.Warn("a scene's topic", "topic", topic, "err", err)
			continue
		}
		stops[topic] = stop
	}
}
