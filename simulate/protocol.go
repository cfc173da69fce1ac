package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// initLine begins a run.
type initLine struct {
	Type string `json:"type"`
	T    int64  `json:"t"` // Unix seconds
	TZ   string `json:"tz"`
	Home struct {
		Lat     float64 `json:"lat"`
		Lon     float64 `json:"lon"`
		RadiusM float64 `json:"radius_m"`
	} `json:"home"`
	Persons []struct {
		ID      string   `json:"id"`
		Sources []string `json:"sources"`
	} `json:"persons"`
	Zones map[string]struct {
		Mode     string   `json:"mode"`
		Actuator string   `json:"actuator"`
		Min      *float64 `json:"min_setpoint"`
		Max      *float64 `json:"max_setpoint"`
	} `json:"zones"`
	Prefs struct {
		Comfort float64  `json:"comfort"`
		Away    float64  `json:"away"`
		Saving  *float64 `json:"saving"`
	} `json:"prefs"`
	Schedule map[string][][2]any `json:"schedule"` // by weekday, Monday is "0": [hour, "comfort" or "away"]
}

// obsLine is what the house shows at one moment.
type obsLine struct {
	Type  string `json:"type"`
	T     int64  `json:"t"`
	Zones map[string]struct {
		Temp       *float64 `json:"temp"`
		TempT      int64    `json:"temp_t"`
		Humidity   *float64 `json:"rh"`
		Mode       string   `json:"mode"`
		Setpoint   *float64 `json:"setpoint"`
		SetpointBy string   `json:"setpoint_by"` // "hub" or "manual"
		Action     string   `json:"action"`
		Window     *bool    `json:"window"`
	} `json:"zones"`
	Outdoor struct {
		Temp *float64 `json:"temp"`
	} `json:"outdoor"`
	Messages []struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	} `json:"messages"`
}

// answerLine is what the hub does.
type answerLine struct {
	Zones map[string]zoneAnswer `json:"zones,omitempty"`
	Info  *infoAnswer           `json:"info,omitempty"`
}

type zoneAnswer struct {
	Setpoint float64 `json:"setpoint"`
	Mode     string  `json:"mode,omitempty"`
}

type infoAnswer struct {
	Occupancy string `json:"occupancy"`
	ETA       int64  `json:"eta,omitempty"` // Unix seconds
	Why       string `json:"why,omitempty"`
}

// maxLine bounds a line of the protocol, bytes.
const maxLine = 1 << 20

// Run answers lines until "done", the end of the input, or the end of the context.
func Run(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	var x *House
	for n := 1; lines.Scan() && ctx.Err() == nil; n++ {
		answer, done, err := step(&x, lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if done {
			return nil
		}
		if err := errors.Join(enc.Encode(answer), w.Flush()); err != nil {
			return fmt.Errorf("the answer to line %d could not be written: %w", n, err)
		}
	}
	return lines.Err()
}

func step(x **House, line []byte) (any, bool, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return nil, false, fmt.Errorf("it is no JSON object: %w", err)
	}
	switch kind.Type {
	case "init":
		var m initLine
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, false, fmt.Errorf("init: %w", err)
		}
		h, err := build(m)
		*x = h
		return answerLine{}, false, err
	case "obs":
		if *x == nil {
			return nil, false, errors.New("obs before init")
		}
		var m obsLine
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, false, fmt.Errorf("obs: %w", err)
		}
		a, err := (*x).observe(m)
		return a, false, err
	case "done":
		return nil, true, nil
	}
	return nil, false, fmt.Errorf("type %q: expected init, obs or done", kind.Type)
}
