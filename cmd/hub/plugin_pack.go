package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"

	"aead.dev/minisign"
	"github.com/concord-home/hub/plugins/bundle"
	"github.com/spf13/cobra"
)

func newPluginPackCmd(c *cli) *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "pack DIR", Short: "Build a plugin for all its platforms and put it into a package", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := readManifest(args[0])
			if err != nil {
				return err
			}
			for p := range m.Run.Exec {
				if err := c.build(cmd.Context(), args[0], p); err != nil {
					return err
				}
			}
			var b bytes.Buffer
			if m, err = bundle.Pack(args[0], &b); err != nil {
				return err
			}
			if out == "" {
				out = bundle.FileName(m)
			}
			if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
				return err
			}
			return c.done(map[string]string{"package": out}, "plugin.packed", out)
		}}
	cmd.Flags().StringVarP(&out, "out", "o", "", "the package's file (default: NAME-VERSION.hubplugin)")
	return cmd
}

func newPluginKeyCmd(c *cli) *cobra.Command {
	return &cobra.Command{Use: "key FILE", Short: "Make a key to sign packages with: a minisign key, locked with a password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err == nil {
				return usage("%s is there already", args[0])
			}
			password, err := newAsker(cmd.Context(), c).secret(c.say("ask.key_password"))
			if err != nil {
				return err
			}
			public, private, err := minisign.GenerateKey(rand.Reader)
			if err != nil {
				return err
			}
			locked, err := minisign.EncryptKey(password, private)
			if err != nil {
				return err
			}
			if err := os.WriteFile(args[0], locked, 0o600); err != nil {
				return err
			}
			return c.done(map[string]string{"public_key": public.String()}, "plugin.key", args[0], public.String())
		}}
}

func newPluginSignCmd(c *cli) *cobra.Command {
	var key string
	cmd := &cobra.Command{Use: "sign FILE --key FILE", Short: "Sign a package", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			locked, err := os.ReadFile(key)
			if err != nil {
				return err
			}
			password, err := newAsker(cmd.Context(), c).secret(c.say("ask.key_password"))
			if err != nil {
				return err
			}
			private, err := minisign.DecryptKey(password, locked)
			if err != nil {
				return fmt.Errorf("the key %s cannot be unlocked: %w", key, err)
			}
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if b, err = bundle.Sign(b, private); err != nil {
				return err
			}
			if err := os.WriteFile(args[0], b, 0o644); err != nil {
				return err
			}
			return c.done(map[string]string{"signed": args[0]}, "plugin.signed", args[0])
		}}
	cmd.Flags().StringVar(&key, "key", "", "the key, made with `hub plugin key`")
	_ = cmd.MarkFlagRequired("key")
	return cmd
}
