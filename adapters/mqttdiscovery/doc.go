// Package mqttdiscovery is the hub's adapter for devices that describe themselves on the MQTT broker: by Home
// Assistant discovery (Zigbee2MQTT, ESPHome, OpenMQTTGateway, Valetudo, Shelly, evcc and hundreds more), by
// Tasmota's own discovery, and by the Homie convention, versions 4 and 5.
//
// Each convention has a pure half that turns its messages into a [thing]: a description, and points that tie an
// attribute to a topic (homeassistant.go and the component files, tasmota.go, homie.go; what names and classes
// mean is data, in the tables). The live half, [Adapter], is one for all: it collects what is announced, makes
// things of it, follows their topics and carries commands out.
//
// A device that another adapter brings as well is merged with it by its IEEE or MAC address; that
// adapter's path is tried first. What the hub itself publishes (bridge/mqtt), and what lies below the base topics
// of Options.Native, is left alone.
//
// Conventions: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery,
// https://github.com/emontnemery/hatasmota and https://tasmota.github.io/docs/MQTT/,
// https://homieiot.github.io/specification/ (4.0.0 and 5.0.0).
package mqttdiscovery
