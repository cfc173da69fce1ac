package camera

import (
	"fmt"
	"net/netip"

	"github.com/concord-home/hub/hap/tlv8"
)

// Answers to SetupEndpoints.
const (
	Agreed = 0
	Busy   = 1
	Failed = 2
)

// Values of StreamingStatus.
const (
	Available   = 0
	InUse       = 1
	Unavailable = 2
)

// Commands of SelectedRTPStreamConfiguration.
const (
	End         = 0
	Start       = 1
	Suspend     = 2
	Resume      = 3
	Reconfigure = 4
)

// The types of SetupEndpoints and its answer.
const (
	tagSession   = 1
	tagStatus    = 2
	tagAddress   = 3
	tagVideoSSRC = 6
	tagAudioSSRC = 7

	tagVersion   = 1
	tagIP        = 2
	tagVideoPort = 3
	tagAudioPort = 4
)

// Ends is where one side of a stream sends to and listens.
type Ends struct {
	Addr                 netip.Addr
	VideoPort, AudioPort int
}

// Setup is what a controller proposes. Keys are passed on unread.
type Setup struct {
	Session Session
	Ends    Ends
}

// Answer is what a camera makes of it.
type Answer struct {
	Session              Session
	Status               byte
	Ends                 Ends   // of Agreed
	VideoSSRC, AudioSSRC uint32 // of Agreed
}

// Control is a command to a stream.
type Control struct {
	Session Session
	Command byte
}

// SetupOf reads what is written to SetupEndpoints.
func SetupOf(b []byte) (Setup, error) {
	m, err := tlv8.Parse(b)
	if err != nil {
		return Setup{}, err
	}
	var s Setup
	if s.Session, err = session(m.Get(tagSession)); err != nil {
		return Setup{}, err
	}
	s.Ends, err = ends(m.Get(tagAddress))
	return s, err
}

// AnswerOf reads what is read from SetupEndpoints.
func AnswerOf(b []byte) (Answer, error) {
	m, err := tlv8.Parse(b)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: m.Byte(tagStatus)}
	if !m.Has(tagStatus) || a.Status > Failed {
		return Answer{}, fmt.Errorf("%w: an answer with status %d", ErrMalformed, a.Status)
	}
	if a.Session, err = session(m.Get(tagSession)); a.Status != Agreed { // one that refuses need not say whom
		return a, nil
	}
	if err != nil {
		return Answer{}, err
	}
	a.VideoSSRC, a.AudioSSRC = uint32(number(m.Get(tagVideoSSRC))), uint32(number(m.Get(tagAudioSSRC)))
	a.Ends, err = ends(m.Get(tagAddress))
	return a, err
}

// ControlOf reads what is written to SelectedRTPStreamConfiguration.
func ControlOf(b []byte) (Control, error) {
	m, err := tlv8.Parse(b)
	if err != nil {
		return Control{}, err
	}
	in, err := tlv8.Parse(m.Get(1))
	if err != nil {
		return Control{}, err
	}
	c := Control{Command: in.Byte(2)}
	if v := in.Get(2); len(v) != 1 || c.Command > Reconfigure {
		return Control{}, fmt.Errorf("%w: the command %x", ErrMalformed, v)
	}
	c.Session, err = session(in.Get(tagSession))
	return c, err
}

func session(b []byte) (Session, error) {
	if len(b) != len(Session{}) {
		return Session{}, fmt.Errorf("%w: a session's id of %d bytes", ErrMalformed, len(b))
	}
	return Session(b), nil
}

func ends(b []byte) (Ends, error) {
	m, err := tlv8.Parse(b)
	if err != nil {
		return Ends{}, err
	}
	addr, err := netip.ParseAddr(string(m.Get(tagIP)))
	if err != nil || addr.Is4() != (m.Byte(tagVersion) == 0) {
		return Ends{}, fmt.Errorf("%w: the address %.60q of version %d", ErrMalformed, m.Get(tagIP), m.Byte(tagVersion))
	}
	e := Ends{addr, number(m.Get(tagVideoPort)), number(m.Get(tagAudioPort))}
	if e.VideoPort < 1 || e.VideoPort > 65535 || e.AudioPort < 0 || e.AudioPort > 65535 {
		return Ends{}, fmt.Errorf("%w: the ports %d and %d", ErrMalformed, e.VideoPort, e.AudioPort)
	}
	return e, nil
}

// Refusal is an answer to SetupEndpoints that agrees to nothing: Busy or Failed.
func Refusal(s Session, status byte) []byte {
	return tlv8.Items{{Type: tagSession, Value: s[:]}, {Type: tagStatus, Value: []byte{status}}}.Bytes()
}

// Idle is what SetupEndpoints says before anybody has written to it.
func Idle() []byte { return tlv8.Items{{Type: tagStatus, Value: []byte{Failed}}}.Bytes() }

// Status is a StreamingStatus.
func Status(s byte) []byte { return tlv8.Items{{Type: 1, Value: []byte{s}}}.Bytes() }

// Command is a SelectedRTPStreamConfiguration that selects nothing: what a camera without a stream says (Suspend), or the
// end of one.
func Command(s *Session, command byte) []byte {
	in := tlv8.Items{{Type: 2, Value: []byte{command}}}
	if s != nil {
		in = append(tlv8.Items{{Type: tagSession, Value: s[:]}}, in...)
	}
	return tlv8.Items{{Type: 1, Value: in.Bytes()}}.Bytes()
}
