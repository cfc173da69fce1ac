package owntracks

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/nacl/secretbox"

	"github.com/concord-home/hub/model"
)

// Errors that callers tell apart with errors.Is. No error of this package holds a coordinate or a part of a payload.
var (
	// ErrKey says that a payload is encrypted and the key is missing or wrong, or that it is not encrypted though a key is set.
	ErrKey = errors.New("the encryption does not fit")
	// ErrPayload says that a payload is not what the OwnTracks apps send.
	ErrPayload = errors.New("not an OwnTracks message")
	// ErrTopic says that a topic is not of the form owntracks/USER/DEVICE.
	ErrTopic = errors.New("not an OwnTracks topic")
)

// maxPayload bounds what is read; real messages have a few hundred bytes.
const maxPayload = 64 << 10

// Decode reads one OwnTracks message, from MQTT or from the body of an HTTP request (then the topic is the
// "topic" member of the body, or made of the user and device of the request).
//
// The topic is "owntracks/USER/DEVICE", or that followed by one more part; the tracker is its first three parts. Key is
// the passphrase set in the app, at most 32 bytes, empty when there is none. With a key only encrypted messages are
// taken: anybody can write an open one.
//
// An empty body, last will, card, status or command that moves nothing tells neither a position nor regions, without an error.
// The fix is in metres and metres a second; what the phone left out is zero. The tracker is known also when there is an error.
func Decode(topic string, payload []byte, key string) (Heard, error) {
	user, device, err := splitTopic(topic)
	if err != nil {
		return Heard{}, err
	}
	h := Heard{Tracker: prefix + user + "/" + device}
	if len(payload) == 0 {
		return h, nil
	}
	m, err := open(payload, key)
	if err != nil {
		return h, err
	}
	if m.isPosition() {
		fix, err := m.fix()
		if err == nil {
			h.Fix = &fix
		}
		return h, err
	}
	h.Regions, err = m.regions()
	return h, err
}

// Heard is what a message tells: a position, the regions that the phone watches, or neither.
type Heard struct {
	Tracker string
	Fix     *model.Fix
	Regions *model.Regions
}

// DecodeHTTP reads the body of a request of the app's HTTP mode. The user and device that the request names find the key; keys may be nil.
func DecodeHTTP(user, device string, body []byte, keys func(user, device string) (string, bool)) (Heard, error) {
	if user == "" {
		user = "user"
	}
	if device == "" {
		device = "phone"
	}
	key := ""
	if keys != nil {
		if k, ok := keys(user, device); ok {
			key = k
		}
	}
	return Decode(prefix+user+"/"+device, body, key)
}

const prefix = "owntracks/"

func splitTopic(topic string) (user, device string, err error) {
	rest, ours := strings.CutPrefix(topic, prefix)
	parts := strings.Split(rest, "/")
	if !ours || len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
		return "", "", fmt.Errorf("%w: expected owntracks/USER/DEVICE", ErrTopic)
	}
	return parts[0], parts[1], nil
}

// message holds the members of interest of any message.
// Source: owntracks/booklet docs/tech/json.md.
type message struct {
	Type      string   `json:"_type"`
	Latitude  *float64 `json:"lat"`
	Longitude *float64 `json:"lon"`
	Accuracy  float64  `json:"acc"`  // metres; left out when 0
	Taken     float64  `json:"tst"`  // Unix seconds
	Speed     float64  `json:"vel"`  // km/h; left out when 0, negative when not known
	Battery   float64  `json:"batt"` // percent; negative when not known
	Event     string   `json:"event"`
	Region    string   `json:"desc"`
	Within    []string `json:"inregions"` // names; of a location
	WiFi      string   `json:"SSID"`      // the name of the Wi-Fi that the phone is on; of a location
	Point     string   `json:"BSSID"`     // the access point's address; of a location
	Data      string   `json:"data"`      // of an encrypted message
	waypoints
}

func (m message) isPosition() bool { return m.Type == "location" || m.Type == "transition" }

// open reads a message, after deciphering it where need be.
func open(payload []byte, key string) (message, error) {
	m, err := parse(payload)
	if err != nil {
		return m, err
	}
	if m.Type != "encrypted" {
		if key != "" && (m.isPosition() || m.tellsRegions()) {
			return m, fmt.Errorf("%w: the message is open though a key is set for this phone; set the key in the app as well, or remove it here", ErrKey)
		}
		return m, nil
	}
	plain, err := decipher(m.Data, key)
	if err != nil {
		return m, err
	}
	return parse(plain)
}

