package homekit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/concord-home/hub/home"
)

// entry is one characteristic in an answer or event.
type entry struct {
	AID    uint64   `json:"aid"`
	IID    uint64   `json:"iid"`
	Value  *anyJSON `json:"value,omitempty"`
	Status *int     `json:"status,omitempty"`
	Type   string   `json:"type,omitempty"`
	Perms  []string `json:"perms,omitempty"`
	Ev     *bool    `json:"ev,omitempty"`
	Format string   `json:"format,omitempty"`
	Unit   string   `json:"unit,omitempty"`
	Min    any      `json:"minValue,omitempty"`
	Max    any      `json:"maxValue,omitempty"`
	Step   any      `json:"minStep,omitempty"`
}

type entries struct {
	Characteristics []entry `json:"characteristics"`
}

// anyJSON is a value that may be null.
type anyJSON struct{ v any }

// MarshalJSON writes the value itself.
func (a anyJSON) MarshalJSON() ([]byte, error) { return json.Marshal(a.v) }

func entryOf(x id, v any) entry { return entry{AID: x.aid, IID: x.iid, Value: &anyJSON{v}} }

func refused(x id, status int) entry { return entry{AID: x.aid, IID: x.iid, Status: &status} }

// maxRead bounds the characteristics of one read.
const maxRead = 2000

// get reads characteristics: 200 when all could be read, else 207 with a status for each.
func (c *conn) get(q url.Values) answer {
	text := q.Get("id")
	if text == "" {
		return failed(http.StatusBadRequest, statusInvalid)
	}
	ids := strings.Split(text, ",")
	if len(ids) > maxRead {
		return failed(http.StatusBadRequest, statusNoResources)
	}
	cat, view := c.s.catalogue.Load(), c.s.o.House.View()
	out, bad := make([]entry, 0, len(ids)), false
	for _, t := range ids {
		x, ok := parseID(t)
		if !ok {
			return failed(http.StatusBadRequest, statusInvalid)
		}
		e := c.read(cat, view, x)
		bad = bad || e.Status != nil
		if p := cat.points[x]; p != nil {
			c.meta(&e, p, q)
		}
		out = append(out, e)
	}
	if !bad {
		return jsonAnswer(http.StatusOK, entries{out})
	}
	ok := statusOK
	for i := range out {
		if out[i].Status == nil {
			out[i].Status = &ok
		}
	}
	return jsonAnswer(http.StatusMultiStatus, entries{out})
}

func (c *conn) read(cat *catalogue, view *home.View, x id) entry {
	p := cat.points[x]
	switch {
	case p == nil:
		return refused(x, statusNoSuch)
	case !p.c.IsReadable():
		return refused(x, statusWriteOnly)
	}
	if p.readBy != nil {
		return entryOf(x, p.readBy(c))
	}
	v, status := p.read(view)
	if status != statusOK {
		return refused(x, status)
	}
	return entryOf(x, v)
}

// meta adds what the query asks for beside the value.
func (c *conn) meta(e *entry, p *point, q url.Values) {
	if q.Get("type") == "1" {
		e.Type = p.c.Type
	}
	if q.Get("perms") == "1" {
		e.Perms = p.c.Permissions
	}
	if q.Get("ev") == "1" {
		c.mu.Lock()
		on := c.subs[p.id]
		c.mu.Unlock()
		e.Ev = &on
	}
	if q.Get("meta") == "1" {
		e.Format, e.Unit, e.Min, e.Max, e.Step = p.c.Format, p.c.Unit, p.c.MinVal, p.c.MaxVal, p.c.StepVal
	}
}

func parseID(s string) (id, bool) {
	a, i, ok := strings.Cut(s, ".")
	aid, err1 := strconv.ParseUint(a, 10, 64)
	iid, err2 := strconv.ParseUint(i, 10, 64)
	return id{aid, iid}, ok && err1 == nil && err2 == nil
}

func (x id) String() string { return fmt.Sprintf("%d.%d", x.aid, x.iid) }
