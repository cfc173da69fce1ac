package broken

// Fault is one way in which a plugin can be broken.
type Fault struct {
	Name  string
	Check string // the check of the kit that must find it
	Words string // what its finding must say
	// Harm says that the fault is one that could hurt the hub: installed there, it must not.
	Harm bool
}

// Faults are all of them.
var Faults = []Fault{
	{"mute", "start", "does not answer initialize", true},
	{"crash", "start", "ended before it answered initialize", true},
	{"other-name", "start", `says that it is "other"`, true},
	{"any-protocol", "protocol-version", "takes a hub that speaks protocol 99", false},
	{"any-method", "unknown-method", "method that it does not know with success", false},
	{"no-device", "describe", "describes no device within 10 s", false},
	{"no-name", "messages", "lacks name", false},
	{"prints", "clean-output", "a line is no message", true},
	{"undeclared", "describe", "door_lock is not in the manifest's capabilities", true},
	{"lies", "contract", "temperature.celsius: got 5000", true},
	{"new-id", "identity", "after a restart", false},
	{"no-ping", "ping", "answers ping with nothing", true},
	{"always-online", "offline", "still said to answer", false},
	{"no-why", "contract", "not why", false},
	{"no-end", "shutdown", "does not end within 5s after shutdown", true},
	{"exit-code", "shutdown", "exit status 3", false},
	{"orphan", "orphan", "still runs", true},
	{"deaf", "deadline", "is not answered after", true},
	{"early-ack", "deadline", "which the device never answered", false},
	{"any-device", "unknown-device", "ends with success", false},
	{"no-reconnect", "reconnect", "still said not to answer", false},
	{"repeats", "repeated-command", "asks the device 2 times", false},
	{"twins", "repeated-find", "is 2 devices", false},
	{"brittle", "broken-answers", "it ended by itself", true},
	{"gullible", "out-of-range", "passes on what its device cannot mean", true},
	{"ascii", "names", "is described as", false},
	{"leaks", "memory", "MiB of memory", true},
	{"indiscreet", "secrets", "is shown in the log", true},
	{"stubborn", "reconfigure", "answers config/set with", false},
	{"floods", "start", "initialize", true},
}