// parse says what is wrong in words of its own: the words of encoding/json may quote a coordinate.
func parse(payload []byte) (message, error) {
	var m message
	if len(payload) > maxPayload {
		return m, fmt.Errorf("%w: it has %d bytes, expected at most %d", ErrPayload, len(payload), maxPayload)
	}
	err := json.Unmarshal(payload, &m)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return m, fmt.Errorf("%w: %s is of the wrong type", ErrPayload, wrongType.Field)
	case err != nil:
		return m, fmt.Errorf("%w: it is not a JSON object", ErrPayload)
	case m.Type == "":
		return m, fmt.Errorf("%w: _type is missing", ErrPayload)
	}
	return m, nil
}

const nonceSize = 24

// decipher opens NaCl secretbox (XSalsa20-Poly1305): base64 of a 24-byte nonce and the box; the key is
// the passphrase with zeros up to 32 bytes. Source: owntracks/booklet docs/features/encrypt.md.
func decipher(data, passphrase string) ([]byte, error) {
	var key [32]byte
	switch {
	case passphrase == "":
		return nil, fmt.Errorf("%w: the message is encrypted; set the phone's encryption key in the hub", ErrKey)
	case len(passphrase) > len(key):
		return nil, fmt.Errorf("%w: the key has %d bytes, expected at most %d", ErrKey, len(passphrase), len(key))
	}
	copy(key[:], passphrase)
	sealed, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(sealed) < nonceSize+secretbox.Overhead {
		return nil, fmt.Errorf("%w: data is no secretbox in base64", ErrPayload)
	}
	var nonce [nonceSize]byte
	copy(nonce[:], sealed)
	plain, ok := secretbox.Open(nil, sealed[nonceSize:], &nonce, &key)
	if !ok {
		return nil, fmt.Errorf("%w: the key does not open the message; compare it with the one in the app", ErrKey)
	}
	return plain, nil
}

// fix checks the members and brings them to the hub's units.
func (m message) fix() (model.Fix, error) {
	switch {
	case m.Latitude == nil || m.Longitude == nil:
		return model.Fix{}, fmt.Errorf("%w: lat or lon is missing", ErrPayload)
	case math.Abs(*m.Latitude) > 90 || math.Abs(*m.Longitude) > 180:
		return model.Fix{}, fmt.Errorf("%w: lat or lon is out of range", ErrPayload)
	case m.Accuracy < 0: // the phone's way of saying that the position is not valid
		return model.Fix{}, fmt.Errorf("%w: acc is negative, so the position is not valid", ErrPayload)
	case m.Taken < 1 || m.Taken > latest:
		return model.Fix{}, fmt.Errorf("%w: tst is missing or no time", ErrPayload)
	case m.Type == "transition" && m.Event != "enter" && m.Event != "leave":
		return model.Fix{}, fmt.Errorf("%w: event is neither enter nor leave", ErrPayload)
	}
	f := model.Fix{
		At: time.Unix(int64(m.Taken), 0).UTC(), Latitude: *m.Latitude, Longitude: *m.Longitude, AccuracyM: m.Accuracy,
		SpeedMS: max(m.Speed, 0) / 3.6, BatteryPct: min(max(m.Battery, 0), 100),
	}
	if m.Type == "transition" {
		f.Transition, f.Region = m.Event, m.Region
	} else {
		f.AtHome = slices.ContainsFunc(m.Within, func(name string) bool { return strings.EqualFold(name, "home") || name == "家" })
		f.Within = m.Within
		f.Network, f.AccessPoint = network(m.WiFi), accessPoint(m.Point)
	}
	return f, nil
}

// network makes of a Wi-Fi's name what stands for it; Android names one that it may not tell <unknown ssid>.
func network(ssid string) string {
	ssid = strings.Trim(ssid, `"`)
	if ssid == "" || strings.EqualFold(ssid, "<unknown ssid>") {
		return ""
	}
	return digest(ssid)
}

// accessPoint makes of its address what stands for it. iOS leaves out leading zeros; Android gives 02:00:00:00:00:00 for what it
// may not tell.
func accessPoint(bssid string) string {
	parts := strings.Split(bssid, ":")
	if len(parts) != 6 {
		return ""
	}
	mac := make([]byte, 0, 6)
	for _, p := range parts {
		b, err := strconv.ParseUint(p, 16, 8)
		if err != nil {
			return ""
		}
		mac = append(mac, byte(b))
	}
	switch text := hex.EncodeToString(mac); text {
	case "020000000000", "000000000000", "ffffffffffff":
		return ""
	default:
		return digest(text)
	}
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// latest is the last second of the year 2199: what lies beyond is no time that a phone could mean.
const latest = 7_258_118_399
