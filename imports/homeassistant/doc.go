// Package homeassistant reads a Home Assistant configuration folder and says what of it this house can take
// over: areas become rooms, devices get the names and rooms they had, automations and scenes become scenes.
//
// Use: [Read] the folder, [Config.Translate] it for a [House], show or carry out the [Plan]. The package is a
// function of its input: it reads only the file system it is given and changes nothing anywhere.
//
// Things are matched by strong identity only (IEEE and MAC addresses, serial numbers): a name alone proves
// nothing. What cannot be taken over whole is left out whole, with the reason, since half an automation does
// something nobody asked for.
//
// The formats are those of Home Assistant's own documentation (automation triggers, conditions and actions; scenes)
// and of the registries in its .storage folder, as versions 2022 to 2025 write them.
package homeassistant
