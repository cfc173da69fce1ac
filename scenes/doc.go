// Package scenes is the scene language and its engine: pure, without I/O, goroutines or clock, run by
// [home.Home] through the interface [home.Scenes].
//
// Use: pass New() to home.New; the house checks documents with Check, hands them over with
// Put, and asks React once for each occurrence.
//
// A document is JSON of one of three kinds:
//
//	{"names": {"": "Movie night", "zh": "观影"},
//	 "then": [{"room": "living", "role": "ceiling light", "set": {"on_off.on": true, "level.level": 30}, "transition": 2}]}
//
//	{"when": [{"device": "m1", "attribute": "occupancy.occupied", "to": true}],
//	 "then": [{"device": "l1", "set": {"on_off.on": true}}]}
//
//	{"arrival": {"rooms": ["living"], "people": ["li"], "comfort_c": 21, "away_c": 17}}
//
// Targets alone are applied by hand. With "when" they are an automation: any one trigger is enough. "arrival"
// is heating and cooling by who is home. "enabled": false stops what runs by itself; by hand it still runs.
//
// What the words mean:
//
//   - A target names a device, a room, a role, or a room and a role together; rooms and roles stand for whatever
//     is there when the scene runs. Without "endpoint" a device's attribute is the first that fits, main first;
//     rooms and roles reach every gang of what has no main one.
//   - A trigger's "to" fires when the value becomes that; "above" and "below" when it crosses the border.
//     "anyone" fires for each person; "everyone" when the last of all who carry a tracker gets there.
//   - A scene that is among the causes of what happened is not run again: scenes cannot chase each other for ever.
package scenes
