package backup

import (
	"errors"
	"fmt"
	"time"
)

// Schedule says when backups are made by themselves, and how many of those are kept.
type Schedule struct {
	On     bool   `json:"on"`
	At     string `json:"at"`     // the hour of the house's day, "03:30"
	Daily  int    `json:"daily"`  // the newest of each of so many days
	Weekly int    `json:"weekly"` // and of each of so many weeks
	MaxMB  int64  `json:"max_mb"` // what all backups may take of the disk, 10^6 bytes
}

// Usual is the schedule of a house that has said nothing: every night, a week of days, a month of weeks, 2 GB.
var Usual = Schedule{On: true, At: "03:30", Daily: 7, Weekly: 4, MaxMB: 2000}

// ErrSchedule says that a schedule cannot be kept.
var ErrSchedule = errors.New("this schedule cannot be kept")

// Check says what is wrong with a schedule: ErrSchedule, with the field, its value and what was expected.
func (s Schedule) Check() error {
	if _, err := time.Parse("15:04", s.At); err != nil {
		return fmt.Errorf("%w: at is %q, but should be a time of day such as 03:30", ErrSchedule, s.At)
	}
	for _, x := range []struct {
		field        string
		is, from, to int64
	}{{"daily", int64(s.Daily), 1, 90}, {"weekly", int64(s.Weekly), 0, 52}, {"max_mb", s.MaxMB, 10, 10_000_000}} {
		if x.is < x.from || x.is > x.to {
			return fmt.Errorf("%w: %s is %d, but should be from %d to %d", ErrSchedule, x.field, x.is, x.from, x.to)
		}
	}
	return nil
}

// Next is the first moment after another at which the house's clock shows the schedule's hour.
func (s Schedule) Next(after time.Time, zone *time.Location) time.Time {
	at, err := time.Parse("15:04", s.At)
	if err != nil {
		return time.Time{}
	}
	y, m, d := after.In(zone).Date()
	for day := range 3 { // the clock change may hide one
		next := time.Date(y, m, d+day, at.Hour(), at.Minute(), 0, 0, zone)
		if next.After(after) {
			return next
		}
	}
	return after.Add(24 * time.Hour)
}

// Surplus lists the backups that the schedule no longer needs, of all, the newest first. One that a person asked for is
// never among them, nor is the newest of its own.
func (s Schedule) Surplus(all []Backup, zone *time.Location) []string {
	var out []string
	var kept []Backup // of the schedule's own
	days, weeks, bytes := map[string]bool{}, map[string]bool{}, int64(0)
	for _, b := range all {
		if !b.Manifest.Routine {
			bytes += b.Bytes
			continue
		}
		made := b.Manifest.Made.In(zone)
		year, number := made.ISOWeek()
		day, week := made.Format(time.DateOnly), fmt.Sprint(year, number)
		forDay, forWeek := !days[day] && len(days) < s.Daily, !weeks[week] && len(weeks) < s.Weekly
		if !forDay && !forWeek && len(kept) > 0 {
			out = append(out, b.Name)
			continue
		}
		days[day], weeks[week] = true, true
		kept = append(kept, b)
		bytes += b.Bytes
	}
	for ; bytes > s.MaxMB*1e6 && len(kept) > 1; kept = kept[:len(kept)-1] {
		oldest := kept[len(kept)-1]
		out = append(out, oldest.Name)
		bytes -= oldest.Bytes
	}
	return out
}
