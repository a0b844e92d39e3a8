package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// What follows checks the form of one value each. No error repeats a value that may hold a secret.

func hostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /@\t") {
		return fmt.Errorf("%s is not host:port, as in 127.0.0.1:8080 or :8080", quote(s))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Errorf("%s has no port from 0 to 65535 after the colon", quote(s))
	}
	return nil
}

func baseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("is not an http:// or https:// URL, as in https://rollcall.example.com")
	case u.User != nil:
		return errors.New("must not have a user or a password")
	case strings.ContainsAny(s, "?#"):
		return errors.New("must not have a query or a fragment")
	case strings.HasSuffix(s, "/"):
		return errors.New("must not end with a slash")
	}
	return nil
}

func database(s string) error {
	scheme, rest, _ := strings.Cut(s, "://")
	switch scheme {
	case "sqlite":
		switch {
		case rest == "" || strings.HasSuffix(rest, "/"):
			return errors.New("sqlite:// needs the path of a file, as in sqlite://rollcall.db or sqlite:///var/lib/rollcall/rollcall.db")
		case strings.Contains(rest, "?") || strings.HasPrefix(rest, ":memory:"):
			return errors.New("sqlite:// takes the path of a file and nothing else")
		}
		return nil
	case "postgres", "postgresql":
		if _, err := url.Parse(s); err != nil || rest == "" {
			return errors.New("is not a URL, as in postgres://user:password@host:5432/rollcall; write signs in the password as %XX")
		}
		return nil
	}
	return errors.New("must begin with sqlite:// or postgres://")
}

// keySize is that of a key of AES-256, in bytes.
const keySize = 32

func secretKey(s string) ([]byte, error) {
	text := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(s), "=")
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("is not base64; make a key with: openssl rand -base64 %d", keySize)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("has %d bytes, not %d; make a key with: openssl rand -base64 %d", len(key), keySize, keySize)
	}
	return key, nil
}

func smtp(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || u.Port() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("is not smtp://[user:password@]host:port; write signs in the password as %XX")
	}
	return nil
}

func webhook(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("is not an http:// or https:// URL")
	}
	return nil
}

func filePath(s string) error {
	if len(s) > maxPath || strings.ContainsAny(s, "\x00\n") {
		return errors.New("is not the path of a file")
	}
	if strings.HasPrefix(s, "-----BEGIN") {
		return errors.New("must be the path of a PEM file, not what stands in it")
	}
	return nil
}

func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%s is not a network, as in 10.0.0.0/8, or an address", quote(s))
	}
	if p != p.Masked() {
		return p, fmt.Errorf("%s has bits beyond its length; write %s", quote(s), p.Masked())
	}
	return p, nil
}

// bearerToken is what RFC 6750 §2.1 lets a bearer token be.
var bearerToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

func bearer(s string) error {
	if len(s) < 16 || !bearerToken.MatchString(s) {
		return errors.New("must be at least 16 letters, digits and . _ ~ + / -; make one with: openssl rand -hex 32")
	}
	return nil
}

func logFormat(s string) error {
	if s != "text" && s != "json" {
		return fmt.Errorf("%s is not one of text, json", quote(s))
	}
	return nil
}
