package api

// MQTTClient is a client of the hub's own MQTT broker, without its password.
type MQTTClient struct {
	Name   string   `json:"name" minLength:"1" maxLength:"64"`
	Topics []string `json:"topics,omitempty" doc:"filters within which it may publish and subscribe; empty when made: those that begin with its name"`
}

// Publishing says which devices are published on MQTT for other systems.
type Publishing struct {
	Homie         bool     `json:"homie" doc:"by the Homie convention, version 5"`
	HomeAssistant bool     `json:"home_assistant" doc:"also by Home Assistant's discovery"`
	Rooms         []string `json:"rooms,omitempty" doc:"ids of rooms; only the devices in these, or empty: all"`
	Except        []string `json:"except,omitempty" doc:"ids of devices that are never published"`
}

// NewMQTTClient is a client just made: the password is shown this once.
type NewMQTTClient struct {
	MQTTClient
	Password string `json:"password"`
}
