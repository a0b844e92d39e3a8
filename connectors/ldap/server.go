package ldap

import (
	"context"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// Capabilities and controls by which a server tells what it is and what it offers.
const (
	capabilityAD  = "1.2.840.113556.1.4.800" // Active Directory, Samba's domain controller too
	controlPaging = goldap.ControlTypePaging // RFC 2696
)

// root is a server's root DSE (RFC 4512 §5.1): what it says about itself.
type root struct{ entry *goldap.Entry }

// rootAttributes are what is asked of the root DSE: "*" and "+" would do on most servers, but not on all.
var rootAttributes = []string{
	"objectClass", "vendorName", "vendorVersion", "namingContexts", "defaultNamingContext", "rootDomainNamingContext", "schemaNamingContext", "supportedControl",
	"supportedCapabilities", "supportedExtension", "ipaDomainLevel", "ipaTopologyPluginVersion", "dsServiceName", "highestCommittedUSN", "configContext",
}

// get returns the values of an attribute of the root DSE.
func (r *root) get(name string) []string { return r.entry.GetEqualFoldAttributeValues(name) }

// offers reports whether the server supports a control.
func (r *root) offers(oid string) bool { return slices.Contains(r.get("supportedControl"), oid) }

// detect reads the root DSE and tells which kind of server it is; "" when it does not say. The fault says that the root
// DSE cannot be read, which the server may have its reasons for; the error is ctx's.
func (c *conn) detect(ctx context.Context) (r *root, kind string, err error) {
	r = &root{entry: &goldap.Entry{}}
	if r.entry, err = c.one(ctx, "", rootAttributes); err != nil {
		return r, "", err
	}
	switch vendor := strings.ToLower(strings.Join(r.get("vendorName"), " ")); {
	case slices.Contains(r.get("supportedCapabilities"), capabilityAD):
		return r, directory.ActiveDirectory, nil
	case len(r.get("ipaDomainLevel"))+len(r.get("ipaTopologyPluginVersion")) > 0:
		return r, directory.FreeIPA, nil
	case strings.Contains(vendor, "389") || strings.Contains(vendor, "red hat") || strings.Contains(vendor, "fedora"):
		for _, suffix := range append(r.get("defaultNamingContext"), r.get("namingContexts")...) {
			if e, err := c.one(ctx, "cn=ipa,cn=etc,"+suffix, []string{"1.1"}); err == nil && e.DN != "" {
				return r, directory.FreeIPA, nil
			}
		}
		return r, directory.DS389, ctx.Err()
	case slices.Contains(r.get("objectClass"), "OpenLDAProotDSE"):
		return r, directory.OpenLDAP, nil
	}
	return r, "", nil
}

// one reads one entry. It is empty when the server does not show it.
func (c *conn) one(ctx context.Context, dn string, attributes []string) (*goldap.Entry, error) {
	e := &goldap.Entry{}
	request := baseRequest(dn, "(objectClass=*)", attributes)
	err := c.stream(ctx, func(ctx context.Context) goldap.Response { return c.SearchAsync(ctx, request, 1) }, func(r goldap.Response) error {
		if r.Entry() != nil {
			e = r.Entry()
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		err = searchFault(err, request, c.wire.hush.Load(), 0, false)
	}
	return e, err
}

// baseRequest asks for one entry.
func baseRequest(dn, filter string, attributes []string) *goldap.SearchRequest {
	return goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
}
