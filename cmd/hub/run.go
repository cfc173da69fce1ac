package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/concord-home/hub/hub"
	"github.com/concord-home/hub/mqtt"
)

// runOptions are the flags of `hub run`.
type runOptions struct {
	data, http, mqtt, homekit, broker, base, webSocket, lang, wyoming, googleAccount, alexaClient string
	duerosBot, yandexSkill, miotCloud, dingdongSkill, notify                                      string
	httpGiven, mqttGiven                                                                          bool
	hosts, hue                                                                                    []string
	demo, developer, discover, verbose                                                            bool
	speed                                                                                         float64
	load                                                                                          int
	historyMB                                                                                     int64
}

// newRunCmd is the hub itself.
func newRunCmd() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the hub",
		Long: "Runs the hub until it is stopped. The first start prints a set-up code for the person who\n" +
			"will own the house, and the lines that Zigbee2MQTT needs to find the hub's MQTT broker.\n\n" +
			"With --demo it runs a simulated house on this machine alone: no devices, no set-up.",
		Example: "  hub run --demo\n  hub run --data /var/lib/concord\n  hub run --broker mqtt://user:password@192.168.1.5",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.complete(cmd)
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			err := serve(ctx, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if errors.Is(err, errReplaced) {
				stop()
				return startReplaced(err)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.http, "http", ":8377", "address of the API and the web app")
	f.StringVar(&o.mqtt, "mqtt", ":1883", "address of the hub's own MQTT broker")
	f.StringVar(&o.broker, "broker", "", "use this MQTT broker instead of the hub's own: mqtt://user:password@host")
	f.StringVar(&o.homekit, "homekit", defaultHomeKit, "address of the bridge to Apple Home; empty: none")
	f.StringVar(&o.base, "zigbee2mqtt", "zigbee2mqtt", "Zigbee2MQTT's base topic")
	f.StringVar(&o.webSocket, "zigbee2mqtt-websocket", "", "Zigbee2MQTT's own WebSocket, ws://host:8080/api?token=..., when its front end is on")
	f.StringSliceVar(&o.hosts, "host", nil, "a further name by which the hub may be called")
	f.StringSliceVar(&o.hue, "hue", nil, "a Hue bridge that is not found by itself, HOST or HOST:PORT")
	f.StringVar(&o.notify, "notify", "", "file whose first line is an address to which what scenes say is posted as text, as ntfy takes it")
	f.StringVar(&o.wyoming, "wyoming", "", "address of a Wyoming server for voice satellites, such as :10400; anybody on the network can speak to the house through it")
	f.StringVar(&o.googleAccount, "google-service-account", "", "JSON file of a Google service account, for reporting states to Google Home")
	f.StringVar(&o.duerosBot, "dueros-bot", "", "JSON file with bot_id, for reporting states to DuerOS")
	f.StringVar(&o.yandexSkill, "yandex-skill", "", "JSON file with skill_id and oauth_token, for reporting states to Yandex")
	f.StringVar(&o.miotCloud, "miot-cloud", "", "JSON file with what Xiaomi gives its partners (address, headers), for telling Mi Home of changes")
	f.StringVar(&o.dingdongSkill, "dingdong-skill", "", "JSON file with app_id, aes_key, client_id and public, for DingDong speakers")
	f.StringVar(&o.alexaClient, "alexa-client", "", "JSON file with client_id and client_secret of Login with Amazon, for reporting states to Alexa")
	f.BoolVar(&o.discover, "discover", true, "look for devices on the local network")
	f.Int64Var(&o.historyMB, "history-mb", 512, "disk space for the history, MiB")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say more in the log")
	f.BoolVar(&o.developer, "developer", false, "let in plugins that are not signed, and plugins that are a folder of this machine")
	f.BoolVar(&o.demo, "demo", false, "run a simulated house, on this machine only")
	f.Float64Var(&o.speed, "speed", 60, "demo: simulated seconds in a second")
	f.IntVar(&o.load, "load", 0, "demo: instead of the house, so many motion sensors and lamps with their scenes, for load from outside")
	return cmd
}

// complete fills in what depends on other flags. The demo keeps to this machine and to a directory of its own.
func (o *runOptions) complete(cmd *cobra.Command) {
	o.data, o.lang = cmd.Flag("data").Value.String(), cmd.Flag("lang").Value.String()
	o.httpGiven, o.mqttGiven = cmd.Flags().Changed("http"), cmd.Flags().Changed("mqtt")
	if !o.demo {
		return
	}
	if !cmd.Flag("data").Changed {
		o.data = filepath.Join(o.data, demoDir)
	}
	if !cmd.Flags().Changed("homekit") {
		o.homekit = ""
	}
	if !o.httpGiven {
		o.http = "127.0.0.1:8377"
	}
	if !o.mqttGiven {
		o.mqtt = "127.0.0.1:1883"
	}
}

// demoDir is where the demo house lives within the default data directory. The command line
// looks there when no other hub runs.
const demoDir = "demo"

// serve runs a house from opening to closing, and anew when it asks for that.
func serve(ctx context.Context, o runOptions, out, errOut io.Writer) error {
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelDebug
	}
	lines := &tail{}
	log := slog.New(slog.NewMultiHandler(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: level}),
		slog.NewTextHandler(lines, &slog.HandlerOptions{Level: min(level, slog.LevelInfo)})))
	limitMemory()
	for {
		h, err := open(ctx, o, log, lines)
		if stopped(ctx, err) {
			return nil
		}
		if err != nil {
			return takeBack(o, log, err)
		}
		if err = h.run(ctx, out); stopped(ctx, err) {
			err = nil
		}
		if closeErr := h.close(); err == nil || (errors.Is(err, errAnew) || errors.Is(err, errReplaced)) && closeErr != nil {
			err = closeErr
		}
		if !errors.Is(err, errAnew) || ctx.Err() != nil {
			return err
		}
	}
}

// stopped says that an error only tells of a part that was still setting out when somebody stopped the hub.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, mqtt.ErrClosed) || errors.Is(err, hub.ErrStopping))
}

// errAnew ends a house that is to be opened again: a backup lies ready.
var errAnew = errors.New("the hub starts anew")
