package ldap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// reaching returns how a connection reads a misbehaving server, 100 entries at a time.
func reaching(t *testing.T, m *ldaptest.Misbehaving) directory.LDAPSettings {
	t.Helper()
	s := directory.DefaultLDAP()
	s.URLs, s.AllowPlaintext = []string{m.URL()}, true
	s.BindDN, s.BindPasswordFile = "cn=reader,dc=example,dc=com", filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(s.BindPasswordFile, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Users.Base, s.Groups.Base = "ou=people,dc=example,dc=com", "ou=groups,dc=example,dc=com"
	s.PageSize = 100
	return s
}

// about finds the problem of a kind whose text contains the words, and fails the test if there is none or it does not say
// what to do.
func (x told) about(t *testing.T, kind string, words ...string) {
	t.Helper()
	for _, p := range x.Problems {
		if p.Kind == kind && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(p.Text+p.Subject, w) }) {
			if p.Fix == "" {
				t.Errorf("%q does not say what to do", p.Text)
			}
			return
		}
	}
	t.Errorf("no problem of kind %s says %q; there are %+v", kind, words, x.Problems)
}

const (
	people = "ou=people,dc=example,dc=com"
	groups = "ou=groups,dc=example,dc=com"
)

func TestSearchesThatEndEarly(t *testing.T) {
	t.Parallel()
	far := "ldap://far.example.com/ou=far,dc=example,dc=com"
	for name, c := range map[string]struct {
		fault         ldaptest.Fault
		users, groups directory.Completeness
		least, most   int // people told
		kind          string
		says          []string
	}{
		"cut in page 7": {
			ldaptest.Fault{Base: people, Page: 7, After: 40, Cut: true},
			directory.Partial, directory.Failed, 600, 640,
			"search",
			[]string{people, "connection was lost"},
		},
		"cut at once":          {ldaptest.Fault{Base: people, Cut: true}, directory.Failed, directory.Failed, 0, 0, "search", []string{"connection was lost"}},
		"cut in the groups":    {ldaptest.Fault{Base: groups, Cut: true}, directory.Complete, directory.Failed, 1000, 1000, "search", []string{groups}},
		"size limit":           {ldaptest.Fault{Base: people, Page: 3, After: 7, Code: 4}, directory.Partial, directory.Complete, 207, 207, "search", []string{"size limit"}},
		"time limit":           {ldaptest.Fault{Base: people, Page: 2, Code: 3}, directory.Partial, directory.Complete, 100, 100, "search", []string{"time limit"}},
		"administrative limit": {ldaptest.Fault{Base: people, Code: 11}, directory.Failed, directory.Complete, 0, 0, "search", []string{"limit"}},
		"busy":                 {ldaptest.Fault{Base: people, Code: 51}, directory.Failed, directory.Complete, 0, 0, "search", []string{"busy"}},
		"unavailable":          {ldaptest.Fault{Base: groups, Code: 52}, directory.Complete, directory.Failed, 1000, 1000, "search", []string{"busy or going down"}},
		"base gone":            {ldaptest.Fault{Base: people, Code: 32}, directory.Failed, directory.Complete, 0, 0, "search", []string{people}},
		"not allowed":          {ldaptest.Fault{Base: people, Code: 50}, directory.Failed, directory.Complete, 0, 0, "search", []string{"not allowed"}},
		"something else":       {ldaptest.Fault{Base: people, Code: 80, Text: "disk full"}, directory.Failed, directory.Complete, 0, 0, "search", []string{"disk full"}},
		"place lost": {
			ldaptest.Fault{Base: people, Page: 4, Code: 53, Text: "paged results cookie is invalid"},
			directory.Partial, directory.Complete, 300, 300,
			"search",
			[]string{"lost its place"},
		},
		"referred elsewhere": {ldaptest.Fault{Base: people, Referrals: []string{far}}, directory.Failed, directory.Complete, 0, 0, "referral", []string{far}},
		"in part elsewhere": {
			ldaptest.Fault{Base: people, Page: 2, References: []string{far}},
			directory.Partial, directory.Complete, 1000, 1000,
			"referral",
			[]string{far},
		},
		"the same page again": {ldaptest.Fault{Base: people, Page: 3, RepeatsPage: true}, directory.Partial, directory.Complete, 200, 1000, "search", []string{"same page"}},
		"no LDAP":             {ldaptest.Fault{Base: people, Page: 2, Raw: []byte("HTTP/1.1 400 Bad Request\r\n\r\n")}, directory.Partial, directory.Failed, 100, 100, "search", []string{people}},
		"no result":           {ldaptest.Fault{Base: people, Page: 2, Raw: []byte{0x30, 0x05, 0x02, 0x01, 0x03, 0x65, 0x00}}, directory.Partial, directory.Failed, 100, 100, "search", []string{people}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ldaptest.Misbehave(t, append(ldaptest.People(1000), ldaptest.GroupOf(1, 1000), ldaptest.GroupOf(2, 10))...)
			s := reaching(t, m)
			s.Timeout = 2 * time.Second // of an answer that does not fit its question
			f := follow(t, s)
			m.Misbehave(c.fault)
			x := f.read()
			if x.Users != c.users || (x.Groups != c.groups && (c.groups != directory.Failed || x.Groups != directory.Complete)) {
				t.Errorf("users %s and groups %s, want %s and %s", x.Users, x.Groups, c.users, c.groups)
			}
			if n := len(x.users); n < c.least || n > c.most {
				t.Errorf("%d people were told, want %d to %d", n, c.least, c.most)
			}
			if len(x.gone) > 0 {
				t.Errorf("%d are told to have left", len(x.gone))
			}
			x.about(t, c.kind, c.says...)
			m.Heal()
			f.read().wants(t, "full", 1000, 2)
		})
	}
}

