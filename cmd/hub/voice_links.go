package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/concord-home/hub/bridge/consent"
	"github.com/concord-home/hub/bridge/speakers"
	"github.com/spf13/cobra"
)

// newVoiceDoctorCmd tells what is the matter with spoken names and voice platforms.
func newVoiceDoctorCmd(c *cli) *cobra.Command {
	var public string
	cmd := &cobra.Command{Use: "doctor", Short: "Names that clash or cannot be said, what each platform refuses, and what failed last", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var all []speakers.Finding
			if err := cl.get(cmd.Context(), "/v1/voice/doctor", nil, &all); err != nil {
				return err
			}
			if public != "" {
				all = append(all, reachable(cmd.Context(), public))
			}
			return c.show(all, func() error {
				for _, f := range all {
					mark := "!"
					if f.OK {
						mark = c.say("voice.ok")
					}
					c.print("%s %s\n", mark, strings.Join(nonEmpty(f.Platform, f.Name, c.phrase(f.Detail)), " – "))
				}
				return nil
			})
		}}
	cmd.Flags().StringVar(&public, "public", "", "the https address under which platforms reach the hub, to check it and its certificate")
	return cmd
}

func nonEmpty(parts ...string) []string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// reachable checks the hub's public address as a platform does: https, a certificate that is trusted and not about to end, and our answer.
func reachable(ctx context.Context, address string) speakers.Finding {
	f := speakers.Finding{Name: address}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		f.Detail = "an https address was expected: platforms take nothing else"
		return f
	}
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/healthz", nil)
	if err != nil {
		f.Detail = err.Error()
		return f
	}
	res, err := (&http.Client{CheckRedirect: noRedirect}).Do(r)
	if err != nil {
		f.Detail = "it cannot be reached: " + err.Error()
		var untrusted *tls.CertificateVerificationError
		var never *net.OpError
		switch {
		case errors.As(err, &untrusted):
			f.Detail = "its certificate is not trusted: " + untrusted.Err.Error()
		case errors.Is(err, context.DeadlineExceeded):
			f.Detail = "it cannot be reached: it does not answer"
		case errors.As(err, &never):
			f.Detail = "it cannot be reached: " + never.Err.Error()
		}
		return f
	}
	defer res.Body.Close()
	left := time.Until(res.TLS.PeerCertificates[0].NotAfter)
	issuer := strings.Join(res.TLS.PeerCertificates[0].Issuer.Organization, " ")
	switch port := u.Port(); {
	case res.StatusCode != http.StatusOK:
		f.Detail = "it answers " + strconv.Itoa(res.StatusCode) + ": is it this hub?"
	case left < 14*24*time.Hour:
		f.Detail = "its certificate ends soon: " + left.Round(time.Hour).String()
	case port != "" && port != "443":
		f.Detail = "Alexa wants port 443: " + net.JoinHostPort("", port)
	case strings.Contains(issuer, "Let's Encrypt"):
		f.OK, f.Detail = true, "reachable; Amazon's documentation says that account linking does not take Let's Encrypt's certificates"
	default:
		f.OK, f.Detail = true, "reachable, certificate of: "+issuer
	}
	return f
}

// newVoiceLinkCmd lets a platform ask for a link.
func newVoiceLinkCmd(c *cli) *cobra.Command {
	var redirects []string
	cmd := &cobra.Command{Use: "link PLATFORM", Short: "Let a voice platform ask to be linked: google, alexa…", Args: cobra.ExactArgs(1),
		Long: "Prints the client id and secret that the platform's console asks for; the secret is shown this once. Give the redirect\naddresses that the console names with --redirect. Somebody who lives here then links the account in the platform's app.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var out map[string]string
			if err := cl.post(cmd.Context(), "/v1/voice/clients", map[string]any{"platform": args[0], "redirects": redirects}, &out); err != nil {
				return err
			}
			return c.show(out, func() error {
				for _, key := range []string{"client_id", "client_secret", "authorize", "token"} {
					c.print("%s%s%s\n", c.say("voice."+key), c.say("colon"), out[key])
				}
				return nil
			})
		}}
	cmd.Flags().StringArrayVar(&redirects, "redirect", nil, "a redirect address of the platform (may be given several times)")
	return cmd
}

func newVoiceLinksCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "links", Short: "The platforms and the accounts that are linked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			var all struct {
				Clients []consent.Client `json:"clients"`
				Links   []consent.Link   `json:"links"`
			}
			if err := cl.get(cmd.Context(), "/v1/voice/links", nil, &all); err != nil {
				return err
			}
			return c.show(all, func() error {
				if len(all.Clients) == 0 {
					c.print("%s\n", c.say("voice.no_links"))
				}
				for _, k := range all.Clients {
					c.print("%s  %s\n", k.ID, strings.Join(k.Redirects, " "))
				}
				for _, l := range all.Links {
					c.print("%s  %s  %s\n", l.ID, l.Platform, l.Since.Format("2006-01-02"))
				}
				return nil
			})
		}}
}

func newVoiceUnlinkCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "unlink LINK", Short: "End the link of an account", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			return cl.remove(cmd.Context(), "/v1/voice/links/"+url.PathEscape(args[0]))
		}}
}

// newVoiceShowCmd shows devices to a platform, or hides them.
func newVoiceShowCmd(c *cli, shown bool) *cobra.Command {
	use, short := "show PLATFORM DEVICE...", "Show devices to a voice platform"
	if !shown {
		use, short = "hide PLATFORM DEVICE...", "Hide devices from a voice platform"
	}
	return &cobra.Command{Use: use, Short: short, Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.client()
			if err != nil {
				return err
			}
			for _, name := range args[1:] {
				d, err := cl.device(cmd.Context(), name)
				if err != nil {
					return err
				}
				if err := cl.put(cmd.Context(), "/v1/voice/platforms/"+url.PathEscape(args[0])+"/devices/"+url.PathEscape(string(d.ID)), map[string]bool{"shown": shown}, nil); err != nil {
					return err
				}
			}
			return nil
		}}
}
