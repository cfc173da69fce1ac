package api

// The shapes of HomeKit, both ways.
type (
	// HomeKitAccessory is an accessory that is paired with the hub, or could be.
	HomeKitAccessory struct {
		ID        string `json:"id" doc:"the accessory's device id, such as AA:BB:CC:DD:EE:FF"`
		Name      string `json:"name"`
		Model     string `json:"model,omitempty"`
		Category  string `json:"category,omitempty" doc:"what it says that it is, in HomeKit's words"`
		Address   string `json:"address,omitempty"`
		Paired    bool   `json:"paired" doc:"with this hub"`
		Taken     bool   `json:"taken" doc:"paired with somebody else"`
		Connected bool   `json:"connected"`
		Problem   string `json:"problem,omitempty" doc:"why there is no connection"`
		Devices   int    `json:"devices,omitempty"`
	}
	// HomeKitPairRequest pairs the hub with an accessory.
	HomeKitPairRequest struct {
		Accessory string `json:"accessory" minLength:"1" maxLength:"256" doc:"its name or device id, or host:port where it is not seen"`
		Code      string `json:"code" maxLength:"20" doc:"its set-up code, such as 123-45-678"`
	}
	// HomeKitBridge is a bridge by which the hub shows the house to Apple Home.
	HomeKitBridge struct {
		Number      int    `json:"number"`
		ID          string `json:"id"`
		Name        string `json:"name"`
		Code        string `json:"code" doc:"the set-up code to enter in Apple Home"`
		URI         string `json:"uri" doc:"what its QR code holds"`
		Port        int    `json:"port,omitempty"`
		Accessories int    `json:"accessories"`
		Controllers int    `json:"controllers" doc:"phones and home hubs paired with it; 0: it can be paired"`
		Locked      bool   `json:"locked,omitempty" doc:"given too many wrong codes: it takes none until it is unpaired or reset"`
		Announced   bool   `json:"announced,omitempty" doc:"found by mDNS"`
		Problem     string `json:"problem,omitempty" doc:"why it does not serve or is not announced"`
	}
	// HomeKitThing is something of the house that Apple Home could show.
	HomeKitThing struct {
		Key    string `json:"key" doc:"device/ID, programmes/ID (of a device), scene/ID, person/ID, presence/anyone_home or house/mode"`
		Name   string `json:"name"`
		Kind   string `json:"kind" enum:"device,mode,scene,presence"`
		Can    bool   `json:"can" doc:"HomeKit can express it"`
		Asked  bool   `json:"asked,omitempty" doc:"shown only when asked for: locks, garage doors, alarm panels, a device's programmes"`
		Shown  bool   `json:"shown"`
		Bridge int    `json:"bridge,omitempty"`
	}
	// HomeKitShowRequest says whether a thing is shown.
	HomeKitShowRequest struct {
		Key   string `json:"key" minLength:"1" maxLength:"200"`
		Shown bool   `json:"shown"`
	}
)
