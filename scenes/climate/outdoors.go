package climate

import "time"

// outdoors is what is known of the temperature outside: heard, else learned by the hour of the day.
type outdoors struct {
	Heard time.Time   `json:"heard,omitzero"`
	Last  float64     `json:"last,omitempty"`
	Hours [24]float64 `json:"hours"`
	Seen  [24]float64 `json:"seen"`
}

const outdoorFresh = 6 * time.Hour

func (o *outdoors) hear(now time.Time, celsius float64) {
	o.Heard, o.Last = now, celsius
	h := now.Hour()
	k := max(0.02, 1/(1+o.Seen[h]))
	o.Hours[h] += k * (celsius - o.Hours[h])
	o.Seen[h]++
}

// at is the best guess for now. Without any sensor it is the prior of the season that the work tells of.
func (o *outdoors) at(now time.Time, sign float64) float64 {
	switch h := now.Hour(); {
	case !o.Heard.IsZero() && now.Sub(o.Heard) < outdoorFresh:
		return o.Last
	case o.Seen[h] > 0:
		return o.Hours[h]
	case sign < 0:
		return 31
	}
	return 3
}

// mean is the temperature outside over the day, as far as it is known.
func (o *outdoors) mean(now time.Time, sign float64) float64 {
	sum, seen := 0.0, 0.0
	for h, n := range o.Seen {
		if n > 0 {
			sum, seen = sum+o.Hours[h], seen+1
		}
	}
	if seen < 12 {
		return o.at(now, sign)
	}
	return sum / seen
}
