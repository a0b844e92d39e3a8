package ldap

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"

	"rollcall/directory"
)

// profile is what is usual on a kind of server, and what the settings need not say.
type profile struct {
	id      string   // the attribute that never changes
	binary  bool     // id is the sixteen bytes of a GUID, not text
	users   string   // the filter of people
	groups  string   // the filter of groups
	people  []pair   // which attribute of a person is which of SCIM; of two for one path the first that is there counts
	group   []pair   // the same of groups
	members []string // attributes of a group that name members
	aliases []string // attributes of a person by which memberUid names them
	state   []string // attributes that tell whether a person is active
}

// profileOf returns the profile of a kind of server. A server that is not known gets OpenLDAP's, which is made of
// standards: entryUUID (RFC 4530), inetOrgPerson (RFC 2798) and the groups of RFC 4519 and RFC 2307.
func profileOf(kind string) *profile {
	if p, ok := profiles[kind]; ok {
		return p
	}
	return profiles[directory.OpenLDAP]
}

var profiles = map[string]*profile{
	directory.OpenLDAP: {
		id: "entryUUID", users: "(objectClass=inetOrgPerson)",
		groups: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))",
		people: inetOrgPerson, group: namedByCN, members: []string{"member", "uniqueMember", "memberUid"}, aliases: []string{"uid"},
		state: stateOfOpenLDAP,
	},
	directory.DS389: {
		id: "nsUniqueId", users: "(|(objectClass=inetOrgPerson)(objectClass=nsPerson))",
		groups: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
		people: inetOrgPerson, group: namedByCN, members: []string{"member", "uniqueMember", "memberUid"}, aliases: []string{"uid"},
		state: stateOf389,
	},
	directory.FreeIPA: {
		id: "ipaUniqueID", users: "(&(objectClass=person)(objectClass=posixAccount))", groups: "(objectClass=ipaUserGroup)",
		people: inetOrgPerson, group: namedByCN, members: []string{"member"}, aliases: []string{"uid"},
		state: stateOfFreeIPA,
	},
	directory.ActiveDirectory: {
		id: "objectGUID", binary: true, users: "(&(objectCategory=person)(objectClass=user))", groups: "(objectCategory=group)",
		people: userOfAD, group: namedByCN, members: []string{"member"}, state: stateOfAD,
	},
}

// What people have that work needs. Home addresses and the like stay in the directory unless the settings ask for them.
// A manager is named by DN there, which means nothing outside.
var (
	inetOrgPerson = []pair{
		{"uid", "userName"},
		{"displayName", "displayName"},
		{"cn", "displayName"},
		{"givenName", "name.givenName"},
		{"sn", "name.familyName"},
		{"mail", "emails"},
		{"telephoneNumber", "phoneNumbers"},
		{"mobile", `phoneNumbers[type eq "mobile"]`},
		{"title", "title"},
		{"employeeType", "userType"},
		{"preferredLanguage", "preferredLanguage"},
		{"department", "department"},
		{"ou", "department"},
		{"o", "organization"},
		{"employeeNumber", "employeeNumber"},
	}
	userOfAD = []pair{
		{"userPrincipalName", "userName"},
		{"sAMAccountName", "userName"},
		{"displayName", "displayName"},
		{"cn", "displayName"},
		{"givenName", "name.givenName"},
		{"sn", "name.familyName"},
		{"mail", "emails"},
		{"telephoneNumber", "phoneNumbers"},
		{"mobile", `phoneNumbers[type eq "mobile"]`},
		{"title", "title"},
		{"employeeType", "userType"},
		{"preferredLanguage", "preferredLanguage"},
		{"department", "department"},
		{"division", "division"},
		{"company", "organization"},
		{"employeeID", "employeeNumber"},
		{"employeeNumber", "employeeNumber"},
	}
	namedByCN = []pair{{"cn", "displayName"}}
)

// Fingerprint names what is asked of a directory, in short: the kind of server, bases, filters, the attribute map and
// how memberships are read. When it differs from the last one, whoever is not found may be somebody who was not asked for.
func Fingerprint(s directory.LDAPSettings, server string) string {
	p := profileOf(server)
	h := sha256.New()
	write := func(texts ...string) {
		for _, t := range texts {
			_, _ = h.Write([]byte(strconv.Itoa(len(t)) + ":" + t)) // a hash never fails
		}
	}
	write(mappingVersion, server, s.Membership)
	for _, q := range []struct {
		where directory.LDAPSearch
		usual string
	}{{s.Users, p.users}, {s.Groups, p.groups}} {
		base, err := Ref(q.where.Base)
		if err != nil {
			base = q.where.Base
		}
		if q.where.Filter != "" {
			q.usual = q.where.Filter
		}
		write(base, q.usual)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Attributes)) {
		write(name, s.Attributes[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
