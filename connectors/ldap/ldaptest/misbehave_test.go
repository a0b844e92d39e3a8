package ldaptest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
)

const example = "dc=example,dc=com"

func dial(t *testing.T, m *ldaptest.Misbehaving) *goldap.Conn {
	t.Helper()
	c, err := goldap.DialURL(m.URL())
	if err != nil {
		t.Fatal(err)
	}
	c.SetTimeout(time.Minute)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ask(filter string, attributes ...string) *goldap.SearchRequest {
	return goldap.NewSearchRequest(example, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
}

func TestMisbehavingServesPages(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.People(25)...)
	c := dial(t, m)
	if err := c.Bind("cn=reader", "password"); err != nil {
		t.Fatal(err)
	}
	found, err := c.SearchWithPaging(ask("(objectClass=inetOrgPerson)", "uid"), 10)
	if err != nil || len(found.Entries) != 25 {
		t.Fatalf("a paged search: %d entries, %v", len(found.Entries), err)
	}
	if got, want := m.Seen(), (ldaptest.Seen{Connections: 1, Binds: 1, Searches: 3}); got != want {
		t.Errorf("it saw %+v, want %+v", got, want)
	}
	for filter, want := range map[string]int{
		"(&(uid>=p0010)(!(uid>=p0013)))":         3,
		"(|(uid=p0001)(mail=P0002@example.com))": 2,
		"(uid=p*1)":                              3,
		"(uid=*00*19)":                           1,
		"(modifyTimestamp>=20260101120001Z)":     0,
		"(telephoneNumber=*)":                    0,
	} {
		if found, err := c.Search(ask(filter, "1.1")); err != nil || len(found.Entries) != want {
			t.Errorf("%s: %d entries, want %d, %v", filter, len(found.Entries), want, err)
		}
	}
}

func TestMisbehavingImposesRanges(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.GroupOf(1, 3100))
	m.Ranges(1500, false)
	c := dial(t, m)
	for asked, want := range map[string]string{
		"member": "member;range=0-1499", "member;range=1500-*": "member;range=1500-2999", "member;range=3000-*": "member;range=3000-*",
	} {
		found, err := c.Search(ask("(objectClass=groupOfNames)", asked))
		if err != nil || len(found.Entries) != 1 {
			t.Fatalf("%s: %v", asked, err)
		}
		if n := len(found.Entries[0].GetAttributeValues(want)); n != 1500 && n != 100 {
			t.Errorf("%s: %d values of %s", asked, n, want)
		}
	}
}

func TestMisbehavingFaults(t *testing.T) {
	t.Parallel()
	paged := func(t *testing.T, m *ldaptest.Misbehaving) (*goldap.SearchResult, error) {
		t.Helper()
		return dial(t, m).SearchWithPaging(ask("(objectClass=inetOrgPerson)", "uid"), 5)
	}
	for name, c := range map[string]struct {
		fault   ldaptest.Fault
		entries int
		code    uint16 // 0 for none
	}{
		"cut":       {ldaptest.Fault{Page: 3, After: 2, Cut: true}, 12, goldap.ErrorNetwork},
		"size":      {ldaptest.Fault{Page: 2, After: 1, Code: 4}, 6, goldap.LDAPResultSizeLimitExceeded},
		"gone":      {ldaptest.Fault{Code: 32}, 0, goldap.LDAPResultNoSuchObject},
		"referral":  {ldaptest.Fault{Referrals: []string{"ldap://elsewhere.example.com"}}, 0, goldap.LDAPResultReferral},
		"empty":     {ldaptest.Fault{Empty: true}, 0, 0},
		"lost":      {ldaptest.Fault{Page: 2, LosesCookie: true}, 10, 0},
		"no pages":  {ldaptest.Fault{IgnoresPages: true}, 20, 0},
		"elsewhere": {ldaptest.Fault{Base: "ou=other," + example, Cut: true}, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ldaptest.Misbehave(t, ldaptest.People(20)...)
			m.Misbehave(c.fault)
			found, err := paged(t, m)
			if len(found.Entries) != c.entries {
				t.Errorf("%d entries, want %d", len(found.Entries), c.entries)
			}
			switch {
			case c.code == goldap.ErrorNetwork: // the library has no code for a connection that breaks
				if err == nil {
					t.Error("the connection was not cut")
				}
			case c.code != 0:
				if !goldap.IsErrorWithCode(err, c.code) {
					t.Errorf("result %v, want %d", err, c.code)
				}
			case err != nil:
				t.Error(err)
			}
			m.Heal()
			if found, err := paged(t, m); err != nil || len(found.Entries) != 20 {
				t.Errorf("healed: %d entries, %v", len(found.Entries), err)
			}
		})
	}
}

func TestMisbehavingRefersAndStalls(t *testing.T) {
	t.Parallel()
	m := ldaptest.Misbehave(t, ldaptest.People(3)...)
	m.Misbehave(ldaptest.Fault{References: []string{"ldap://elsewhere.example.com/ou=far"}, Times: 1}, ldaptest.Fault{Stall: true, After: 1})
	c := dial(t, m)
	found, err := c.Search(ask("(uid=*)", "uid"))
	if err != nil || len(found.Entries) != 3 || !slices.Equal(found.Referrals, []string{"ldap://elsewhere.example.com/ou=far"}) {
		t.Fatalf("a continuation reference: %v, %v", found, err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := c.Search(ask("(uid=*)", "uid"))
		done <- err
	}()
	m.Await(t, func(s ldaptest.Seen) bool { return s.Stalled == 1 })
	_ = c.Close()
	if err := <-done; err == nil {
		t.Error("a search that is never answered ended well")
	}
	m.RefuseBinds(49)
	if err := dial(t, m).Bind("cn=reader", "password"); !goldap.IsErrorWithCode(err, goldap.LDAPResultInvalidCredentials) {
		t.Errorf("a refused bind: %v", err)
	}
}

func TestMisbehavingSync(t *testing.T) {
	t.Parallel()
	people := ldaptest.People(2)
	m := ldaptest.Misbehave(t, people...)
	m.Sync(&ldaptest.SyncAnswer{
		Cookie: "rid=000,csn=1", Changed: people[3:4], Removed: []string{ldaptest.UUID('p', 7)}, Deleted: []string{ldaptest.UUID('p', 8)}, Deletes: true,
	})
	var said []string
	r := dial(t, m).Syncrepl(t.Context(), ask("(uid=*)", "uid"), 0, goldap.SyncRequestModeRefreshOnly, []byte("rid=000,csn=0"), false)
	for r.Next() {
		for _, c := range r.Controls() {
			switch c := c.(type) {
			case *goldap.ControlSyncState:
				said = append(said, strings.Join([]string{"state", []string{"present", "add", "modify", "delete"}[c.State], c.EntryUUID.String()}, " "))
			case *goldap.ControlSyncInfo:
				said = append(said, "set "+c.SyncIdSet.SyncUUIDs[0].String())
			case *goldap.ControlSyncDone:
				said = append(said, "done "+string(c.Cookie))
			}
		}
	}
	want := []string{
		"state modify " + ldaptest.UUID('p', 0), "state delete " + ldaptest.UUID('p', 7), "set " + ldaptest.UUID('p', 8), "done rid=000,csn=1",
	}
	if r.Err() != nil || !slices.Equal(said, want) {
		t.Errorf("it said %q, %v; want %q", said, r.Err(), want)
	}
}
