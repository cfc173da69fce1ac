// Package zigbee2mqtt is the hub's adapter for Zigbee2MQTT, which it speaks to over MQTT.
//
// It has two halves. The translation is pure: [TranslateDefinition] turns what
// Zigbee2MQTT says of a device (its exposes) into a model.Description and a codec
// between MQTT properties and the model's attributes; what a name means is data, in
// rules.go. The live half, [Adapter], follows bridge/devices and bridge/groups, reports
// what changes, and carries commands out. Zigbee2MQTT answers no /set: a
// command is followed through the echo of the target, the device's own report after it,
// and the text of bridge/logging.
//
// Devices are known by their IEEE address ("zigbee2mqtt/0x00158d0005bb0009"); names
// change and are only used for topics. Groups are sources too
// ("zigbee2mqtt/group-7").
//
// Protocol: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html and
// https://www.zigbee2mqtt.io/guide/usage/exposes.html. Versions 2.x, and 1.17 onwards where they differ cheaply.
package zigbee2mqtt
