package demo

// Service is something that the demo house announces by mDNS, so that the list of what is found has life.
// Nothing listens behind the port.
type Service struct {
	Instance string // "Hallway Lamp"
	Type     string // "_hap._tcp"
	Host     string // the host's label, without ".local"
	Port     int
	TXT      map[string]string
}

// Services lists the announcements to make: an accessory of Apple Home's kind, a television, a printer, a speaker, a network switch.
func Services() []Service {
	return []Service{
		{"Porch Lamp", "_hap._tcp", "demo-porch-lamp", 51826, map[string]string{
			"c#": "2", "ff": "0", "id": "D2:00:00:00:00:01", "md": "Demo Lamp 1", "pv": "1.1", "s#": "1", "sf": "1", "ci": "5", "sh": "AAAAAA==",
		}},
		{"客厅电视", "_googlecast._tcp", "demo-tv", 8009, map[string]string{
			"id": "d200000000000000000000000000002a", "cd": "", "rm": "", "ve": "05", "md": "Demo TV", "ic": "/setup/icon.png", "fn": "客厅电视", "ca": "4101", "st": "0", "bs": "", "nf": "1", "rs": "",
		}},
		{"Study Printer", "_ipp._tcp", "demo-printer", 631, map[string]string{
			"txtvers": "1", "qtotal": "1", "rp": "ipp/print", "ty": "Demo Laser 200", "note": "Study", "pdl": "application/pdf,image/urf", "Color": "F", "Duplex": "T",
		}},
		{"Kitchen Speaker", "_raop._tcp", "demo-speaker", 7000, map[string]string{"am": "DemoSpeaker1,1", "tp": "UDP", "vs": "366.0", "sf": "0x4", "cn": "0,1"}},
		{"shellyplus1-d20000000005", "_shelly._tcp", "demo-shelly", 80, map[string]string{"gen": "2", "app": "Plus1", "ver": "1.4.4"}},
	}
}
