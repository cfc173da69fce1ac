// Package dueros speaks the messages of Baidu's DuerOS (小度) and Tencent's Xiaowei (小微), which differ in their namespace,
// version and where reports go.
//
// Use: d := New(core, DuerOS, nil); mount d.ServeHTTP at POST /fulfil/dueros, and New(core, Xiaowei, nil) at /fulfil/xiaowei. With
// a bot's id, DuerOS is told of changes: core.AddReporter(d).
// Formats: dueros.baidu.com, smart home skill API; developers.weixin.qq.com/doc/xwei.
package dueros

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/speakers"
	"github.com/concord-home/hub/bridge/speakers/envelope"
	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Dialect is what differs between the two platforms.
type Dialect struct {
	Platform  string // the name under which it is linked
	Name      string // what people call it
	namespace string // what the namespaces of its messages begin with
}

// The dialects.
var (
	DuerOS  = Dialect{"dueros", "DuerOS", "DuerOS.ConnectedHome."}
	Xiaowei = Dialect{"xiaowei", "Xiaowei", "SmartHome."}
)

// Duer is the codec. Make it with [New].
type Duer struct {
	core    *speakers.Core
	dialect Dialect
	bot     *Bot // nil: nothing is reported
	users   users
}

// New makes the codec of a dialect. Without a bot it answers, but reports nothing by itself.
func New(core *speakers.Core, dialect Dialect, bot *Bot) *Duer {
	return &Duer{core: core, dialect: dialect, bot: bot}
}

// Platform names the platform.
func (d *Duer) Platform() string { return d.dialect.Platform }

// trouble is the name of the message that says why something was not done, and its payload.
func trouble(dev *home.Device, v *envelope.Verb, o speakers.Outcome) (string, map[string]any) {
	if o.Status == speakers.Offline {
		return "TargetOfflineError", map[string]any{}
	}
	switch o.Reason.Code {
	case model.ReasonInvalidValue:
		if v != nil && dev != nil && v.Named.Form == speakers.Amount && v.Named.Facet.Has(dev) {
			low, high := v.Named.Facet.Range(dev, 0, 100)
			return "ValueOutOfRangeError", map[string]any{"minimumValue": low, "maximumValue": high}
		}
		return "UnsupportedTargetSettingError", map[string]any{}
	case model.ReasonUnknownDevice:
		return "NoSuchTargetError", map[string]any{}
	case model.ReasonUnsupported, model.ReasonReadOnly, model.ReasonForbidden:
		return "UnsupportedOperationError", map[string]any{}
	case model.ReasonUnknownState:
		return "UnableToSetValueError", map[string]any{"errorInfo": map[string]string{"code": "NOT_CALIBRATED", "description": o.Reason.String()}}
	}
	return "DriverInternalError", map[string]any{}
}

// ServeHTTP answers one message.
func (d *Duer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m envelope.Message
	if !d.core.Read(w, r, d.dialect.Platform, &m) || !strings.HasPrefix(m.Namespace(), d.dialect.namespace) {
		speakers.Reply(w, http.StatusBadRequest, m.Answer("UnexpectedInformationReceivedError", map[string]string{"faultingParameter": "header"}))
		return
	}
	speakers.Reply(w, http.StatusOK, d.Handle(r.Context(), &m))
}

// Handle answers a decoded message.
func (d *Duer) Handle(ctx context.Context, m *envelope.Message) envelope.Answer {
	var p struct {
		User      string `json:"openUid"`
		Appliance struct {
			ID        string `json:"applianceId"`
			Attribute string `json:"attributeName"`
		} `json:"appliance"`
	}
	var values map[string]json.RawMessage
	if json.Unmarshal(m.Payload, &p) != nil || json.Unmarshal(m.Payload, &values) != nil {
		return m.Answer("UnexpectedInformationReceivedError", map[string]string{"faultingParameter": "payload"})
	}
	link, ok := d.core.Links().ByToken(ctx, d.dialect.Platform, m.Token())
	discovery := strings.HasSuffix(m.Namespace(), ".Discovery")
	switch {
	case !ok && discovery: // an error is never the answer to a discovery
		return m.Answer("DiscoverAppliancesResponse", map[string]any{"discoveredAppliances": []any{}, "discoveredGroups": []any{}})
	case !ok:
		return m.Answer("InvalidAccessTokenError", map[string]any{})
	case discovery:
		d.users.note(link.ID, p.User)
		found := d.discover(ctx, link)
		return m.Answer("DiscoverAppliancesResponse", map[string]any{"discoveredAppliances": found, "discoveredGroups": groups(found)})
	}
	dev, known := d.core.Device(d.dialect.Platform, model.DeviceID(p.Appliance.ID))
	scene := strings.HasPrefix(p.Appliance.ID, speakers.ScenePrefix)
	if !known && !scene {
		return m.Answer("NoSuchTargetError", map[string]any{})
	}
	verb := strings.TrimSuffix(m.Name(), "Request")
	if verb == "ReportState" && known {
		return m.Answer("ReportStateResponse", map[string]any{"appliance": map[string]any{"applianceId": p.Appliance.ID, "attributes": d.attributes(dev, p.Appliance.Attribute)}})
	}
	v := verbs.Find(verb)
	if v == nil {
		return m.Answer("UnsupportedOperationError", map[string]any{})
	}
	if v.Does == envelope.Read {
		return d.read(m, dev, v)
	}
	wish := speakers.Wish{ID: p.Appliance.ID, Ask: v.Ask(envelope.ValueOf(values, v.Key)), Starts: v.Starts()}
	if v.Later != "" && known {
		wish.Said = v.Later + speakers.NameIn(dev, "zh")
		if wish.At, ok = moment(envelope.ValueOf(values, "timestamp")); !ok {
			return m.Answer("UnexpectedInformationReceivedError", map[string]string{"faultingParameter": "timestamp"})
		}
	}
	before := payload(dev, v)
	end := d.core.Carry(ctx, link, []speakers.Wish{wish})[0]
	if end.Status != speakers.Done && end.Status != speakers.Pending {
		name, body := trouble(dev, v, end)
		return m.Answer(name, body)
	}
	out := map[string]any{}
	if known && before != nil {
		dev, _ = d.core.Device(d.dialect.Platform, dev.ID)
		out = payload(dev, v)
		out["previousState"] = before
	}
	out["attributes"] = d.attributes(dev, "")
	return m.Answer(verb+"Confirmation", out)
}

