// Package simulate runs a house in simulated time behind a line protocol: the same home, presence and scenes as the live hub, fed
// by a simulator of houses and people, as fast as the processor goes. There is no goroutine and no clock; timers stand in a
// heap and fire when their time has come.
//
// Use: Run(ctx, os.Stdin, os.Stdout). Each line in is one JSON object, each but "done" is answered by one line:
//
//	> {"type":"init","t":1736121600,"tz":"UTC","home":{...},"persons":[...],"zones":{...},"prefs":{...},"schedule":{...}}
//	< {}
//	> {"type":"obs","t":1736121660,"zones":{"main":{"temp":20.9,...}},"outdoor":{"temp":-7.1},"messages":[{"topic":"owntracks/ann/phone","payload":{...}}]}
//	< {"zones":{"main":{"setpoint":16,"mode":"heat"}},"info":{"occupancy":"away","eta":1736155200,"why":"..."}}
//	> {"type":"done","score":{...}}
//
// A message is decoded by the decoder of its live adapter; a zone is a thermostat described as any adapter would.
package simulate
