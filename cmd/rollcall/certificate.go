package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is the server's, read again when its file changes: certificates are renewed more often than servers start.
type certificate struct {
	certFile, keyFile string

	mu      sync.Mutex
	current *tls.Certificate
	changed time.Time // of the file that was read
	looked  time.Time
}

// lookEvery is how often the file is looked at.
const lookEvery = time.Minute

// newCertificate reads the certificate; without files there is none, and nil.
func newCertificate(certFile, keyFile string) (*certificate, error) {
	if certFile == "" {
		return nil, nil //nolint:nilnil // plain HTTP
	}
	c := &certificate{certFile: certFile, keyFile: keyFile}
	if _, err := c.get(nil); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// get returns the certificate. One that cannot be read anew stays in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && time.Since(c.looked) < lookEvery {
		return c.current, nil
	}
	c.looked = time.Now()
	info, err := os.Stat(c.certFile)
	if err == nil && (c.current == nil || !info.ModTime().Equal(c.changed)) {
		var read tls.Certificate
		if read, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.current, c.changed = &read, info.ModTime()
		}
	}
	if c.current == nil {
		return nil, fmt.Errorf("the TLS certificate cannot be used: %w", err)
	}
	return c.current, nil
}