// moment is a time that a message says, in seconds of UNIX time.
func moment(raw json.RawMessage) (time.Time, bool) {
	var seconds float64
	if json.Unmarshal(raw, &seconds) != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// payload is the state that a confirmation carries; nil when the verb has none.
func payload(dev *home.Device, v *envelope.Verb) map[string]any {
	if dev == nil || v.Does == envelope.Fix || v.Later != "" || v.Named.Name == "" {
		return nil
	}
	out := map[string]any{}
	for _, n := range properties {
		if n.Name != v.Named.Name && (n.Name != "mode" || v.Named.Name == "brightness") {
			continue
		}
		if x, known := said(n, dev); known {
			out[n.Name] = map[string]any{"value": x}
		}
	}
	return out
}

func (d *Duer) read(m *envelope.Message, dev *home.Device, v *envelope.Verb) envelope.Answer {
	if dev == nil || !v.Named.Facet.Has(dev) {
		return m.Answer("UnsupportedOperationError", map[string]any{})
	}
	if online, _ := d.core.View().Reachable(dev); !online {
		return m.Answer("TargetOfflineError", map[string]any{})
	}
	x, known := said(v.Named, dev)
	if !known {
		return m.Answer("UnableToGetValueError", map[string]any{"errorInfo": map[string]string{"code": "NOT_CALIBRATED", "description": "the device has not told it yet"}})
	}
	return m.Answer(v.Name+"Response", map[string]any{v.Key: map[string]any{"value": x}, "attributes": d.attributes(dev, "")})
}

// appliance is one device as a discovery tells of it.
type appliance struct {
	Actions      []string       `json:"actions"`
	Types        []string       `json:"applianceTypes"`
	Details      map[string]any `json:"additionalApplianceDetails"`
	ID           string         `json:"applianceId"`
	Description  string         `json:"friendlyDescription"`
	Name         string         `json:"friendlyName"`
	Reachable    bool           `json:"isReachable"`
	Manufacturer string         `json:"manufacturerName"`
	Model        string         `json:"modelName"`
	Version      string         `json:"version"`
	Attributes   []attribute    `json:"attributes"`

	room string
}

const maxAppliances = 300

func (d *Duer) discover(ctx context.Context, link speakers.Link) []appliance {
	out := []appliance{}
	list := d.core.List(d.dialect.Platform, "zh", d.Refuses)
	list = list[:min(len(list), maxAppliances)]
	for _, x := range list {
		k := appliance{Types: []string{envelope.Type(x.Device)}, Details: map[string]any{}, ID: x.ID, Name: x.Name, Description: strings.TrimSpace(x.Room + " " + x.Name), Reachable: x.Online,
			Manufacturer: limit(x.Vendor), Model: limit(x.Model), Version: limit(x.Version), Attributes: d.attributes(x.Device, ""), room: x.Room}
		if x.Device == nil {
			k.Description = "来自Concord的场景"
		}
		for _, v := range verbs.Offered(x.Device) {
			k.Actions = append(k.Actions, strings.ToLower(v.Name[:1])+v.Name[1:])
		}
		out = append(out, k)
	}
	if err := d.core.Synced(ctx, link, speakers.IDs(list)); err != nil {
		d.core.Failed(d.dialect.Platform, err.Error())
	}
	return out
}

// limit keeps a text within the 128 characters that are taken; empty is not taken.
func limit(s string) string {
	if s == "" {
		return "Concord"
	}
	r := []rune(s)
	return string(r[:min(len(r), 128)])
}

// Refuses tells why the platform cannot take a device; empty: it can.
func (d *Duer) Refuses(dev *home.Device) string {
	name := speakers.NameIn(dev, "zh")
	switch {
	case speakers.Sayable(name) != "":
		return speakers.Sayable(name)
	case strings.ContainsFunc(name, special):
		return d.dialect.Name + " takes no punctuation in a name: rename it (hub rename)"
	case envelope.Type(dev) == "":
		return d.dialect.Name + " has no such type of device"
	case len(verbs.Offered(dev)) == 0:
		return d.dialect.Name + " has no action for what it does"
	}
	return ""
}
