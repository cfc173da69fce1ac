// Package demo is a house that needs no hardware: four rooms, about twenty Zigbee devices, the weather and
// somebody who lives there. It speaks what Zigbee2MQTT 2.14.1 speaks, on the hub's own broker, so that everything
// above the radio is the real thing: the adapter, the scenes, the web app cannot tell the difference.
//
// Use:
//
//	house := demo.New(demo.Options{MQTT: conn, Speed: 60})
//	go house.Run(ctx)
//
// and, at the first start, give the hub what [Rooms], [Layout], [Scenes] and [Services] say. Tests and
// scenarios move it by hand: [House.Press], [House.Touch], [House.Unplug].
//
// Two clocks run. The simulated one drives the weather, the rooms' temperatures and the day of who lives there,
// and can be sped up. What a person watches, a blind that moves or a lamp that does not answer, and every
// time stamp in a message, follows the wall clock.
//
// The physics (weather.go, thermal.go, control.go, life.go, phone.go, world.go) is pure and deterministic: it is
// given steps of time and a seed. What the devices are is data: data/devices.json holds the entries of
// bridge/devices as Zigbee2MQTT publishes them for these products, data/house.json where they stand and how they start.
//
// [Load] is something else: a house of any size for measurements.
package demo
