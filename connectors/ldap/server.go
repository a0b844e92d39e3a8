package ldap

import (
	"context"
	"fmt"
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
	"objectClass", "vendorName", "vendorVersion", "namingContexts", "defaultNamingContext", "rootDomainNamingContext", "supportedControl",
	"supportedCapabilities", "supportedExtension", "ipaDomainLevel", "ipaTopologyPluginVersion", "dsServiceName", "highestCommittedUSN", "configContext",
}

// get returns the values of an attribute of the root DSE.
func (r *root) get(name string) []string { return r.entry.GetEqualFoldAttributeValues(name) }

// offers reports whether the server supports a control.
func (r *root) offers(oid string) bool { return slices.Contains(r.get("supportedControl"), oid) }

// detect reads the root DSE and tells which kind of server it is; "" when it does not say. A root DSE that cannot be read
// is an empty one.
func (c *conn) detect(ctx context.Context) (*root, string, error) {
	r := &root{entry: &goldap.Entry{}}
	var found []*goldap.Entry
	_, _, err := c.search(ctx, baseRequest("", "(objectClass=*)", rootAttributes), func(entries []*goldap.Entry) error {
		found = append(found, entries...)
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	if len(found) > 0 {
		r.entry = found[0]
	}
	switch vendor := strings.ToLower(strings.Join(r.get("vendorName"), " ")); {
	case slices.Contains(r.get("supportedCapabilities"), capabilityAD):
		return r, directory.ActiveDirectory, nil
	case len(r.get("ipaDomainLevel"))+len(r.get("ipaTopologyPluginVersion")) > 0:
		return r, directory.FreeIPA, nil
	case strings.Contains(vendor, "389") || strings.Contains(vendor, "red hat") || strings.Contains(vendor, "fedora"):
		return r, directory.DS389, nil
	case slices.Contains(r.get("objectClass"), "OpenLDAProotDSE"):
		return r, directory.OpenLDAP, nil
	}
	return r, "", nil
}

// baseRequest asks for one entry.
func baseRequest(dn, filter string, attributes []string) *goldap.SearchRequest {
	return goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
}

// profile is what is usual on a kind of server.
type profile struct {
	id      string   // the attribute that never changes
	binary  bool     // id is the sixteen bytes of a GUID
	users   string   // filter
	groups  string   // filter
	name    []string // userName, the first that is there
	members []string // attributes of groups that name members
	state   []string // attributes that tell whether a person is active
	defaults []pair   // LDAP attribute → SCIM path, beside userName
}

// profileOf returns the profile of a kind of server. An unknown server gets OpenLDAP's: entryUUID is a standard (RFC 4530).
func profileOf(kind string) *profile {
	if p, ok := profiles[kind]; ok {
		return p
	}
	return profiles[directory.OpenLDAP]
}

var profiles = map[string]*profile{
	directory.OpenLDAP: {id: "entryUUID"},
}

// Fingerprint names what is asked of a directory, in short: the kind of server, bases, filters, the attribute map and
// how memberships are read. When it differs from the last one, whoever is not found may be somebody who was not asked for.
func Fingerprint(s directory.LDAPSettings, server string) string { return fmt.Sprint(s.Users, server) }
