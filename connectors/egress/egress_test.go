package egress_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"rollcall/connectors/egress"
)

func TestWhatOnlyTheServerReachesIsRefused(t *testing.T) {
	t.Parallel()
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}
	for address, passes := range map[string]bool{
		"127.0.0.1": false, "127.8.9.10": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false, "::ffff:0:7f00:1": false, "168.63.129.16": false, "100.100.100.200": false, "192.0.0.192": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false,
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "::1": true, "203.0.113.7": true, "192.0.2.1": true, "2a00:1450::1": true, "172.32.0.1": true, "100.128.0.1": true,
	} {
		if err := egress.Check(netip.MustParseAddr(address), allowed); (err == nil) != passes {
			t.Errorf("%s: %v, want that it passes: %v", address, err, passes)
		}
	}
	if egress.Check(netip.Addr{}, nil) == nil {
		t.Error("no address at all passes")
	}
	if egress.Guard(nil)("tcp", "localhost:1", nil) == nil {
		t.Error("a name passes as an address")
	}
}

// The name is resolved by the dialer, and what it leads to is looked at.
func TestANameThatLeadsHereIsRefused(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	d := net.Dialer{Control: egress.Guard(nil)}
	if c, err := d.DialContext(ctx, "tcp", net.JoinHostPort("localhost", port)); err == nil || !strings.Contains(err.Error(), "ROLLCALL_EGRESS") {
		if c != nil {
			_ = c.Close()
		}
		t.Errorf("%v, want a refusal that says what to do", err)
	}
	d.Control = egress.Guard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatalf("an allowed network: %v", err)
	}
	_ = c.Close()
}
