// Package climate is arrival heating and cooling: scenes that keep rooms at comfort while somebody is in, set back when
// all are out, and start again early enough, by what presence expects and by what each zone has taught about how fast it comes
// to temperature. It is pure, like all of scenes.
//
// Use: the scene engine Puts the [Settings] of each document of the kind "arrival", hands every occurrence to React, and
// keeps State with its own. [ReadAccount] makes of that state what a household reads: why it is cold, and the weekly receipt.
//
// How it decides, for each zone (an endpoint with a setpoint), every five minutes and whenever somebody moves:
//
//   - Somebody in: comfort.
//   - Nobody in: the depth of the setback follows the risk. An hour in which somebody may well come back is kept nearly
//     warm, one in which nobody ever does is let go (level.go). So a house that knows nothing yet hardly sets back, and
//     one that knows its people saves, without any mode to choose.
//   - What a person does by hand at the device or in an app stays, for Hold or until the house is left next.
//   - An open window pauses; a sensor that has gone silent hands back to the device; bounds hold always.
//
// What it learns is in thermal.go (recovery) and account.go (arrivals, energy).
package climate
