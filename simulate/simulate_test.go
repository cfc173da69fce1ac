package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const initText = `{"type":"init","protocol":1,"scenario":"test","seed":1,"t":1736121600,"dt":60,"steps":100,"tz":"UTC","home":{"lat":52.5,"lon":13.4,"radius_m":150},` +
	`"persons":[{"id":"ann","sources":["owntracks/ann/phone","router/ann"]}],"zones":{"main":{"mode":"heat","actuator":"radiator","min_setpoint":5,"max_setpoint":32}},` +
	`"prefs":{"comfort":21.0,"away":16.0},"schedule":{"0":[[0,"comfort"],[8.4,"away"],[18.0,"comfort"]]}}`

func obs(t int64, temp, set float64, messages ...string) string {
	return fmt.Sprintf(`{"type":"obs","t":%d,"zones":{"main":{"temp":%v,"temp_t":%d,"rh":33,"mode":"heat","setpoint":%v,"setpoint_by":"hub","action":"idle","window":false}},"outdoor":{"temp":-5},"messages":[%s]}`,
		t, temp, t, set, strings.Join(messages, ","))
}

func run(t testing.TB, lines []string) []answerLine {
	t.Helper()
	var out bytes.Buffer
	if err := Run(context.Background(), strings.NewReader(strings.Join(lines, "\n")), &out); err != nil {
		t.Fatal(err)
	}
	var answers []answerLine
	for dec := json.NewDecoder(&out); dec.More(); {
		var a answerLine
		if err := dec.Decode(&a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	return answers
}

const t0 = 1736121600

// monday is a day of somebody who leaves at eight and says so by router and region.
func monday(days int) []string {
	lines := []string{initText}
	set := 21.0
	for m := range int64(days * 1440) {
		at := t0 + 60*(m+1)
		var messages []string
		switch m % 1440 {
		case 1:
			messages = append(messages, fmt.Sprintf(`{"topic":"router/ann","payload":{"connected":true,"tst":%d}}`, at))
		case 480:
			messages = append(messages, fmt.Sprintf(`{"topic":"owntracks/ann/phone/event","payload":{"_type":"transition","event":"leave","desc":"home","lat":52.503,"lon":13.4,"acc":20,"tst":%d,"wtst":1,"t":"c"}}`, at),
				fmt.Sprintf(`{"topic":"door/front","payload":{"contact":false,"tst":%d}}`, at))
		case 485:
			messages = append(messages, fmt.Sprintf(`{"topic":"router/ann","payload":{"connected":false,"tst":%d}}`, at))
		case 1080:
			messages = append(messages, fmt.Sprintf(`{"topic":"router/ann","payload":{"connected":true,"tst":%d}}`, at), `{"topic":"motion/hall","payload":{"occupancy":true}}`)
		}
		lines = append(lines, obs(at, 20.5, set, messages...))
	}
	return append(lines, `{"type":"done","score":{}}`)
}

func TestEveryLineButDoneIsAnsweredByOne(t *testing.T) {
	lines := monday(1)
	if got := len(run(t, lines)); got != len(lines)-1 {
		t.Errorf("%d answers to %d lines", got, len(lines)-1)
	}
}

func TestTheHouseKnowsWhoIsThere(t *testing.T) {
	a := run(t, monday(1))
	for minute, want := range map[int]string{100: "home", 600: "away", 1100: "home"} {
		if got := a[minute].Info.Occupancy; got != want {
			t.Errorf("at minute %d: %s, want %s", minute, got, want)
		}
	}
	if a[600].Info.ETA <= t0+600*60 {
		t.Errorf("away without a time of return: %+v", a[600].Info)
	}
	if a[1100].Info.ETA != 0 {
		t.Error("home with a time of return")
	}
}

func TestTheSameLinesGiveTheSameAnswers(t *testing.T) {
	var one, two bytes.Buffer
	in := strings.Join(monday(2), "\n")
	for _, out := range []*bytes.Buffer{&one, &two} {
		if err := Run(context.Background(), strings.NewReader(in), out); err != nil {
			t.Fatal(err)
		}
	}
	if one.String() != two.String() {
		t.Error("two runs differ")
	}
}

func TestWrongLinesSayWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"nonsense", "line 1"}, {`{"type":"obs"}`, "before init"}, {`{"type":"other"}`, "expected init"},
		{strings.Replace(initText, `"lat":52.5`, `"lat":152.5`, 1), "latitude"},
		{initText + "\n" + obs(t0-60, 20, 21), "before the last"},
		{initText + "\n" + strings.Replace(obs(t0, 20, 21), "main", "attic", 1), "attic"},
		{initText + "\n" + obs(t0, 20, 21, `{"topic":"owntracks/ann/phone","payload":{"_type":"location"}}`), "owntracks/ann/phone"},
	} {
		err := Run(context.Background(), strings.NewReader(tt.in), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60s: %v, want %q", tt.in, err, tt.want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add(initText, obs(t0, 20, 21))
	f.Fuzz(func(_ *testing.T, a, b string) {
		_ = Run(context.Background(), strings.NewReader(a+"\n"+b), &bytes.Buffer{})
	})
}

// BenchmarkStep is one minute of a house.
func BenchmarkStep(b *testing.B) {
	days := b.N/1440 + 1
	in := strings.Join(monday(days)[:b.N+1], "\n")
	b.ResetTimer()
	began := time.Now()
	if err := Run(context.Background(), strings.NewReader(in), &bytes.Buffer{}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "steps/s")
}
