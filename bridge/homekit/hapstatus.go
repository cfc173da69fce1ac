package homekit

import (
	"context"
	"errors"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

// Statuses of HAP (table 6-11).
const (
	statusOK          = 0
	statusForbidden   = -70401
	statusUnreachable = -70402
	statusReadOnly    = -70404
	statusWriteOnly   = -70405
	statusNoEvents    = -70406
	statusNoResources = -70407
	statusTimedOut    = -70408
	statusNoSuch      = -70409
	statusInvalid     = -70410
	statusNotNow      = -70412
)

func statusOfError(err error) int {
	var refused *home.CommandError
	if errors.As(err, &refused) {
		return statusOfReason(refused.Reason.Code)
	}
	return statusUnreachable
}

func statusOfCommand(cmd home.Command) int {
	switch cmd.Status {
	case model.Confirmed, model.Acked, model.Superseded:
		return statusOK
	case model.TimedOut:
		if cmd.Reason.Code == model.ReasonUnreachable {
			return statusUnreachable
		}
		return statusTimedOut
	case model.Rejected:
		return statusOfReason(cmd.Reason.Code)
	}
	return statusUnreachable
}

func statusOfReason(r model.ReasonCode) int {
	switch r {
	case model.ReasonInvalidValue:
		return statusInvalid
	case model.ReasonReadOnly:
		return statusReadOnly
	case model.ReasonForbidden:
		return statusForbidden
	case model.ReasonUnknownDevice, model.ReasonUnsupported:
		return statusNoSuch
	case model.ReasonNoAnswer:
		return statusTimedOut
	}
	return statusUnreachable
}

// statusOfCamera is what a camera's error is in HAP: its own status where it gave one.
func statusOfCamera(err error) int {
	var hap interface{ HAPStatus() int }
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &hap):
		return hap.HAPStatus()
	case errors.Is(err, context.DeadlineExceeded):
		return statusTimedOut
	}
	return statusUnreachable
}
