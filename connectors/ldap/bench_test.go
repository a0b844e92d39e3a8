package ldap_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// BenchmarkRead reads a directory of ROLLCALL_BENCH_PEOPLE people (10,000) and their groups, one of them with everybody:
// "bare" as go-ldap alone does, asking for the same attributes in pages of the same size, and "source" as a Source does.
func BenchmarkRead(b *testing.B) {
	people, err := strconv.Atoi(os.Getenv("ROLLCALL_BENCH_PEOPLE"))
	if err != nil {
		people = 10_000
	}
	server := ldaptest.OpenLDAP(b)
	server.Stop()
	server.Fill(ldaptest.Crowd{People: people, Groups: 200, PerPerson: 2, Everybody: true})
	server.Start()
	s := server.Settings()
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bare(b, server, s, people)
		}
	})
	b.Run("source", func(b *testing.B) {
		source, err := ldap.Open(s, ldap.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		var most uint64
		for b.Loop() {
			n := 0
			r, err := source.Read(b.Context(), directory.Since{}, func(p directory.Page) error {
				if p.Kind == directory.UserEntry {
					n += len(p.Entries)
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
				return nil
			})
			if err != nil || n != people || r.Completeness() != directory.Complete {
				b.Fatal(n, r, err)
			}
		}
		b.ReportMetric(float64(most)/(1<<20), "MiB-heap")
	})
}

// bare reads people and groups page by page, and forgets each page.
func bare(b *testing.B, server *ldaptest.Server, s directory.LDAPSettings, people int) {
	b.Helper()
	c := server.Dial()
	defer func() { _ = c.Close() }() // it was read to the end
	n := 0
	for _, ask := range []struct {
		base, filter string
		attributes   []string
	}{
		{s.Users.Base, "(objectClass=inetOrgPerson)", []string{
			"uid", "displayName", "cn", "givenName", "sn", "mail", "telephoneNumber", "mobile", "title", "employeeType", "preferredLanguage",
			"department", "ou", "o", "employeeNumber", "entryUUID", "pwdAccountLockedTime", "loginDisabled",
		}},
		{s.Groups.Base, "(objectClass=groupOfNames)", []string{"cn", "entryUUID", "member", "uniqueMember", "memberUid"}},
	} {
		paging := goldap.NewControlPaging(uint32(s.PageSize))
		for {
			r, err := c.Search(goldap.NewSearchRequest(ask.base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, ask.filter, ask.attributes, []goldap.Control{paging}))
			if err != nil {
				b.Fatal(err)
			}
			n += len(r.Entries)
			answer, _ := goldap.FindControl(r.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
			if answer == nil || len(answer.Cookie) == 0 {
				break
			}
			paging.SetCookie(answer.Cookie)
		}
	}
	if n < people {
		b.Fatalf("%d entries", n)
	}
}
