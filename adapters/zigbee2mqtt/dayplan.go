package zigbee2mqtt

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// A heating plan for one day is a text on the wire, "06:00/21 22:00/16.5", and a list
// of moments with their setpoints in the model.

// moment is one entry of a plan: from At on, heat to Heat °C.
type moment struct {
	At   string  `json:"at"`
	Heat float64 `json:"heat"`
}

var (
	planEntry = regexp.MustCompile(`^([01]?\d|2[0-3]):([0-5]\d)/(-?\d+(?:\.\d+)?)$`)
	// planForm and planLimit are how definitions tell that their text has this form, and how many entries it has.
	planForm  = regexp.MustCompile(`(?:HH:MM/C|\d\d:\d\d/\d+(?:\.\d+)?)(?: (?:HH:MM/C|\d\d:\d\d/\d+(?:\.\d+)?))*`)
	planLimit = regexp.MustCompile(`Up to (\d+) transitions`)
)

// shapeDayPlan accepts a text whose description shows the form: with a limit, or with as many entries as the
// device has places, no more and no fewer. Where a plan runs to 24:00, times are ends and not beginnings: that
// is another form.
func shapeDayPlan(l leaf, b *binding, _ *model.Property) bool {
	if m := planLimit.FindStringSubmatch(l.Description); m != nil {
		b.most, _ = strconv.Atoi(m[1]) // the expression admits digits only
		b.least = 1
		return l.Type == "text" && b.most > 0
	}
	form := planForm.FindString(l.Description)
	b.most = len(strings.Fields(form))
	b.least = b.most
	return l.Type == "text" && form != "" && !strings.Contains(form, "24:00")
}

func readDayPlan(_ *binding, v model.Value) model.Value {
	s, _ := v.Text()
	plan := []moment{}
	for _, f := range strings.Fields(s) {
		m := planEntry.FindStringSubmatch(f)
		if m == nil {
			return model.Value{}
		}
		heat, _ := strconv.ParseFloat(m[3], 64) // the expression admits numbers only
		plan = append(plan, moment{At: fmt.Sprintf("%02s:%s", m[1], m[2]), Heat: heat})
	}
	out, _ := model.Object(plan)
	return out
}

func writeDayPlan(b *binding, v model.Value) (model.Value, error) {
	var plan []moment
	if err := json.Unmarshal([]byte(v.String()), &plan); err != nil || len(plan) < b.least || len(plan) > b.most {
		return v, b.refuse(v, fmt.Sprintf(`from %d to %d entries such as {"at":"06:00","heat":21}`, b.least, b.most))
	}
	entries := make([]string, len(plan))
	for i, m := range plan {
		entries[i] = m.At + "/" + strconv.FormatFloat(m.Heat, 'f', -1, 64)
		if !planEntry.MatchString(entries[i]) {
			return v, b.refuse(v, `times from 00:00 to 23:59`)
		}
	}
	return model.String(strings.Join(entries, " ")), nil
}
