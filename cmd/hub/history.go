package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/cmd/hub/internal/plot"
	"github.com/concord-home/hub/messages"
	"github.com/concord-home/hub/model"
	"github.com/spf13/cobra"
)

func newHistoryCmd(c *cli) *cobra.Command {
	var since string
	var height int
	cmd := &cobra.Command{
		Use:   "history NAME[@PART] ATTRIBUTE",
		Short: "Show what an attribute was over time",
		Long: "Draws a number as a line with its least, mean and greatest, and a truth or an enum as a\n" +
			"timeline with how long each value held.",
		Example:           "  hub history 'living room' temperature --since 7d\n  hub history 'front door' open --since 36h",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: c.completing(false, deviceNames, attributeNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := parseSpan(since); err != nil {
				return err
			}
			cl, err := c.client()
			if err != nil {
				return err
			}
			return c.history(cmd.Context(), cl, args[0], args[1], since, height)
		},
	}
	cmd.Flags().StringVar(&since, "since", "24h", "how far back: 90m, 36h, 7d, 2w")
	cmd.Flags().IntVar(&height, "height", 10, "lines of the plot")
	return cmd
}

// parseSpan reads a span of time: as Go writes it, or in days or weeks.
func parseSpan(s string) (time.Duration, error) {
	for unit, size := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			f, err := strconv.ParseFloat(n, 64)
			if err != nil || !(f > 0 && f*float64(size) < float64(1<<62)) {
				return 0, usage("%q is not a span of time such as 90m, 36h, 7d or 2w", s)
			}
			return time.Duration(f * float64(size)), nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, usage("%q is not a span of time such as 90m, 36h, 7d or 2w", s)
	}
	return d, nil
}

// truthBuckets is how finely truths are asked for: short pulses count.
const truthBuckets = 2000

func (c *cli) history(ctx context.Context, cl *client, name, word, since string, height int) error {
	d, endpoint, err := cl.part(ctx, name)
	if err != nil {
		return err
	}
	r, err := attribute(d, endpoint, word)
	if err != nil {
		return err
	}
	width := c.columns(80)
	buckets := max(24, min(2*width, truthBuckets))
	if r.Attribute.Type == model.TypeBool {
		buckets = truthBuckets
	}
	var h api.History
	query := url.Values{"attribute": {string(r.Attribute.Attribute)}, "endpoint": {string(r.Endpoint)}, "since": {since}, "buckets": {strconv.Itoa(buckets)}}
	if err := cl.get(ctx, route("devices", string(d.ID), "history"), query, &h); err != nil {
		return err
	}
	return c.show(h, func() error {
		c.printHistory(d.Name, r.Attribute, h, plot.Frame{From: h.From, To: h.To, Width: width, Height: height, Zone: c.zone()}, buckets)
		return nil
	})
}

// zone is the time zone of the person: that of the command line's clock.
func (c *cli) zone() *time.Location { return c.now().Location() }

func (c *cli) printHistory(name string, a api.Attribute, h api.History, f plot.Frame, buckets int) {
	const layout = "2006-01-02 15:04"
	c.print("%s%s%s  %s – %s\n\n", name, c.say("colon"), a.Label, h.From.In(f.Zone).Format(layout), h.To.In(f.Zone).Format(layout))
	if len(h.Points)+len(h.Samples) == 0 {
		c.print("%s\n", c.say("history.none"))
		return
	}
	p := property(a)
	p.Step = 0 // a mean is finer than what the device tells
	switch {
	case a.Type == model.TypeBool:
		c.printTimeline(truthSpans(h, h.To.Sub(h.From)/time.Duration(buckets), func(b bool) string { return messages.Value(c.lang, p, model.Bool(b)) }), f)
	case len(h.Points) > 0:
		c.printLine(h.Points, p, f)
	default:
		c.printTimeline(sampleSpans(h, func(v model.Value) string { return messages.Value(c.lang, p, v) }), f)
	}
}

func (c *cli) printLine(in []api.Point, p *model.Property, f plot.Frame) {
	points := make([]plot.Point, len(in))
	for i, x := range in {
		points[i] = plot.Point(x)
	}
	bare := *p
	bare.Type = model.TypeFloat // the mean of whole numbers need not be whole
	f.Format = func(v float64) string { return messages.Value(c.lang, &bare, model.Number(v)) }
	c.print("%s\n", plot.Line(points, f))
	s, _ := plot.Summarize(points, f.To)
	c.print("%s\n", c.say("history.summary", f.Format(s.Min), f.Format(s.Mean), f.Format(s.Max)))
}

func (c *cli) printTimeline(spans []plot.Span, f plot.Frame) {
	c.print("%s\n", plot.Timeline(spans, f))
	totals := plot.Totals(spans, f.From, f.To)
	var whole time.Duration
	for _, t := range totals {
		whole += t.For
	}
	var words []string
	for _, t := range totals {
		words = append(words, fmt.Sprintf("%s %s (%.0f %%)", t.Label, messages.Span(c.lang, t.For), 100*float64(t.For)/float64(max(1, whole))))
	}
	c.print("%s\n", strings.Join(words, "   "))
}

func sampleSpans(h api.History, label func(model.Value) string) []plot.Span {
	var at []time.Time
	var labels []string
	for _, s := range h.Samples {
		var v model.Value
		if v.UnmarshalJSON(s.Value) != nil {
			continue
		}
		at, labels = append(at, s.At), append(labels, label(v))
	}
	return plot.Spans(at, labels, h.To)
}

// truthSpans makes a timeline of the buckets of a truth. A bucket that saw both is true for its
// length, so that no pulse is lost; what held after it follows from how many changes it counts.
func truthSpans(h api.History, bucket time.Duration, label func(bool) string) []plot.Span {
	var at []time.Time
	var labels []string
	add := func(t time.Time, b bool) { at, labels = append(at, t), append(labels, label(b)) }
	last := false
	for i, p := range h.Points {
		if p.Min == p.Max {
			last = p.Max > 0
			add(p.At, last)
			continue
		}
		add(p.At, true)
		if i == 0 {
			last = p.Mean > 0.5
		} else if p.Count%2 == 1 {
			last = !last
		}
		if end := p.At.Add(bucket); !last {
			add(end, false)
		}
	}
	return plot.Spans(at, labels, h.To)
}
