package protocol

import "slices"

// Method is one row of the protocol.
type Method struct {
	Name     string
	ByPlugin bool // the plugin sends it; else the hub
	Params   any  // a zero value of its type
	Result   any  // nil for a notification
	Optional bool // a plugin may answer -32601
	About    string
}

// Methods is the whole of protocol 1, in the order in which a plugin meets it.
var Methods = []Method{
	{MethodInitialize, false, Initialize{}, Initialized{}, false, "the first message: versions, configuration, limits"},
	{MethodFound, false, Found{}, Empty{}, false, "something that the manifest looks for is there; you may speak to it"},
	{MethodLost, false, Lost{}, nil, true, "it is no longer announced"},
	{MethodHeard, false, Heard{}, nil, true, "something was published on a topic of network.mqtt"},
	{MethodCommand, false, Command{}, Empty{}, false, "do something; answered when the device has taken it"},
	{MethodRefresh, false, Refresh{}, Empty{}, true, "report a device's values anew"},
	{MethodForget, false, Forget{}, Empty{}, true, "the household removed a device"},
	{MethodConfigSet, false, ConfigSet{}, Empty{}, true, "a new configuration; refused with -32602 and what is wrong, or -32601: the hub restarts the plugin"},
	{MethodPair, false, Pair{}, Empty{}, true, "open or close your network to new devices"},
	{MethodDiagnostics, false, Empty{}, Diagnostics{}, true, "figures for whoever looks for a fault"},
	{MethodPing, false, Empty{}, Empty{}, false, "each 15 s; three unanswered for 5 s end the process"},
	{MethodShutdown, false, Empty{}, Empty{}, false, "answer, then end with exit code 0"},
	{MethodPut, true, Device{}, nil, false, "what a device is, and what it can do"},
	{MethodReport, true, Report{}, nil, false, "values of attributes"},
	{MethodStatus, true, Status{}, nil, false, "whether a device answers"},
	{MethodEvent, true, Event{}, nil, false, "something happened"},
	{MethodRemove, true, Remove{}, nil, false, "a device left"},
	{MethodHealth, true, Health{}, nil, false, "how the plugin as a whole is"},
	{MethodLog, true, Log{}, nil, false, "a line for the log; the standard error output is one, too"},
	{MethodStoreGet, true, StoreKey{}, StoreValue{}, false, "read from the plugin's own store, which survives restarts and is in backups"},
	{MethodStorePut, true, StoreEntry{}, Empty{}, false, "write to it; -32008 when it is full"},
	{MethodStoreDel, true, StoreKey{}, Empty{}, false, "take from it"},
	{MethodSecretGet, true, StoreKey{}, StoreValue{}, false, "read a secret, kept sealed"},
	{MethodSecretPut, true, StoreEntry{}, Empty{}, false, "keep a secret (a token, a key); it is masked in every log"},
	{MethodPublish, true, Publish{}, Empty{}, false, "publish on a topic of network.mqtt; -32004 for any other"},
	{MethodListen, true, Listen{}, Listening{}, false, "be reachable for devices at a port of network.listen; -32004 for any other, or when it is taken"},
	{MethodCancel, false, Cancel{}, nil, true, "nobody waits for a request any longer (either side)"},
}

// LookupMethod finds a row; nil when there is none.
func LookupMethod(name string) *Method {
	if i := slices.IndexFunc(Methods, func(m Method) bool { return m.Name == name }); i >= 0 {
		return &Methods[i]
	}
	return nil
}
