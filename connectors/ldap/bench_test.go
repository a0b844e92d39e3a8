package ldap_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// BenchmarkRead reads directories of 10,000 and of 100,000 people, or of ROLLCALL_BENCH_PEOPLE, with their groups, one of
// which has everybody. All ask for the same attributes, in pages of the same size: "ldapsearch" is OpenLDAP's own client,
// "bare" is go-ldap alone, and "source" is a Source. MiB-heap is the highest that the heap stood, and should not grow with
// the directory.
func BenchmarkRead(b *testing.B) {
	sizes := []int{10_000, 100_000}
	if people, err := strconv.Atoi(os.Getenv("ROLLCALL_BENCH_PEOPLE")); err == nil {
		sizes = []int{people}
	}
	for _, people := range sizes {
		b.Run(strconv.Itoa(people), func(b *testing.B) { benchmarkRead(b, people) })
	}
}

func benchmarkRead(b *testing.B, people int) {
	server := ldaptest.OpenLDAP(b)
	server.Fill(ldaptest.Crowd{People: people, Groups: 200, PerPerson: 2, Everybody: true})
	s := server.Settings()
	b.Run("ldapsearch", func(b *testing.B) {
		for b.Loop() {
			if n := ldapsearch(b, s); n != people+201 {
				b.Fatalf("%d entries", n)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		heap := watchHeap()
		for b.Loop() {
			bare(b, server, s, people)
		}
		b.ReportMetric(heap(), "MiB-heap")
	})
	b.Run("source", func(b *testing.B) { benchmarkSource(b, s, people) })
	b.Run("source-people", func(b *testing.B) { // without the group of everybody, which is one entry and held as one
		s.Groups.Base = ""
		benchmarkSource(b, s, people)
	})
}

func benchmarkSource(b *testing.B, s directory.LDAPSettings, people int) {
	source, err := ldap.Open(s, ldap.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	heap := watchHeap()
	for b.Loop() {
		n := 0
		r, err := source.Read(b.Context(), directory.Since{}, func(p directory.Page) error {
			if p.Kind == directory.UserEntry {
				n += len(p.Entries)
			}
			return nil
		})
		if err != nil || n != people || r.Completeness() != directory.Complete {
			b.Fatal(n, r, err)
		}
	}
	b.ReportMetric(heap(), "MiB-heap")
}

// watchHeap looks at the heap until the function that it returns is called, which says how high it stood, in MiB.
func watchHeap() func() float64 {
	runtime.GC()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		again := time.NewTicker(5 * time.Millisecond)
		defer again.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}} // read without stopping anybody
		var highest uint64
		for {
			metrics.Read(sample)
			highest = max(highest, sample[0].Value.Uint64())
			select {
			case <-stop:
				most <- highest
				return
			case <-again.C:
			}
		}
	}()
	return func() float64 {
		close(stop)
		return float64(<-most) / (1 << 20)
	}
}

// The attributes that a Source asks OpenLDAP for.
var (
	ofPeople = []string{
		"uid", "displayName", "cn", "givenName", "sn", "mail", "telephoneNumber", "mobile", "title", "employeeType", "preferredLanguage",
		"department", "ou", "o", "employeeNumber", "entryUUID", "pwdAccountLockedTime", "loginDisabled",
	}
	ofGroups = []string{"cn", "entryUUID", "member", "uniqueMember", "memberUid"}
)

// ldapsearch reads people and groups with OpenLDAP's client, and returns how many entries there were.
func ldapsearch(b *testing.B, s directory.LDAPSettings) int {
	b.Helper()
	secret, err := os.ReadFile(s.BindPasswordFile)
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "password")
	if err := os.WriteFile(file, bytes.TrimSpace(secret), 0o600); err != nil { // it would send the end of the line, too
		b.Fatal(err)
	}
	n := 0
	for _, ask := range [][]string{
		append([]string{"-b", s.Users.Base, "(objectClass=inetOrgPerson)"}, ofPeople...),
		append([]string{"-b", s.Groups.Base, "(objectClass=groupOfNames)"}, ofGroups...),
	} {
		c := exec.CommandContext(b.Context(), "ldapsearch", append([]string{
			"-LLL", "-x", "-o", "ldif-wrap=no", "-H", s.URLs[0], "-D", s.BindDN, "-y", file, "-E", "pr=" + strconv.Itoa(s.PageSize) + "/noprompt",
		}, ask...)...)
		c.Env = append(os.Environ(), "LDAPTLS_CACERT="+s.CAFile)
		out, err := c.Output()
		if err != nil {
			b.Fatal(err)
		}
		n += bytes.Count(append([]byte("\n"), out...), []byte("\ndn: "))
	}
	return n
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
		{s.Users.Base, "(objectClass=inetOrgPerson)", ofPeople},
		{s.Groups.Base, "(objectClass=groupOfNames)", ofGroups},
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
