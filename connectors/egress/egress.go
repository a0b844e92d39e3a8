// Package egress decides where connections may lead that were configured without access to the machine, such as by the REST
// API: whoever may configure a directory must not reach with it what only the server can reach.
package egress

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// refused are networks that no such connection may reach, with what they are. Loopback, link-local, private, multicast and
// unspecified addresses are refused besides.
var refused = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("100.64.0.0/10"), "an address of a carrier's private network"},
	{netip.MustParsePrefix("192.0.0.0/24"), "a reserved address"},
	{netip.MustParsePrefix("198.18.0.0/15"), "an address for benchmarks"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address"},
	{netip.MustParsePrefix("168.63.129.16/32"), "the address of a cloud's own services"}, // of Azure's; it looks public, and answers its machines alone
	{netip.MustParsePrefix("fec0::/10"), "a private address"},
	// Addresses that carry another one: they lead wherever that leads.
	{netip.MustParsePrefix("::/96"), "an address of IPv4 in an old form"},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), "a translated address"},
	{netip.MustParsePrefix("64:ff9b::/96"), "a translated address"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a translated address"},
	{netip.MustParsePrefix("2002::/16"), "a tunnelled address"},
	{netip.MustParsePrefix("2001::/32"), "a tunnelled address"},
}

// Guard is for the Control of a [net.Dialer]: it looks at the address itself, after names are resolved, so that a name that
// leads elsewhere the second time helps nobody. allowed are networks that the operator lets pass all the same.
func Guard(allowed []netip.Prefix) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return &net.AddrError{Err: "is no address", Addr: address}
		}
		return Check(at.Addr(), allowed)
	}
}

// Check reports why an address must not be reached, or nil.
func Check(ip netip.Addr, allowed []netip.Prefix) error {
	ip = ip.WithZone("").Unmap()
	if slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	what := ""
	switch {
	case ip.IsLoopback():
		what = "this machine"
	case ip.IsLinkLocalUnicast():
		what = "a link-local address, where machines keep their metadata"
	case ip.IsPrivate():
		what = "a private address"
	case ip.IsMulticast(), ip.IsUnspecified(), !ip.IsValid():
		what = "no address of a server"
	}
	for _, r := range refused {
		if what == "" && r.prefix.Contains(ip) {
			what = r.what
		}
	}
	if what == "" {
		return nil
	}
	return fmt.Errorf("%s is %s, which a connection that was not applied on the machine may not reach: allow its network with ROLLCALL_EGRESS, or apply the connection by a manifest", ip, what)
}
