package zigbee2mqtt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// maxPermit is the longest time, in seconds, that Zigbee2MQTT opens a network for.
const maxPermit = 254

// requestTimeout bounds the wait for bridge/response.
const requestTimeout = 15 * time.Second

// response is what comes on bridge/response/....
type response struct {
	Status      string `json:"status"`
	Error       string `json:"error"`
	Transaction string `json:"transaction"`
}

// Permit opens the network for joining for some seconds (at most 254), or closes it (0).
func (a *Adapter) Permit(ctx context.Context, seconds int) error {
	body := map[string]any{"time": max(0, min(seconds, maxPermit))}
	a.mu.Lock()
	old := strings.HasPrefix(a.bridge.version, "1.")
	a.mu.Unlock()
	if old {
		body["value"] = seconds > 0
	}
	if err := a.call(ctx, "permit_join", body); err != nil {
		return fmt.Errorf("opening the Zigbee network for joining: %w", err)
	}
	return nil
}

// Remove removes a device from the Zigbee network. It fails for a device that does not answer: Zigbee2MQTT must tell it to leave.
func (a *Adapter) Remove(ctx context.Context, source model.SourceID) error {
	id := strings.TrimPrefix(string(source), adapterName+"/")
	topic := "device/remove"
	body := map[string]any{"id": id}
	if group, ok := strings.CutPrefix(id, "group-"); ok {
		n, err := strconv.Atoi(group)
		if err != nil {
			return fmt.Errorf("removing %s: not a group of Zigbee2MQTT", source)
		}
		topic, body["id"] = "group/remove", n
	}
	if err := a.call(ctx, topic, body); err != nil {
		return fmt.Errorf("removing %s: %w", source, err)
	}
	return nil
}

// call makes one request and waits for its response.
func (a *Adapter) call(ctx context.Context, topic string, body map[string]any) error {
	answer := make(chan response, 1)
	a.mu.Lock()
	transaction, err := a.request(topic, body)
	if err == nil {
		a.waiting[transaction] = answer
	}
	a.mu.Unlock()
	if err != nil {
		return err
	}
	defer func() {
		a.mu.Lock()
		delete(a.waiting, transaction)
		a.mu.Unlock()
	}()
	late := make(chan struct{})
	stop := a.o.After(requestTimeout, func() { close(late) })
	defer stop()
	select {
	case r := <-answer:
		if r.Status != "ok" {
			return errors.New("Zigbee2MQTT: " + r.Error)
		}
		return nil
	case <-late:
		return errors.New("Zigbee2MQTT did not answer within " + requestTimeout.String() + ": is it running?")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// request publishes a request with a transaction of its own, under the lock.
func (a *Adapter) request(topic string, body map[string]any) (transaction string, err error) {
	a.serial++
	transaction = fmt.Sprintf("hub-%x-%d", a.o.Now().UnixMilli(), a.serial)
	body["transaction"] = transaction
	b, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("a request that JSON cannot carry: %w", err)
	}
	if err := a.o.MQTT.Publish(a.o.Base+"/bridge/request/"+topic, b, false, 0); err != nil {
		return "", fmt.Errorf("the MQTT broker cannot be reached: %w", err)
	}
	return transaction, nil
}

// answered hands a response to whoever waits for it.
func (a *Adapter) answered(payload []byte) {
	var r response
	if json.Unmarshal(payload, &r) != nil {
		return
	}
	if c := a.waiting[r.Transaction]; c != nil && r.Transaction != "" {
		select {
		case c <- r:
		default:
		}
	}
}
