package ldaptest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
)

// tokenMark begins the name of an entry that stands for something else; eight digits follow.
const tokenMark = "ldaptest-token-"

const tokenLength = len(tokenMark) + 8

// front stands between clients and the LDAP library. The library offers neither its connections nor packets of other
// kinds than its own, so a handler that needs one of them sends an entry with the name of a token, and the front, which
// passes on message by message, replaces it: what came before it has arrived, and nothing of what comes after it.
type front struct {
	inner    string
	listener net.Listener
	packet   func(token string) []byte
	opened   func()

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
	wait   sync.WaitGroup
}

func newFront(ctx context.Context, inner string, packet func(string) []byte, opened func()) (*front, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{inner: inner, listener: l, packet: packet, opened: opened, conns: map[net.Conn]struct{}{}}
	f.wait.Go(func() { f.accept(ctx) })
	return f, nil
}

func (f *front) address() string { return f.listener.Addr().String() }

// close ends all connections and waits until nobody serves them.
func (f *front) close() {
	f.mu.Lock()
	f.closed = true
	_ = f.listener.Close()
	for c := range f.conns {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.wait.Wait()
}

// keep remembers a connection, so that close ends it; it says no when that was called already.
func (f *front) keep(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		_ = c.Close()
		return false
	}
	f.conns[c] = struct{}{}
	return true
}

func (f *front) drop(c net.Conn) {
	_ = c.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}

func (f *front) accept(ctx context.Context) {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			return
		}
		if !f.keep(client) {
			return
		}
		f.opened()
		f.wait.Go(func() { f.serve(ctx, client) })
	}
}

func (f *front) serve(ctx context.Context, client net.Conn) {
	defer f.drop(client)
	server, err := f.dial(ctx)
	if err != nil || !f.keep(server) {
		return
	}
	defer f.drop(server)
	f.wait.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	in := bufio.NewReader(server)
	for {
		message, err := readMessage(in)
		if err != nil {
			return
		}
		if at := bytes.Index(message, []byte(tokenMark)); at >= 0 && len(message) >= at+tokenLength {
			if message = f.packet(string(message[at : at+tokenLength])); message == nil {
				return
			}
		}
		if _, err := client.Write(message); err != nil {
			return
		}
	}
}

// dial reaches the library's server, which may not listen yet.
func (f *front) dial(ctx context.Context) (net.Conn, error) {
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", f.inner)
		if err == nil || ctx.Err() != nil {
			return c, err
		}
	}
}

// readMessage reads the bytes of one LDAP message: a tag, a length of the definite form, as many bytes.
func readMessage(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(2)
	if err != nil {
		return nil, err
	}
	size, digits := int(head[1]), 0
	if head[1]&0x80 != 0 {
		digits = int(head[1] & 0x7f)
		if digits == 0 || digits > 4 {
			return nil, errors.New("a length that no LDAP message has")
		}
		if head, err = r.Peek(2 + digits); err != nil {
			return nil, err
		}
		size = 0
		for _, b := range head[2:] {
			size = size<<8 | int(b)
		}
	}
	message := make([]byte, 2+digits+size)
	_, err = io.ReadFull(r, message)
	return message, err
}
