package ldap_test

import (
	"testing"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// Ten thousand people, one group with all of them, chains of groups and a ring: every page is of one kind and no larger
// than asked for, nobody comes twice, and every member is somebody.
func TestReadACrowd(t *testing.T) {
	t.Parallel()
	const people, groups = 10_000, 200
	server := ldaptest.OpenLDAP(t)
	server.Stop()
	server.Fill(ldaptest.Crowd{People: people, Groups: groups, PerPerson: 2, Everybody: true, Cycle: true})
	server.Start()
	s := server.Settings()
	s.PageSize = 500
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids, refs := map[string]bool{}, map[string]bool{}
	named, count := map[string]bool{}, map[directory.EntryKind]int{}
	var everybody int
	r, err := source.Read(t.Context(), directory.Since{}, func(p directory.Page) error {
		if len(p.Entries) > s.PageSize || len(p.Entries) == 0 || p.Kind == directory.UserEntry && count[directory.GroupEntry] > 0 {
			t.Errorf("a page of %d %ss after %d groups", len(p.Entries), p.Kind, count[directory.GroupEntry])
		}
		count[p.Kind] += len(p.Entries)
		for _, e := range p.Entries {
			if ids[e.ID] || refs[e.Ref] {
				t.Errorf("%s came twice", e.DN)
			}
			ids[e.ID], refs[e.Ref] = true, true
			for _, m := range e.Members {
				named[m] = true
			}
			everybody = max(everybody, len(e.Members))
		}
		return nil
	})
	if err != nil || r.Completeness() != directory.Complete || r.Problems != nil || count[directory.UserEntry] != people || count[directory.GroupEntry] != groups+3 || everybody != people {
		t.Fatalf("%v, everybody has %d, %v, %+v", count, everybody, err, r)
	}
	for ref := range named {
		if !refs[ref] {
			t.Errorf("%s is a member and nobody", ref)
		}
	}
}
