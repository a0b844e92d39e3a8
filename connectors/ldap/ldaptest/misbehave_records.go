package ldaptest

import (
	"encoding/binary"
	"fmt"
	"maps"

	goldap "github.com/go-ldap/ldap/v3"
)

// OpenLDAPRoot is the root DSE of an OpenLDAP server with the suffix dc=example,dc=com that knows pages and nothing of
// changes.
func OpenLDAPRoot() Record {
	return Record{Attributes: map[string][]string{
		"objectClass":      {"top", "OpenLDAProotDSE"},
		"namingContexts":   {"dc=example,dc=com"},
		"supportedControl": {goldap.ControlTypePaging},
	}}
}

// SyncRoot is [OpenLDAPRoot] with content synchronisation (RFC 4533).
func SyncRoot() Record {
	r := OpenLDAPRoot()
	r.Attributes["supportedControl"] = append(r.Attributes["supportedControl"], goldap.ControlTypeSyncRequest)
	return r
}

// ActiveDirectoryRoot is the root DSE of a domain controller of dc=example,dc=com, at an update sequence number.
func ActiveDirectoryRoot(usn int) Record {
	return Record{Attributes: map[string][]string{
		"defaultNamingContext":    {"dc=example,dc=com"},
		"rootDomainNamingContext": {"dc=example,dc=com"},
		"namingContexts":          {"dc=example,dc=com"},
		"supportedControl":        {goldap.ControlTypePaging, goldap.ControlTypeMicrosoftShowDeleted},
		"supportedCapabilities":   {"1.2.840.113556.1.4.800"},
		"dsServiceName":           {"cn=NTDS Settings,cn=DC1,cn=Servers,cn=Site,cn=Sites,cn=Configuration,dc=example,dc=com"},
		"highestCommittedUSN":     {fmt.Sprint(usn)},
	}}
}

// DS389Root is the root DSE of a 389 Directory Server with the suffix dc=example,dc=com.
func DS389Root() Record {
	return Record{Attributes: map[string][]string{
		"objectClass":      {"top"},
		"namingContexts":   {"dc=example,dc=com"},
		"vendorName":       {"389 Project"},
		"supportedControl": {goldap.ControlTypePaging},
	}}
}

// UUID is the entryUUID of the numbered record, of a kind of records that a letter names.
func UUID(kind byte, n int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-0000000000%02x", n, kind)
}

// People are n people below ou=people,dc=example,dc=com, with the container, as OpenLDAP has them: uid=p0000 and so on.
func People(n int) []Record {
	records := []Record{
		{DN: "dc=example,dc=com", Attributes: map[string][]string{"objectClass": {"organization", "dcObject"}, "o": {"example"}}},
		{DN: "ou=people,dc=example,dc=com", Attributes: map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"people"}}},
		{DN: "ou=groups,dc=example,dc=com", Attributes: map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"groups"}}},
	}
	for i := range n {
		uid := fmt.Sprintf("p%04d", i)
		records = append(records, Record{DN: PersonDN(i), Attributes: map[string][]string{
			"objectClass": {"top", "person", "organizationalPerson", "inetOrgPerson"},
			"uid":         {uid}, "cn": {"Person " + uid}, "sn": {"Example"}, "givenName": {"Person"}, "mail": {uid + "@example.com"},
			"entryUUID": {UUID('p', i)}, "modifyTimestamp": {"20260101120000Z"},
		}})
	}
	return records
}

// PersonDN is the name of the numbered one of [People].
func PersonDN(i int) string { return fmt.Sprintf("uid=p%04d,ou=people,dc=example,dc=com", i) }

// GroupOf is a numbered group below ou=groups,dc=example,dc=com, cn=g0000 and so on, with the first n of [People].
func GroupOf(i, n int) Record {
	cn := fmt.Sprintf("g%04d", i)
	members := make([]string, n)
	for at := range members {
		members[at] = PersonDN(at)
	}
	return Record{DN: "cn=" + cn + ",ou=groups,dc=example,dc=com", Attributes: map[string][]string{
		"objectClass": {"top", "groupOfNames"}, "cn": {cn}, "member": members,
		"entryUUID": {UUID('g', i)}, "modifyTimestamp": {"20260101120000Z"},
	}}
}

// AsActiveDirectory returns records of [People] and [GroupOf] as a domain controller has them, each with its own update
// sequence number from 1001 on.
func AsActiveDirectory(records ...Record) []Record {
	changed := make([]Record, 0, len(records))
	for i, r := range records {
		a := maps.Clone(r.Attributes)
		delete(a, "entryUUID")
		delete(a, "modifyTimestamp")
		a["objectGUID"] = []string{string(binary.BigEndian.AppendUint64([]byte("rollcall"), uint64(i)))}
		a["objectSid"] = []string{sidOf(uint32(1000 + i))}
		a["uSNChanged"] = []string{fmt.Sprint(1001 + i)}
		switch uid := a["uid"]; {
		case len(uid) > 0:
			a["objectClass"] = []string{"top", "person", "organizationalPerson", "user"}
			a["objectCategory"] = []string{"person"}
			a["sAMAccountName"], a["userPrincipalName"] = uid, []string{uid[0] + "@example.com"}
			a["userAccountControl"], a["primaryGroupID"], a["sAMAccountType"] = []string{"512"}, []string{"513"}, []string{"805306368"}
			delete(a, "uid")
		case len(a["member"]) > 0:
			a["objectClass"], a["objectCategory"] = []string{"top", "group"}, []string{"group"}
			a["sAMAccountName"], a["groupType"] = a["cn"], []string{"-2147483646"}
		}
		changed = append(changed, Record{DN: r.DN, Attributes: a})
	}
	return changed
}

// sidOf is a security identifier S-1-5-21-1-2-3-rid in its bytes.
func sidOf(rid uint32) string {
	b := []byte{1, 5, 0, 0, 0, 0, 0, 5}
	for _, part := range []uint32{21, 1, 2, 3, rid} {
		b = binary.LittleEndian.AppendUint32(b, part)
	}
	return string(b)
}
