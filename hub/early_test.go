package hub

import (
	"testing"

	"github.com/concord-home/hub/model"
	"github.com/google/go-cmp/cmp"
)

func TestCommandsWaitUntilTheirSourceIsToldOf(t *testing.T) {
	h := quietHub()
	p := &port{hub: h, prefix: "test/"}
	command := func(id, source string) model.Command {
		return model.Command{ID: model.CommandID(id), Source: model.SourceID(source)}
	}
	late := func() (ids []model.CommandID) {
		h.queue.mu.Lock()
		defer h.queue.mu.Unlock()
		for _, it := range h.queue.items {
			if it.late != nil {
				ids = append(ids, it.late.ID)
			}
		}
		h.queue.items = nil
		return ids
	}
	for _, c := range []model.Command{command("a", "test/lamp"), command("b", "test/plug"), command("c", "test/lamp"), command("d", "test/ghost")} {
		if !p.tooEarly(c) {
			t.Errorf("%s does not wait", c.ID)
		}
	}
	p.Describe(model.Description{Source: "test/lamp"})
	if diff := cmp.Diff([]model.CommandID{"a", "c"}, late()); diff != "" {
		t.Errorf("after the lamp was told of: %s", diff)
	}
	if p.tooEarly(command("e", "test/lamp")) {
		t.Error("a lamp that was told of is waited for")
	}
	p.introduced()
	if diff := cmp.Diff([]model.CommandID{"b", "d"}, late()); diff != "" {
		t.Errorf("after the introduction: %s", diff)
	}
	if p.tooEarly(command("f", "test/ghost")) {
		t.Error("after the introduction a source is still waited for")
	}
}
