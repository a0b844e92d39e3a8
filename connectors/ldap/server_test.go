package ldap_test

import (
	"maps"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

func TestServersAreToldApart(t *testing.T) {
	t.Parallel()
	suffix := map[string][]string{"namingContexts": {"dc=example,dc=com"}}
	with := func(more map[string][]string) ldaptest.Record {
		all := maps.Clone(suffix)
		maps.Copy(all, more)
		return ldaptest.Record{Attributes: all}
	}
	ipa := ldaptest.Record{DN: "cn=ipa,cn=etc,dc=example,dc=com", Attributes: map[string][]string{"objectClass": {"nsContainer"}, "cn": {"ipa"}}}
	for _, tt := range []struct {
		name    string
		root    ldaptest.Record
		records []ldaptest.Record
		set     string
		want    string
	}{
		{"OpenLDAP", ldaptest.OpenLDAPRoot(), nil, "", directory.OpenLDAP},
		{"Active Directory", ldaptest.ActiveDirectoryRoot(1), nil, "", directory.ActiveDirectory},
		{"389", ldaptest.DS389Root(), nil, "", directory.DS389},
		{"Red Hat's", with(map[string][]string{"vendorName": {"Red Hat, Inc."}}), nil, "", directory.DS389},
		{"FreeIPA", with(map[string][]string{"vendorName": {"389 Project"}, "ipaDomainLevel": {"1"}}), nil, "", directory.FreeIPA},
		{"an old FreeIPA", ldaptest.DS389Root(), []ldaptest.Record{ipa}, "", directory.FreeIPA},
		{"a server that is not known", with(map[string][]string{"vendorName": {"Example"}}), nil, "", directory.OpenLDAP},
		{"the settings count more", ldaptest.OpenLDAPRoot(), nil, directory.DS389, directory.DS389},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := ldaptest.Misbehave(t, append(ldaptest.People(1), tt.records...)...)
			m.Root(tt.root)
			s := misbehaving(t, m)
			s.Server, s.Groups.Base = tt.set, ""
			if w := readWhole(t, s); w.Server != tt.want || w.Fingerprint == "" {
				t.Errorf("%+v", w.Reading)
			}
		})
	}
}

// The wrong question could be answered with nobody.
func TestAServerThatDoesNotSayWhatItIsIsNotAsked(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.People(3)...)
	m.Misbehave(ldaptest.Fault{Where: func(s ldaptest.Search) bool { return s.Base == "" }, Code: 50})
	s := misbehaving(t, m)
	s.Groups.Base = ""
	w := readWhole(t, s)
	if p := problem(t, w.Reading); w.Completeness() != directory.Failed || len(w.people) != 0 || !strings.Contains(p.Fix, "say in server") {
		t.Errorf("%d people, %+v", len(w.people), w.Reading)
	}
	s.Server = directory.OpenLDAP
	if w := readWhole(t, s); w.Completeness() != directory.Complete || len(w.people) != 3 {
		t.Errorf("%d people, %+v", len(w.people), w.Reading)
	}
}
