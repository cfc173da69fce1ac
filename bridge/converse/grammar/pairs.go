package grammar

import (
	"slices"
	"strings"
)

// cures are what a complaint is the reason for, when it is said in the same breath.
var cures = map[Intent][]Intent{
	"LightAdjust":   {"TurnOn", "TurnOff", "LightSet", "LightAdjust", "Open", "Close", "SetPosition"},
	"ClimateAdjust": {"TurnOn", "ClimateSetTemperature", "ClimateAdjust", "ClimateSetMode", "FanSetSpeed", "FanAdjust", "GetHumidity", "GetReading", "Open", "Close", "TurnOff"},
}

// complaints are the concepts by which a clause says what is wrong.
var complaints = []string{"too", "i_am", "dark", "bright", "glaring", "cant_see", "cant_hear", "cold_exclaim", "hot_exclaim"}

// explains reports that a clause says how it is, and the next what to do about it.
func (c *Clause) explains(next *Clause) bool {
	if c.Intent == "Remark" {
		return next.Intent != "Remark"
	}
	if c.Intent == "SetVolumeRelative" && len(c.Names) == 0 && c.Kind() == "" { // 吵死了，静音
		return next.Intent == "MediaPlayerMute" || next.Intent == "MediaPause"
	}
	complains := slices.ContainsFunc(complaints, c.Is) || c.Words["complaint"] != ""
	return complains && !next.Is("too") && !next.Is("i_am") && slices.Contains(cures[c.Intent], next.Intent) &&
		!(c.Intent == "ClimateAdjust" && next.Kind() == "light")
}

// repeats reports that the next clause says the same again without saying of what, perhaps by how much: "the music is too loud, turn it
// down a bit"; the clause takes that.
func (c *Clause) repeats(next *Clause) bool {
	if c.Intent == next.Intent && next.acts() && !next.textual() && next.Words["step"] == "" && !slices.Contains(stepping, c.Intent) &&
		next.Said != "" && strings.HasSuffix(c.Said, next.Said) {
		return true // 关灯关灯
	}
	same := c.Words["step"] != "" && c.Words["step"] == next.Words["step"] && next.Kind() == "" || c.Is("cant_see") && next.Kind() == c.Kind()
	if c.Intent != next.Intent || !same || len(next.Names)+len(next.Areas)+len(next.Floors) > 0 {
		return false
	}
	if next.HasValue && !c.HasValue {
		c.Value, c.Unit, c.HasValue = next.Value, next.Unit, true
	}
	return true
}

// stepping are the intents that do something else each time they are said.
var stepping = []Intent{"MediaNext", "MediaPrevious", "Toggle", "IncreaseTimer", "DecreaseTimer"}

// tells reports that a clause says how something is, and the next what to do with it without saying what; then it takes that.
func (c *Clause) tells(next *Clause) bool {
	if c.Is("dirty") && next.Intent == "VacuumStart" && len(next.Areas)+len(next.Floors) == 0 { // crumbs in the kitchen, send the robot
		next.Intent, next.Areas, next.Floors = c.Intent, c.Areas, c.Floors
		return true
	}
	unneeded := c.Is("unneeded") && c.Intent == next.Intent   // nobody needs it, off with it
	still := c.Intent == "TurnOn" && next.Intent == "TurnOff" // 灯一直亮着，关了
	if !c.asks() && !unneeded && !still || !next.acts() || next.textual() || next.Is("all") || next.Is("whole") || next.Is("q") ||
		len(next.Names) > 0 || next.Kind() != "" || next.Is("cover") || len(c.Names) == 0 && c.Kind() == "" && !c.Is("cover") {
		return false
	}
	next.Names = c.Names
	if opens, ok := c.Name(); ok && opens.Kind == "cover" || c.Is("cover") { // 车库门没关，帮我关一下
		switch next.Intent {
		case "TurnOn":
			next.Intent = "Open"
		case "TurnOff":
			next.Intent = "Close"
		}
	}
	if len(next.Areas)+len(next.Floors) == 0 {
		next.Areas, next.Floors = c.Areas, c.Floors
	}
	for k := range concept(len(shared.names)) {
		if targets.has(k) && c.flags.has(k) {
			next.flags.add(k)
		}
	}
	if cover := c.Words["cover"]; cover != "" {
		next.word("cover", cover)
	}
	return true
}
