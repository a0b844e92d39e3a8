package ldap_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// synced is a server of 20 people and a group that speaks content synchronisation, read once in full.
func synced(t *testing.T) (*ldaptest.Misbehaving, *followed) {
	t.Helper()
	m := ldaptest.Misbehave(t, append(ldaptest.People(20), ldaptest.GroupOf(1, 3))...)
	m.Root(ldaptest.SyncRoot())
	m.Sync(&ldaptest.SyncAnswer{Cookie: "first", Deletes: true})
	f := follow(t, reaching(t, m))
	f.read().wants(t, "full", 20, 1)
	return m, f
}

// person is the numbered one of the people, with more attributes.
func person(i int, more map[string][]string) ldaptest.Record {
	r := ldaptest.People(i + 1)[3+i]
	maps.Copy(r.Attributes, more)
	return r
}

func TestWhatSynchronisationMaySay(t *testing.T) {
	t.Parallel()
	one := []ldaptest.Record{person(1, nil)}
	gone := []string{ldaptest.UUID('p', 2)}
	for name, c := range map[string]struct {
		answer *ldaptest.SyncAnswer
		mode   string
		users  int
		gone   []string
	}{
		"nothing":                      {&ldaptest.SyncAnswer{Deletes: true}, "syncrepl", 0, nil},
		"nothing, and a new cookie":    {&ldaptest.SyncAnswer{Cookie: "second", Deletes: true}, "syncrepl", 0, nil},
		"changes":                      {&ldaptest.SyncAnswer{Cookie: "second", Changed: one, Deletes: true}, "syncrepl", 1, nil},
		"a set of deleted ones":        {&ldaptest.SyncAnswer{Cookie: "second", Deleted: gone, Deletes: true}, "syncrepl", 0, gone},
		"a deleted entry":              {&ldaptest.SyncAnswer{Cookie: "second", Removed: gone, Deletes: true}, "syncrepl", 0, gone},
		"an end of the delete phase":   {&ldaptest.SyncAnswer{Cookie: "second", Changed: one, Removed: gone, Phase: "delete", Deletes: true}, "syncrepl", 1, gone},
		"a cookie in the middle":       {&ldaptest.SyncAnswer{Cookie: "second", Changed: one, Phase: "cookie", Deletes: true}, "syncrepl", 1, nil},
		"here and deleted":             {&ldaptest.SyncAnswer{Cookie: "second", Changed: one, Deleted: []string{ldaptest.UUID('p', 1)}, Deletes: true}, "syncrepl", 1, nil},
		"who is present":               {&ldaptest.SyncAnswer{Cookie: "second", Changed: one, Present: []string{ldaptest.UUID('p', 3)}}, "full", 20, nil},
		"the end of the present phase": {&ldaptest.SyncAnswer{Cookie: "second", Phase: "present", Deletes: true}, "full", 20, nil},
		"nobody who left":              {&ldaptest.SyncAnswer{Cookie: "second", Changed: one}, "full", 20, nil},
		"changes without a cookie":     {&ldaptest.SyncAnswer{Changed: one, Deletes: true}, "full", 20, nil},
		"that a refresh is required":   {&ldaptest.SyncAnswer{Code: goldap.LDAPResultSyncRefreshRequired}, "full", 20, nil},
		"that it is unwilling":         {&ldaptest.SyncAnswer{Code: 53}, "full", 20, nil},
		"that it does not know how":    {&ldaptest.SyncAnswer{Code: 12}, "full", 20, nil},
		"changes up to a size limit":   {&ldaptest.SyncAnswer{Changed: one, Code: 4}, "full", 20, nil},
		"a unit": {
			&ldaptest.SyncAnswer{Cookie: "second", Changed: []ldaptest.Record{person(4, map[string][]string{"hasSubordinates": {"TRUE"}})}, Deletes: true},
			"full", 20, nil,
		},
		"too much":                {&ldaptest.SyncAnswer{Cookie: "second", Changed: ldaptest.People(5001)[3:], Deletes: true}, "full", 20, nil},
		"what any search answers": {nil, "full", 20, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, f := synced(t)
			m.Sync(c.answer)
			x := f.read()
			groups := c.users // every search is answered the same
			if c.mode == "full" {
				groups = 1
			}
			x.wants(t, c.mode, c.users, groups)
			for _, left := range c.gone {
				if !slices.Contains(x.gone, left) {
					t.Errorf("%s left and is not told", left)
				}
			}
			if len(c.gone) == 0 && len(x.gone) > 0 {
				t.Errorf("%v are told to have left", x.gone)
			}
			m.Sync(&ldaptest.SyncAnswer{Cookie: "third", Deletes: true})
			again := f.read()
			if c.answer == nil { // a server that offers nothing of the kind after all is followed by its clock
				again.wants(t, "timestamp", 20, 1)
				return
			}
			if again.Completeness() != directory.Complete || len(again.users) != 0 && again.Mode != "timestamp" {
				t.Errorf("afterwards the reading is %s by %s with %d people", again.Completeness(), again.Mode, len(again.users))
			}
		})
	}
}

func TestChangesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	synchronising := func(s ldaptest.Search) bool { return slices.Contains(s.Controls, goldap.ControlTypeSyncRequest) }
	among := func(base string) func(ldaptest.Search) bool {
		return func(s ldaptest.Search) bool { return synchronising(s) && strings.EqualFold(s.Base, base) }
	}
	for name, c := range map[string]struct {
		fault ldaptest.Fault
		says  string
	}{
		"cut":               {ldaptest.Fault{Where: synchronising, Cut: true}, "connection was lost"},
		"cut in the groups": {ldaptest.Fault{Where: among(groups), Cut: true}, "connection was lost"},
		"busy":              {ldaptest.Fault{Where: synchronising, Code: 51}, "busy"},
		"unavailable":       {ldaptest.Fault{Where: among(groups), Code: 52}, "busy or going down"},
		"silent":            {ldaptest.Fault{Where: synchronising, Stall: true}, "silent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ldaptest.Misbehave(t, append(ldaptest.People(20), ldaptest.GroupOf(1, 3))...)
			m.Root(ldaptest.SyncRoot())
			m.Sync(&ldaptest.SyncAnswer{Cookie: "first", Deletes: true})
			s := reaching(t, m)
			s.Timeout = 2 * time.Second
			f := follow(t, s)
			f.read().wants(t, "full", 20, 1)
			m.Sync(&ldaptest.SyncAnswer{Cookie: "second", Changed: []ldaptest.Record{person(1, nil)}, Deleted: []string{ldaptest.UUID('p', 2)}, Deletes: true})
			m.Misbehave(c.fault)
			x := f.read()
			if x.Mode != "syncrepl" || x.Completeness() != directory.Failed || x.Cookie != nil || x.pages != 0 {
				t.Errorf("the reading is %s by %s with %d pages and the cookie %q; want a failed one that tells nothing", x.Completeness(), x.Mode, x.pages, x.Cookie)
			}
			x.about(t, "search", c.says)
			m.Heal()
			m.Sync(&ldaptest.SyncAnswer{Cookie: "second", Changed: []ldaptest.Record{person(1, nil)}, Deletes: true})
			f.read().wants(t, "syncrepl", 1, 1)
		})
	}
}

func TestCanariesAreAskedForChanges(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, append(ldaptest.People(20), ldaptest.GroupOf(1, 3))...)
	m.Root(ldaptest.SyncRoot())
	m.Sync(&ldaptest.SyncAnswer{Cookie: "first", Deletes: true})
	s := reaching(t, m)
	s.Canaries = []string{"(uid=p0000)"}
	f := follow(t, s)
	f.read().wants(t, "full", 20, 1)
	m.Sync(&ldaptest.SyncAnswer{Cookie: "second", Deleted: []string{ldaptest.UUID('p', 0)}, Deletes: true})
	m.Misbehave(ldaptest.Fault{Base: people, Where: func(s ldaptest.Search) bool { return strings.Contains(s.Filter, "(uid=p0000)") }, Empty: true})
	x := f.read()
	if x.Users != directory.Partial || x.Cookie != nil {
		t.Errorf("users are %s, and the cookie is %q", x.Users, x.Cookie)
	}
	x.about(t, "canary", "(uid=p0000)")
}

func TestTombstonesOfADomain(t *testing.T) {
	t.Parallel()
	records := ldaptest.AsActiveDirectory(append(ldaptest.People(5), ldaptest.GroupOf(1, 3), ldaptest.GroupOf(2, 3))...)
	m := ldaptest.Misbehave(t, records...)
	m.Root(ldaptest.ActiveDirectoryRoot(2000))
	f := follow(t, reaching(t, m))
	all := f.read()
	all.wants(t, "full", 5, 2)

	m.Edit(func(r *ldaptest.Record) bool {
		switch r.DN {
		case ldaptest.PersonDN(1), "cn=g0001,ou=groups,dc=example,dc=com":
			r.DN, _, _ = strings.Cut(r.DN, ",")
			r.DN += ",cn=Deleted Objects,dc=example,dc=com"
			r.Attributes["isDeleted"], r.Attributes["uSNChanged"] = []string{"TRUE"}, []string{"2001"}
			delete(r.Attributes, "objectCategory")
		case ldaptest.PersonDN(2):
			r.DN = "uid=p0002,ou=elsewhere,dc=example,dc=com"
			r.Attributes["uSNChanged"] = []string{"2002"}
		case ldaptest.PersonDN(3):
			r.Attributes["uSNChanged"] = []string{"2003"}
		}
		return true
	})
	m.Root(ldaptest.ActiveDirectoryRoot(2003))
	x := f.read()
	x.wants(t, "usn", 1, 0)
	want := []string{id(t, all.users, "uid=p0001"), id(t, all.users, "uid=p0002"), id(t, all.groups, "cn=g0001")}
	slices.Sort(want)
	if slices.Sort(x.gone); !slices.Equal(x.gone, want) {
		t.Errorf("%v left, want %v", x.gone, want)
	}

	// A domain that cannot be searched wholly does not tell who left, and it is asked again from the same number.
	m.Root(ldaptest.ActiveDirectoryRoot(2004))
	m.Edit(func(r *ldaptest.Record) bool {
		if r.DN == ldaptest.PersonDN(4) {
			r.Attributes["uSNChanged"] = []string{"2004"}
		}
		return true
	})
	for name, fault := range map[string]ldaptest.Fault{
		"the list is cut":      {Where: func(s ldaptest.Search) bool { return s.Base == "dc=example,dc=com" }, Code: 4},
		"nobody looks them up": {Base: people, Code: 32},
	} {
		m.Misbehave(fault)
		if x := f.read(); x.Completeness() != directory.Failed || x.pages != 0 || x.Cookie != nil || len(x.Problems) == 0 {
			t.Errorf("%s: %s, %d pages, %v", name, x.Completeness(), x.pages, x.Problems)
		}
		m.Heal()
	}
	f.read().wants(t, "usn", 1, 0)
	// So many changes are read faster in full.
	m.Root(ldaptest.ActiveDirectoryRoot(20_000))
	far := ldaptest.AsActiveDirectory(ldaptest.People(10_010)...)
	for i := range far {
		far[i].Attributes["uSNChanged"] = []string{fmt.Sprint(5000 + i)}
	}
	m.Set(far...)
	f.read().wants(t, "full", 10_010, 0)
}