func TestServersThatSayNothing(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, append(ldaptest.People(300), ldaptest.GroupOf(1, 10))...)
	m.Misbehave(ldaptest.Fault{Base: people, Page: 2, After: 30, Stall: true})
	s := reaching(t, m)
	s.Timeout = 2 * time.Second
	f := follow(t, s)
	x := f.read()
	if x.Users != directory.Partial || len(x.users) < 100 {
		t.Errorf("users %s, %d told", x.Users, len(x.users))
	}
	x.about(t, "search", people, "silent")
	m.Heal()
	f.read().wants(t, "full", 300, 1)
}

func TestRefusedBinds(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, append(ldaptest.People(3), ldaptest.GroupOf(1, 3))...)
	s := reaching(t, m)
	s.URLs = append(s.URLs, m.URL()) // another server would refuse the password as well, and lock the account in the end
	f := follow(t, s)
	m.RefuseBinds(49)
	x := f.read()
	if x.Users != directory.Failed || x.Groups != directory.Failed || x.Cookie != nil {
		t.Errorf("users %s, groups %s, cookie %q", x.Users, x.Groups, x.Cookie)
	}
	x.about(t, "search", "password", "cn=reader")
	if n := m.Seen().Binds; n != 1 {
		t.Errorf("the password was tried %d times", n)
	}
	m.RefuseBinds(52)
	x = f.read()
	x.about(t, "search", "cn=reader")
	if n := m.Seen().Binds; n != 3 {
		t.Errorf("of two servers that are unavailable %d were asked", n-1)
	}
	m.Heal()
	f.read().wants(t, "full", 3, 1)
}

func TestServersThatKnowNoPages(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, append(ldaptest.People(1000), ldaptest.GroupOf(1, 3))...)
	m.Misbehave(ldaptest.Fault{IgnoresPages: true})
	f := follow(t, reaching(t, m))
	f.read().wants(t, "full", 1000, 1)
}

func TestWhatLooksComplete(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, append(ldaptest.People(300), ldaptest.GroupOf(1, 3))...)
	s := reaching(t, m)
	s.MinimumPeople, s.Canaries = 250, []string{"(uid=p0000)", "(uid=p0299)"}
	follow(t, s).read().wants(t, "full", 300, 1)
	for name, fault := range map[string]ldaptest.Fault{
		"empty answer":        {Base: people, Empty: true},
		"a search cut short":  {Base: people, Page: 2, LosesCookie: true},
		"a canary that fails": {Base: people, Where: func(s ldaptest.Search) bool { return strings.Contains(s.Filter, "p0299") }, Empty: true},
	} {
		m.Misbehave(fault)
		x := follow(t, s).read()
		if x.Users != directory.Partial {
			t.Errorf("%s: users are %s", name, x.Users)
		}
		x.about(t, "canary")
		m.Heal()
	}
	follow(t, s).read().wants(t, "full", 300, 1)
}

