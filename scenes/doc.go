// Package scenes is the scene language and its engine: pure, without I/O, goroutines or clock, run by
// [home.Home] through the interface [home.Scenes].
//
// Use: pass New(Zones(time.LoadLocation)) to home.New; the house checks documents with Check, hands them over
// with Put, and asks React once for each occurrence.
//
// # Documents
//
// A document is JSON (households write the same as YAML) of one of three kinds: targets to apply by hand, an
// automation with "when", or "arrival", heating and cooling by who is home.
//
//	{"names": {"": "Movie night", "zh": "观影"},
//	 "then": [{"room": "living", "role": "ceiling light", "set": {"on_off.on": true, "level.level": 30}, "transition": 2}]}
//
//	{"when": [{"device": "m1", "attribute": "occupancy.occupied", "to": true}],
//	 "if":   [{"time": {"from": "18:00", "to": "07:00"}}],
//	 "then": [{"device": "l1", "set": {"on_off.on": true}}]}
//
//	{"arrival": {"rooms": ["living"], "people": ["li"], "comfort_c": 21, "away_c": 17}}
//
// Keys of the document, all but one of then and arrival optional:
//
//	names     names by language, "" for all          about     what it is for, for readers
//	enabled   false: nothing happens by itself; by hand it still runs
//	when      triggers: any one is enough            if        conditions: all must be true
//	then      steps, in order                        arrival   see arrival.go
//	runs      single (default), restart, queue, parallel: what a trigger does while a run is under way
//	max_runs  how many at once, or in the queue: 10
//	quiet     {from, to, days}: no run by itself then
//	limit     {times: 3, per: 1h}: no more runs by itself than these
//	override  true: set values that a person holds, too
//	yield     how long a person's touch is left alone: 30m, or "run": only if it came during the run; default: as long as it is held (2 h)
//	priority  0 to 90, against other scenes' leases  lease     how long what it sets is its own: 10m, or "run"
//	retry     how often a command that times out is sent anew: 0 to 5, default 1
//
// # Words
//
// Durations are "90s", "10m", "1h30m", "2d" or a number of seconds; times of day "06:30"; days ["mon", "tue"],
// "weekdays" or "weekend"; values what the attribute has. Things are addressed by "device", "devices" (a group),
// "room", "role", or room and role together; rooms and roles stand for whatever is there at the moment. Without
// "endpoint" a device's attribute is the first that fits, main first; rooms and roles reach every gang of what
// has no main one.
//
// # Triggers (when)
//
//	{device|room|role, endpoint?, attribute, to|above|below|changes: true, from?, for?}
//	{device|room|role, event: "button.press", args?: {action: double}}
//	{person: ID|anyone|everyone|first, presence: home|arriving|just_left|away|extended_away}
//	{at: "07:30", days?}
//	{sun: sunrise|sunset|dawn|dusk|noon, offset?: "-30m", days?}
//	{every: "15m", days?}                 counted from midnight
//	{mode: night}                         the mode begins
//	{scene: ID}                           another scene ran
//	{webhook: NAME}                       POST /api/webhooks/NAME
//	{topic: "doorbell/ring", payload?}    an MQTT message
//
// "to" fires when the value becomes that, "above" and "below" when it crosses the border, "changes" at any change.
// With "for" the value must stay so for that long; the wait survives a restart. "anyone" fires for each person,
// "everyone" when the last of all who carry a tracker gets there, "first" when somebody gets there and nobody
// else is. {person: everyone, presence: away} is: everybody has left.
//
// # Conditions (if, wait_until, while, until)
//
//	{device|room|role, attribute, is|is_not|one_of|above|below, match?: any|all, for?, fresh?: "10m"}
//	{time: {from?: "22:00", to?: "06:30", days?}}   over midnight when to is earlier; its days are those it begins on
//	{mode: night} or {mode: [night, away]}
//	{person: ID|anyone|everyone, presence: home}
//	{and: [...]}, {or: [...]}, {not: {...}}
//
// A condition is true, false or unknown, and what is unknown is never true: a value that nobody has told yet, one of
// a device that cannot be reached, one not heard for as long as "fresh" says, a person whose place is not known.
// "not" of unknown is unknown. A list means all of it.
//
// # Steps (then)
//
//	{device|devices|room|role, endpoint?, set: {ATTRIBUTE: VALUE}, transition?: SECONDS}
//	{device|devices|room|role, endpoint?, command: "window_covering.close", args?, transition?}
//	{wait: "5m"}
//	{wait_until: CONDITION(S), timeout?: "10m", on_timeout?: continue|stop}
//	{repeat: {times?: 3, while?: CONDITION(S), until?: CONDITION(S), do: [...]}}
//	{if: CONDITION(S), then: [...], else?: [...]}
//	{choose: [{if: CONDITION(S), then: [...]}, ...], else?: [...]}      the first that is true
//	{notify: TEXT or {"": TEXT, zh: TEXT}, to?: [PERSON]}
//	{scene: ID}            run another scene; neither its if nor its quiet hours are asked
//	{mode: night}          begin a mode
//	{capture: NAME, device|devices|room|role, endpoint?, attributes?: [...]}
//	{restore: NAME, transition?}
//	{stop: true}           end the run
//
// # What holds always
//
//   - Start-up, reconnection, first reports and restored values trigger nothing; what waits for a state goes on by them.
//   - A scene that is among the causes of what happened is not run again: scenes cannot chase each other for ever.
//   - Runs, waits and schedules are in the house's snapshot and its timers: they survive any stop. A schedule whose
//     moment passed while the hub was down runs up to ten minutes late; later it is let pass, and told of.
//   - A time of day that the clocks leave out in spring is the moment at which they are put forward; one that they show
//     twice in autumn is the first of the two. A step of the clock moves waits with it and repeats no schedule.
//   - A person's touch of a value (at the device, in an app, by voice) holds it against scenes; see [home.Hold].
//   - A changed document ends the runs of the earlier one.
package scenes