func TestChangedGroupsCarryAllTheirMembers(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.AsActiveDirectory(append(ldaptest.People(3), ldaptest.GroupOf(1, 3100))...)...)
	m.Root(ldaptest.ActiveDirectoryRoot(2000))
	m.Ranges(1500, false)
	f := follow(t, reaching(t, m))
	all := f.read()
	all.wants(t, "full", 3, 1)
	big := id(t, all.groups, "cn=g0001")
	m.Root(ldaptest.ActiveDirectoryRoot(2001))
	m.Edit(func(r *ldaptest.Record) bool {
		if len(r.Attributes["member"]) > 0 {
			r.Attributes["uSNChanged"], r.Attributes["member"] = []string{"2001"}, append(r.Attributes["member"], ldaptest.PersonDN(4000))
		}
		return true
	})
	m.Misbehave(ldaptest.Fault{Where: asksFor("member;range=3000-*"), Code: 51})
	x := f.read()
	if x.Completeness() == directory.Complete || x.Cookie != nil {
		t.Errorf("a group cannot be read wholly, and the reading is %s with the cookie %q", x.Completeness(), x.Cookie)
	}
	m.Heal()
	x = f.read()
	x.wants(t, "usn", 0, 1)
	if g := x.groups[big]; len(g.Members) != 3101 || g.MembersKnown != directory.Complete {
		t.Errorf("%d members, %s; want all 3,101", len(g.Members), g.MembersKnown)
	}
}

func TestTimestampsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, append(ldaptest.People(200), ldaptest.GroupOf(1, 3))...)
	m.Root(ldaptest.DS389Root())
	m.Edit(func(r *ldaptest.Record) bool {
		r.Attributes["nsUniqueId"] = r.Attributes["entryUUID"]
		return true
	})
	f := follow(t, reaching(t, m))
	f.read().wants(t, "full", 200, 1)
	change := func(dn, at string) {
		m.Edit(func(r *ldaptest.Record) bool {
			if r.DN == dn {
				r.Attributes["modifyTimestamp"] = []string{at}
			}
			return true
		})
	}
	for i := range 200 {
		change(ldaptest.PersonDN(i), "20260601120000Z")
	}
	m.Misbehave(ldaptest.Fault{Base: people, Page: 2, Cut: true})
	if x := f.read(); x.Mode != "timestamp" || x.Completeness() == directory.Complete || x.Cookie != nil {
		t.Errorf("a cut one: %s by %s, cookie %q", x.Completeness(), x.Mode, x.Cookie)
	}
	m.Heal()
	if x := f.read(); x.Mode != "timestamp" || len(x.users) != 200 || x.Completeness() != directory.Complete {
		t.Errorf("afterwards: %d people by %s, %s", len(x.users), x.Mode, x.Completeness())
	}
	change(ldaptest.PersonDN(7), "20260701120000Z")
	f.read().wants(t, "timestamp", 200, 0) // those of June are the newest that were seen before
	f.read().wants(t, "timestamp", 1, 0)

	m.Edit(func(r *ldaptest.Record) bool {
		if r.DN == people {
			r.Attributes["modifyTimestamp"], r.Attributes["numSubordinates"] = []string{"20260801120000Z"}, []string{"200"}
		}
		return true
	})
	f.read().wants(t, "full", 200, 1)
	m.Edit(func(r *ldaptest.Record) bool { delete(r.Attributes, "modifyTimestamp"); return true })
	follow(t, reaching(t, m)).read().wants(t, "full", 200, 1)
}
