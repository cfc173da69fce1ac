// Package echonet is the hub's adapter for ECHONET Lite, the protocol of Japanese homes: air conditioners, water
// heaters, floor heating, lighting, shutters, locks, meters, solar panels, batteries and sensors of Panasonic, Mitsubishi, Daikin,
// Sharp, Toshiba, Rinnai and others, over UDP port 3610.
//
// The hub is a node of its own: it has a node profile and a controller object, announces itself, and answers questions
// about itself. Other nodes are found by multicast, which is repeated since Wi-Fi loses it; each is asked for its objects, and
// each object for the properties that it has and can set. From then on it is polled once a minute and heard when
// it announces a change. One request at a time is under way to a node.
//
// Each object is a device of the hub. What classes and properties mean is one table, in classes_table.go: to add a class
// is to add lines there. The protocol has neither passwords nor encryption: whoever is on the network can command every device.
//
// Frames are in frame.go. Specification: ECHONET Lite Ver. 1.13 and Appendix Release R, https://echonet.jp/spec_g/.
package echonet
