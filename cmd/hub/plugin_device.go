package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/concord-home/hub/mqtt"
	"github.com/concord-home/hub/plugins/simulator"
	"github.com/spf13/cobra"
)

func readDevice(dir string) (*simulator.Script, error) {
	f, err := os.Open(filepath.Join(dir, "testdata", "device.txt"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := simulator.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return s, nil
}

// simulated starts the simulated device of a plugin's folder at an address.
func simulated(dir, addr string) (*simulator.Device, error) {
	s, err := readDevice(dir)
	if err != nil {
		return nil, err
	}
	return simulator.Start(s, addr, nil)
}

// startDevice starts the simulated device of a plugin's folder: at an address, or, when it speaks MQTT, connected to the
// broker of the hub that runs. off ends it.
func (c *cli) startDevice(ctx context.Context, dir, addr string) (d *simulator.Device, off func(), err error) {
	s, err := readDevice(dir)
	if err != nil {
		return nil, nil, err
	}
	if s.Transport == "mqtt" {
		return c.joinDevice(ctx, dir, s)
	}
	if d, err = simulator.Start(s, addr, nil); err != nil {
		return nil, nil, err
	}
	return d, d.Off, nil
}

// joinDevice gives an MQTT device an account of its own on the hub's broker, for as long as it runs.
func (c *cli) joinDevice(ctx context.Context, dir string, s *simulator.Script) (d *simulator.Device, off func(), err error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, nil, err
	}
	cl, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	var info api.Info
	if err := cl.get(ctx, "info", nil, &info); err != nil {
		return nil, nil, err
	}
	var made api.NewMQTTClient
	account := api.MQTTClient{Name: "simulated-" + m.Name, Topics: m.Network.MQTT}
	if err := cl.post(ctx, "mqtt/clients", account, &made); err != nil {
		return nil, nil, fmt.Errorf("the simulated device gets no account on the hub's broker: %w", err)
	}
	host, port := brokerAddress(info.MQTTAddr, cl.base)
	w, hangUp, err := dialWire(ctx, mqtt.ClientOptions{URL: "mqtt://" + net.JoinHostPort(host, port), Username: made.Name, Password: made.Password, ClientID: account.Name})
	end := func() {
		if hangUp != nil {
			hangUp()
		}
		_ = cl.remove(context.WithoutCancel(ctx), route("mqtt", "clients", account.Name))
	}
	if err == nil {
		d, err = simulator.Join(s, w, nil)
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return d, func() { d.Off(); end() }, nil
}

// wire is a broker as a simulated device knows it.
type wire struct{ *mqtt.Client }

func (w wire) Subscribe(filter string, heard func(string, []byte, bool)) (func(), error) {
	return w.Client.Subscribe(filter, func(m mqtt.Message) { heard(m.Topic, m.Payload, m.Retained) })
}

func (w wire) Publish(topic string, payload []byte, retain bool) error {
	return w.Client.Publish(topic, payload, retain, 1)
}

// wirePatience is how long a broker may take to answer a simulated device.
const wirePatience = 30 * time.Second

// dialWire connects to a broker; hangUp ends the connection.
func dialWire(ctx context.Context, o mqtt.ClientOptions) (w wire, hangUp func(), err error) {
	client, err := mqtt.NewClient(o)
	if err != nil {
		return w, nil, err
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the last will is still to be said when ctx ends
	ended := make(chan error, 1)
	go func() { ended <- client.Run(own) }()
	hangUp = func() { cancel(); <-ended }
	up, last := make(chan struct{}, 1), make(chan string, 1)
	client.OnState(func(connected bool, why string) {
		if connected {
			select {
			case up <- struct{}{}:
			default:
			}
			return
		}
		select {
		case <-last:
		default:
		}
		last <- why
	})
	select {
	case <-up:
		return wire{client}, hangUp, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(wirePatience):
		err = fmt.Errorf("the broker at %s does not let the simulated device in: %s", o.URL, <-last)
	}
	hangUp()
	return w, nil, err
}

// placeOf is where a device is reached: its address or its topic.
func placeOf(d *simulator.Device) string {
	if d.Network() == "mqtt" {
		return d.Text()["topic"]
	}
	return d.Addr().String()
}

func newPluginSimulateCmd(c *cli) *cobra.Command {
	var port uint16
	cmd := &cobra.Command{Use: "simulate DIR", Short: "Run the simulated device of a plugin, on this machine only", Args: cobra.ExactArgs(1),
		Long: "A device that speaks MQTT is connected to the broker of the hub that runs on this machine, with an account of its own.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			d, off, err := c.startDevice(ctx, args[0], netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
			if err != nil {
				return err
			}
			defer off()
			if err := c.done(map[string]string{"address": placeOf(d)}, "plugin.simulated", placeOf(d)); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		}}
	cmd.Flags().Uint16Var(&port, "port", 0, "the port; 0: any")
	return cmd
}
