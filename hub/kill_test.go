package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/presence"
	"github.com/concord-home/hub/scenes"
	"github.com/concord-home/hub/store"
)

var kills = flag.Int("hub.kills", 12, "how often the kill test kills its hub")

// killEnv makes the test binary the child of the kill test: the hub to run, in this directory.
const killEnv = "HUB_KILL_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killEnv); dir != "" {
		fmt.Fprintln(os.Stderr, runForKill(dir))
		os.Exit(1)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// killLamps are so many that none is pressed again before its timer has led to a command: a newer command for the same lamp
// would rightly take the place of one that a kill kept from being sent.
const killLamps = 512

// bell is an adapter of buttons and lamps whose other end is the parent process: presses come in by lines,
// commands go out by lines. Lamps obey.
type bell struct {
	mu  sync.Mutex
	hub adapters.Hub
	up  chan struct{}
}

func (w *bell) Name() string { return "wire" }

func (w *bell) Run(ctx context.Context, h adapters.Hub) error {
	w.mu.Lock()
	w.hub = h
	w.mu.Unlock()
	for i := range killLamps {
		h.Describe(model.Description{Source: source("button", i), Name: fmt.Sprint("button", i), Endpoints: []model.EndpointDescription{{ID: "main", Events: []model.EventInfo{{Event: "button.press"}}}}})
		h.Describe(model.Description{Source: source("lamp", i), Name: fmt.Sprint("lamp", i), CommandTimeout: time.Second,
			Endpoints: []model.EndpointDescription{{ID: "main", Properties: []model.Property{*model.LookupAttribute("level.level")}}}})
		h.Reachable(source("button", i), true, "")
		h.Reachable(source("lamp", i), true, "")
	}
	close(w.up)
	<-ctx.Done()
	return nil
}

func source(kind string, i int) model.SourceID {
	return model.SourceID(fmt.Sprintf("wire/%s%d", kind, i))
}

func (w *bell) Execute(c model.Command) {
	fmt.Printf("command %s %s\n", c.Source, c.ID)
	w.mu.Lock()
	h := w.hub
	w.mu.Unlock()
	if h == nil {
		return // the hub has just started: it hears nothing and asks again
	}
	h.Outcome(c.ID, model.Outcome{Status: model.Acked})
	go h.Report(c.Source, []model.Reading{{Endpoint: "main", Attribute: c.Writes[0].Attribute, Value: c.Writes[0].Value}})
}

// runForKill runs a hub whose scenes wait a second after a press before they command, and says what of it is on disk.
func runForKill(dir string) error {
	s, err := store.Open(dir, store.Options{FlushEvery: 20 * time.Millisecond})
	if err != nil {
		return err
	}
	w := &bell{up: make(chan struct{})}
	h, err := hub.New(context.Background(), hub.Options{Store: s, Scenes: scenes.New(), Presence: presence.New(), Adapters: []adapters.Adapter{w}, SnapshotEvery: 1000})
	if err != nil {
		return err
	}
	ctx := context.Background()
	go func() { _ = h.Run(ctx) }()
	<-w.up
	if err := h.Do(ctx, home.ZoneSet{Zone: "UTC"}); err != nil { // what the adapter said before is in the house now
		return err
	}
	for i := range killLamps {
		id := fmt.Sprint("s", i)
		if len(h.View().Scenes()) == killLamps {
			break
		}
		doc := fmt.Sprintf(`{"runs":"parallel","max_runs":100,"yield":"run","when":[{"device":%q,"event":"button.press"}],"then":[{"wait":"1s"},{"device":%q,"set":{"level.level":50}}]}`,
			h.View().Source(source("button", i)).Device, h.View().Source(source("lamp", i)).Device)
		if err := h.Do(ctx, home.SceneSet{ID: id, Document: json.RawMessage(doc)}); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var button int
		if _, err := fmt.Sscanf(in.Text(), "press %d", &button); err == nil {
			w.hub.Happened(model.Happening{Source: source("button", button), Endpoint: "main", Event: "button.press", Key: in.Text(),
				Args: map[string]model.Value{"action": model.String("single"), "button": model.String("1")}})
			if err := h.Do(ctx, home.Named{Device: h.View().Source(source("lamp", button)).Device, Lang: "en", Name: "Lamp"}); err != nil { // durable with all before it
				return err
			}
			fmt.Println("durable", in.Text())
		}
	}
	return in.Err()
}

// tally is what the parent knows of one lamp.
type tally struct {
	pressed, durable int
	commands         map[string]int // by id, without the mark of a repetition
}

func TestKillsLoseNoTimerAndRepeatNoEvent(t *testing.T) {
	dir, dice := t.TempDir(), rand.New(rand.NewPCG(1, uint64(*kills)))
	lamps := make([]tally, killLamps)
	for i := range lamps {
		lamps[i].commands = map[string]int{}
	}
	press := 0
	for range *kills {
		killHub(t, dir, lamps, &press, dice, time.Duration(20+dice.IntN(600))*time.Millisecond)
	}
	killHub(t, dir, lamps, &press, nil, 12*time.Second) // what still waits, and what is repeated
	pressed, durable, ran, repeated := 0, 0, 0, 0
	for i, l := range lamps {
		pressed, durable, ran = pressed+l.pressed, durable+l.durable, ran+len(l.commands)
		for _, n := range l.commands {
			repeated += n - 1
		}
		if len(l.commands) < l.durable {
			t.Errorf("lamp %d: %d presses were on disk, %d commands came: a timer was lost", i, l.durable, len(l.commands))
		}
		if len(l.commands) > l.pressed {
			t.Errorf("lamp %d: %d presses, %d commands: one is spurious or double", i, l.pressed, len(l.commands))
		}
	}
	t.Logf("%d kills: %d presses, %d on disk before the kill, %d timers led to a command, %d of these were sent again as not confirmed", *kills, pressed, durable, ran, repeated)
}

// killHub runs the hub, presses buttons at random and kills it after a while; without dice it only waits.
func killHub(t *testing.T, dir string, lamps []tally, press *int, dice *rand.Rand, after time.Duration) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case f[0] == "ready":
			defer time.AfterFunc(after, func() { _ = cmd.Process.Kill() }).Stop()
			pressNext(in, lamps, press, dice)
		case f[0] == "durable":
			var button int
			_, _ = fmt.Sscanf(lines.Text(), "durable press %d", &button)
			lamps[button].durable++
			pressNext(in, lamps, press, dice)
		case f[0] == "command":
			var lamp int
			_, _ = fmt.Sscanf(f[1], "wire/lamp%d", &lamp)
			lamps[lamp].commands[strings.TrimRight(f[2], "+")]++
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the hub ended by itself: %v", err)
	}
}

func pressNext(in io.Writer, lamps []tally, press *int, dice *rand.Rand) {
	if dice == nil {
		return
	}
	*press++
	button := *press % killLamps
	if _, err := fmt.Fprintf(in, "press %d %d\n", button, *press); err == nil {
		lamps[button].pressed++
	}
}
