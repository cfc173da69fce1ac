package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

const (
	// waiting is how many connections from the network wait for the plugin, at most, and for how long.
	waiting  = 16
	waitsFor = 10 * time.Second
)

// Listen makes the plugin reachable at a port ("tcp/8123", "udp/9999") for devices in the home, and nobody else. The path is
// that of a Unix socket: a connection to it waits for one from the network and then is it, after a line with
// the other's address. Over one for UDP each datagram travels, both ways, preceded by its length and, in it, by such a line.
func (b *Broker) Listen(port string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := "listen " + port
	if g := b.grants[key]; g != nil {
		return g.sockets[port], nil
	}
	network, number, _ := strings.Cut(port, "/")
	name := "listen-" + network + number + ".sock"
	at := filepath.Join(b.o.Dir, name)
	_ = os.Remove(at)
	door, err := net.Listen("unix", at)
	if err != nil {
		return "", fmt.Errorf("no socket for %s: %w", port, err)
	}
	var outside io.Closer
	switch network {
	case "tcp":
		var l net.Listener
		if l, err = net.Listen("tcp", b.o.ListenOn+":"+number); err == nil {
			outside = l
			b.open.Go(func() { b.pair(l, door) })
		}
	case "udp":
		var c net.PacketConn
		if c, err = net.ListenPacket("udp", b.o.ListenOn+":"+number); err == nil {
			outside = c
			b.open.Go(func() { b.datagrams(c, door) })
		}
	default:
		err = errors.New("neither tcp nor udp")
	}
	if err != nil {
		_ = door.Close()
		return "", fmt.Errorf("the hub cannot listen at %s: %w", port, err)
	}
	b.grants[key] = &grant{sockets: map[string]string{port: path.Join(b.o.Inside, name)}, doors: []io.Closer{door, outside}}
	return path.Join(b.o.Inside, name), nil
}

// pair joins connections of the plugin with those from the network, in the order in which they come.
func (b *Broker) pair(outside net.Listener, door net.Listener) {
	came := make(chan net.Conn, waiting)
	b.open.Go(func() {
		defer close(came)
		for {
			c, err := outside.Accept()
			if err != nil {
				return
			}
			if from := c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap(); b.allowed(from) != nil {
				b.deny(c)
				continue
			}
			select {
			case came <- c:
			case <-time.After(waitsFor):
				b.deny(c)
			case <-b.ctx.Done():
				_ = c.Close()
			}
		}
	})
	for {
		in, err := door.Accept()
		if err != nil {
			break
		}
		select {
		case b.conns <- struct{}{}:
		default:
			b.deny(in)
			continue
		}
		b.open.Go(func() {
			defer func() { <-b.conns }()
			select {
			case out, ok := <-came:
				if !ok {
					_ = in.Close()
					return
				}
				if _, err := fmt.Fprintln(in, out.RemoteAddr()); err != nil { // the plugin waits no longer
					_, _ = in.Close(), out.Close()
					return
				}
				b.join(in, out)
			case <-b.ctx.Done():
				_ = in.Close()
			}
		})
	}
	for c := range came {
		_ = c.Close()
	}
}

// join is two connections as one.
func (b *Broker) join(in, out net.Conn) {
	unhook := context.AfterFunc(b.ctx, func() { _ = in.Close(); _ = out.Close() })
	defer unhook()
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(out, in)
		closeWrite(out)
		close(done)
	}()
	_, _ = io.Copy(in, out)
	closeWrite(in)
	// The other side has ended: what the plugin still says goes nowhere.
	_, _ = out.Close(), in.Close()
	<-done
}

// datagrams carries what comes to a port to the plugin's newest connection, and its answers back.
func (b *Broker) datagrams(outside net.PacketConn, door net.Listener) {
	for {
		in, err := door.Accept()
		if err != nil {
			return
		}
		unhook := context.AfterFunc(b.ctx, func() { _ = in.Close(); _ = outside.Close() })
		ended := make(chan struct{})
		go func() { // the plugin's answers
			defer close(ended)
			defer in.Close()
			for {
				text, err := readFrame(in)
				if err != nil {
					return
				}
				head, body, _ := strings.Cut(string(text), "\n")
				if to, err := netip.ParseAddrPort(head); err == nil && b.allowed(to.Addr()) == nil {
					_, _ = outside.WriteTo([]byte(body), net.UDPAddrFromAddrPort(to))
				}
			}
		}()
		b.receive(outside, in, ended)
		_ = in.Close()
		<-ended
		unhook()
	}
}

// receive passes datagrams on until the plugin's connection ends.
func (b *Broker) receive(outside net.PacketConn, in net.Conn, ended <-chan struct{}) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-ended:
			_ = outside.SetReadDeadline(time.Now()) // the next connection takes over
		case <-stop:
		}
	}()
	_ = outside.SetReadDeadline(time.Time{})
	buf := make([]byte, 65535)
	for {
		n, from, err := outside.ReadFrom(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && !over(ended) { // meant for the connection before
			_ = outside.SetReadDeadline(time.Time{})
			if !over(ended) {
				continue
			}
		}
		if err != nil {
			return
		}
		addr := from.(*net.UDPAddr).AddrPort()
		addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
		if b.allowed(addr.Addr()) != nil {
			continue
		}
		frame := append([]byte(addr.String()+"\n"), buf[:n]...)
		if len(frame) > 65535 {
			continue
		}
		if _, err := in.Write(append([]byte{byte(len(frame) >> 8), byte(len(frame))}, frame...)); err != nil {
			return
		}
	}
}

func over(ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	b := make([]byte, int(head[0])<<8|int(head[1]))
	_, err := io.ReadFull(r, b)
	return b, err
}