func TestChangedSchemas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*ldaptest.Record) bool
		users  directory.Completeness
		told   int
		kind   string
	}{
		"no identifiers": {func(r *ldaptest.Record) bool { delete(r.Attributes, "entryUUID"); return true }, directory.Partial, 0, "skipped"},
		"one without an identifier": {func(r *ldaptest.Record) bool {
			if r.DN == ldaptest.PersonDN(17) {
				delete(r.Attributes, "entryUUID")
			}
			return true
		}, directory.Partial, 299, "skipped"},
		"another class": {func(r *ldaptest.Record) bool { r.Attributes["objectClass"] = []string{"top", "account"}; return true }, directory.Complete, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ldaptest.Misbehave(t, append(ldaptest.People(300), ldaptest.GroupOf(1, 3))...)
			f := follow(t, reaching(t, m))
			f.read().wants(t, "full", 300, 1)
			m.Edit(c.change)
			x := f.read()
			if len(x.users) != c.told || x.Users != c.users {
				t.Errorf("%d people, %s; want %d, %s", len(x.users), x.Users, c.told, c.users)
			}
			if c.kind != "" {
				x.about(t, c.kind, "entryUUID")
			}
			if len(x.Problems) > 250 {
				t.Errorf("%d problems are told", len(x.Problems))
			}
		})
	}
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	records := ldaptest.People(10)
	spoil := func(i int, name string, values ...string) { records[3+i].Attributes[name] = values }
	spoil(1, "mail", "\xff\xfe@example.com")
	spoil(2, "cn", "nul\x00nul")
	spoil(3, "title", strings.Repeat("x", 5<<20))
	spoil(4, "entryUUID", ldaptest.UUID('p', 5)) // as somebody else has it
	spoil(6, "uid", "")
	spoil(7, "sn", slices.Repeat([]string{"Example"}, 5000)...)
	spoil(8, "modifyTimestamp", "yesterday")
	records[3+9].DN = "uid=p0009,=broken,,ou=people,dc=example,dc=com"
	group := ldaptest.GroupOf(1, 3)
	group.Attributes["member"] = append(group.Attributes["member"], "nobody", "", "\xff", "uid=never was,"+people)
	m := ldaptest.Misbehave(t, append(records, group)...)
	f := follow(t, reaching(t, m))

	seen := map[string]int{}
	reading, err := f.source.Read(t.Context(), directory.Since{}, func(p directory.Page) error {
		for _, e := range p.Entries {
			seen[e.ID]++
			if _, err := e.Resource(); err != nil && strings.TrimSpace(err.Error()) == "" {
				t.Errorf("%s cannot be used, and nobody says why", e.DN)
			}
			if p.Kind == directory.GroupEntry && e.MembersKnown != directory.Partial {
				t.Errorf("a group with members that are no names is %s", e.MembersKnown)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if id := ldaptest.UUID('p', i); seen[id] == 0 && i != 4 {
			t.Errorf("person %d was not told", i)
		}
	}
	if fmt.Sprint(reading.Users) == string(directory.Failed) {
		t.Errorf("users %s: %+v", reading.Users, reading.Problems)
	}
}

func TestRangesOfMembers(t *testing.T) {
	t.Parallel()
	records := ldaptest.AsActiveDirectory(append(ldaptest.People(3), ldaptest.GroupOf(1, 3100), ldaptest.GroupOf(2, 1500), ldaptest.GroupOf(3, 1501))...)
	for name, c := range map[string]struct {
		endless bool
		fault   *ldaptest.Fault
		known   directory.Completeness // of the group of 3,100
		members int
	}{
		"to the end": {known: directory.Complete, members: 3100},
		"cut after the first": {
			fault: &ldaptest.Fault{Where: asksFor("member;range=1500-*"), Cut: true}, known: directory.Partial, members: 1500,
		},
		"empty after the second": {
			fault: &ldaptest.Fault{Where: asksFor("member;range=3000-*"), Empty: true}, known: directory.Partial, members: 3000,
		},
		"never ending": {endless: true, known: directory.Partial},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ldaptest.Misbehave(t, records...)
			m.Root(ldaptest.ActiveDirectoryRoot(2000))
			f := follow(t, reaching(t, m))
			m.Ranges(1500, c.endless)
			if c.fault != nil {
				m.Misbehave(*c.fault)
			}
			x := f.read()
			big := x.groups[id(t, x.groups, "cn=g0001")]
			if big.MembersKnown != c.known || (c.members > 0 && len(big.Members) != c.members) {
				t.Errorf("%d members, %s; want %d, %s; %+v", len(big.Members), big.MembersKnown, c.members, c.known, x.Problems)
			}
			if c.known == directory.Complete {
				x.wants(t, "full", 3, 3)
				return
			}
			x.about(t, "members", "cn=g0001")
			m.Heal()
			m.Ranges(1500, false)
			x = f.read()
			x.wants(t, "full", 3, 3)
			if big := x.groups[id(t, x.groups, "cn=g0001")]; len(big.Members) != 3100 || big.MembersKnown != directory.Complete {
				t.Errorf("healed: %d members, %s", len(big.Members), big.MembersKnown)
			}
		})
	}
}

// asksFor hits searches for an attribute.
func asksFor(attribute string) func(ldaptest.Search) bool {
	return func(s ldaptest.Search) bool { return slices.Contains(s.Attributes, attribute) }
}
