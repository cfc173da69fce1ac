package homekit

import (
	"errors"
	"fmt"

	"github.com/concord-home/hub/model"
)

// statusError is a HAP status code (table 6-11).
type statusError int

// The statuses that the adapter acts on.
const (
	statusUnreachable statusError = -70402
	statusTimedOut    statusError = -70408
)

var statusTexts = map[statusError]struct {
	code model.ReasonCode
	text string
}{
	-70401:            {model.ReasonForbidden, "the accessory does not allow this to the hub"},
	statusUnreachable: {model.ReasonUnreachable, "the accessory's bridge cannot reach it"},
	-70403:            {model.ReasonDeviceError, "the accessory is busy"},
	-70404:            {model.ReasonReadOnly, "the accessory says that this can only be read"},
	-70405:            {model.ReasonUnsupported, "the accessory says that this can only be written"},
	-70406:            {model.ReasonUnsupported, "the accessory does not tell of changes here"},
	-70407:            {model.ReasonDeviceError, "the accessory is out of resources"},
	statusTimedOut:    {model.ReasonNoAnswer, "the accessory took too long"},
	-70409:            {model.ReasonUnsupported, "the accessory no longer has this"},
	-70410:            {model.ReasonInvalidValue, "the accessory does not take this value"},
	-70411:            {model.ReasonForbidden, "the accessory does not allow this to the hub"},
	-70412:            {model.ReasonDeviceError, "the accessory does not allow this in its present state"},
}

func (s statusError) Error() string {
	if t, ok := statusTexts[s]; ok {
		return fmt.Sprintf("%s (status %d)", t.text, int(s))
	}
	return fmt.Sprintf("the accessory refuses with status %d", int(s))
}

// HAPStatus is the code itself, for who speaks HAP onward.
func (s statusError) HAPStatus() int { return int(s) }

// outcomeOf is what a command has come to by an error of its request.
func outcomeOf(err error) model.Outcome {
	var s statusError
	switch {
	case err == nil:
		return model.Outcome{Status: model.Acked}
	case errors.As(err, &s):
		code := model.ReasonDeviceError
		if t, ok := statusTexts[s]; ok {
			code = t.code
		}
		status := model.Rejected
		if s == statusTimedOut {
			status = model.TimedOut
		}
		return model.Outcome{Status: status, Reason: model.Reason{Code: code, Detail: s.Error()}}
	}
	return model.Outcome{Status: model.Rejected, Reason: model.Reason{Code: model.ReasonUnreachable, Detail: err.Error()}}
}
