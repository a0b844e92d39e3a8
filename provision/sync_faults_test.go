package provision_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// fleet is a tenant whose people come from a server that misbehaves: 300 agents, of whom the first 50 supervise. Nobody
// is given time before they count as gone.
type fleet struct {
	*bench

	m        *ldaptest.Misbehaving
	settings directory.LDAPSettings
	src      directory.Source
}

func newFleet(t *testing.T, dsn string) *fleet {
	t.Helper()
	m := ldaptest.Misbehave(t, append(ldaptest.People(300), ldaptest.GroupOf(1, 300), ldaptest.GroupOf(2, 50))...)
	s := directory.DefaultLDAP()
	s.URLs, s.AllowPlaintext = []string{m.URL()}, true
	s.BindDN, s.BindPasswordFile = "cn=reader,dc=example,dc=com", filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(s.BindPasswordFile, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Users.Base, s.Groups.Base = "ou=people,dc=example,dc=com", "ou=groups,dc=example,dc=com"
	s.PageSize, s.GraceRuns, s.Timeout = 30, 1, 2*time.Second
	f := &fleet{bench: open(t, dsn), m: m, settings: s}
	f.src = f.attach(s)
	f.ranks()
	if got := f.from(f.src, true); got.Status != provision.SyncApplied || got.Summary.Created != 300 {
		t.Fatalf("the first sync: %+v", got.SyncResult)
	}
	f.holds(300, 50)
	return f
}

// ranks gives those in the group g0001 a role, and those in g0002 another one.
func (b *bench) ranks() {
	b.t.Helper()
	b.configure(func(c *store.Configuration) {
		c.Rules = append(c.Rules,
			directory.Rule{ID: "agents", Name: "agents", Group: "g0001", Roles: []string{"agent"}, ManagedBy: directory.ByManifest},
			directory.Rule{ID: "leads", Name: "leads", Group: "g0002", Roles: []string{"supervisor"}, ManagedBy: directory.ByManifest},
		)
	})
}

// holds compares how many active people have each role.
func (b *bench) holds(agents, supervisors int) {
	b.t.Helper()
	for role, want := range map[string]int{"agent": agents, "supervisor": supervisors} {
		list, err := b.db.Reader(b.tenant).ActiveHolders(b.t.Context(), []string{role}, 10_000)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(list) != want {
			b.t.Errorf("%d active people have the role %s, want %d", len(list), role, want)
		}
	}
}

// spared checks that a sync took nothing from anybody, and that it says what went wrong and what to do.
func (b *bench) spared(got synced) {
	b.t.Helper()
	if x := got.Summary; x.Suspended+x.Deprovisioned+x.Revoked > 0 {
		b.t.Errorf("something was taken: %+v", x)
	}
	if got.Status != provision.SyncPartial && got.Status != provision.SyncFailed {
		b.t.Errorf("the sync is %s", got.Status)
	}
	if got.Completeness == directory.Complete {
		b.t.Error("the reading counts as complete")
	}
	for _, p := range got.Problems {
		if p.Text != "" && p.Fix != "" {
			return
		}
	}
	b.t.Errorf("nobody says what to do: %+v", got.Problems)
}

func TestFaultsTakeNothingFromAnybody(t *testing.T) {
	t.Parallel()
	const people, groups = "ou=people,dc=example,dc=com", "ou=groups,dc=example,dc=com"
	migrated.Each(t, func(t *testing.T, dsn string) {
		f := newFleet(t, dsn)
		for name, wrong := range map[string]func(){
			"cut in page 7":        func() { f.m.Misbehave(ldaptest.Fault{Base: people, Page: 7, After: 11, Cut: true}) },
			"cut in the groups":    func() { f.m.Misbehave(ldaptest.Fault{Base: groups, After: 1, Cut: true}) },
			"silent in page 7":     func() { f.m.Misbehave(ldaptest.Fault{Base: people, Page: 7, Stall: true}) },
			"size limit":           func() { f.m.Misbehave(ldaptest.Fault{Base: people, Page: 3, After: 5, Code: 4}) },
			"size limit of groups": func() { f.m.Misbehave(ldaptest.Fault{Base: groups, After: 1, Code: 4}) },
			"time limit":           func() { f.m.Misbehave(ldaptest.Fault{Base: people, Page: 4, Code: 3}) },
			"busy":                 func() { f.m.Misbehave(ldaptest.Fault{Code: 51}) },
			"bad credentials":      func() { f.m.RefuseBinds(49) },
			"base gone":            func() { f.m.Misbehave(ldaptest.Fault{Base: people, Code: 32}) },
			"groups' base gone":    func() { f.m.Misbehave(ldaptest.Fault{Base: groups, Code: 32}) },
			"empty answer":         func() { f.m.Misbehave(ldaptest.Fault{Base: people, Empty: true}) },
			"empty groups":         func() { f.m.Misbehave(ldaptest.Fault{Base: groups, Empty: true}) },
			"all empty":            func() { f.m.Misbehave(ldaptest.Fault{Empty: true}) },
			"referred elsewhere":   func() { f.m.Misbehave(ldaptest.Fault{Base: people, Referrals: []string{"ldap://far.example.com"}}) },
			"in part elsewhere": func() {
				f.m.Misbehave(ldaptest.Fault{Base: people, Page: 2, LosesCookie: false, References: []string{"ldap://far.example.com/ou=x"}})
			},
			"place lost":    func() { f.m.Misbehave(ldaptest.Fault{Base: people, Page: 5, Code: 53}) },
			"the same page": func() { f.m.Misbehave(ldaptest.Fault{Base: people, Page: 5, RepeatsPage: true}) },
		} {
			wrong()
			if got := f.from(f.src, true); !t.Failed() {
				f.spared(got)
			}
			f.holds(300, 50)
			f.m.Heal()
			if got := f.from(f.src, true); got.Status != provision.SyncNothing || got.Completeness != directory.Complete {
				t.Errorf("healed: %+v", got.SyncResult)
			}
			if t.Failed() {
				t.Fatalf("after: %s", name)
			}
		}
	})
}

func TestChangedSchemasTakeNothingFromAnybody(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		f := newFleet(t, dsn)
		before := append(ldaptest.People(300), ldaptest.GroupOf(1, 300), ldaptest.GroupOf(2, 50))
		for name, change := range map[string]func(*ldaptest.Record){
			"no identifiers": func(r *ldaptest.Record) { delete(r.Attributes, "entryUUID") },
			"another class":  func(r *ldaptest.Record) { r.Attributes["objectClass"] = []string{"top", "account"} },
			"no user names":  func(r *ldaptest.Record) { delete(r.Attributes, "uid") },
			"garbage": func(r *ldaptest.Record) {
				if len(r.Attributes["uid"]) > 0 {
					r.Attributes["uid"] = []string{"\xff\xfe"}
				}
			},
		} {
			f.m.Edit(func(r *ldaptest.Record) bool { change(r); return true })
			got := f.from(f.src, true)
			if x := got.Summary; x.Suspended+x.Deprovisioned+x.Revoked > 0 || got.Status == provision.SyncNothing || len(got.Problems) == 0 {
				t.Errorf("%s: %+v", name, got.SyncResult)
			}
			f.holds(300, 50)
			f.m.Set(before...)
			if got := f.from(f.src, true); got.Status != provision.SyncNothing {
				t.Errorf("after %s: %+v", name, got.SyncResult)
			}
		}
	})
}

// TestWhatIsLearntDespiteFaults has people come, go and move while the server cuts its answers short.
func TestWhatIsLearntDespiteFaults(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		f := newFleet(t, dsn)
		// The last of the people was renamed, as the groups know already; the search for people does not come that far.
		renamed := "uid=p0299,ou=moved,ou=people,dc=example,dc=com"
		f.m.Edit(func(r *ldaptest.Record) bool {
			for i, member := range r.Attributes["member"] {
				if member == ldaptest.PersonDN(299) {
					r.Attributes["member"][i] = renamed
				}
			}
			if r.DN == ldaptest.PersonDN(299) {
				r.DN = renamed
			}
			return true
		})
		f.m.Misbehave(ldaptest.Fault{Base: "ou=people,dc=example,dc=com", Page: 3, Code: 4})
		f.spared(f.from(f.src, true))
		f.holds(300, 50)
		f.m.Heal()
		if got := f.from(f.src, true); got.Completeness != directory.Complete || got.Summary.Revoked+got.Summary.Suspended > 0 {
			t.Errorf("healed: %+v", got.SyncResult)
		}
		f.holds(300, 50)

		// Another one was renamed into something that cannot be read: skipped is not missing.
		again := "uid=p0298,ou=moved,ou=people,dc=example,dc=com"
		f.m.Edit(func(r *ldaptest.Record) bool {
			for i, member := range r.Attributes["member"] {
				if member == ldaptest.PersonDN(298) {
					r.Attributes["member"][i] = again
				}
			}
			if r.DN == ldaptest.PersonDN(298) {
				r.DN = again
				delete(r.Attributes, "uid")
			}
			return true
		})
		if got := f.from(f.src, true); got.Summary.Revoked+got.Summary.Suspended > 0 {
			t.Errorf("skipped: %+v", got.SyncResult)
		}
		f.holds(300, 50)

		// Who is gone indeed is gone once the server says everything, and not before.
		f.m.Edit(func(r *ldaptest.Record) bool { return r.DN != ldaptest.PersonDN(7) })
		f.m.Misbehave(ldaptest.Fault{Base: "ou=people,dc=example,dc=com", Page: 9, Cut: true})
		f.spared(f.from(f.src, true))
		f.holds(300, 50)
		f.m.Heal()
		if got := f.from(f.src, true); got.Summary.Suspended != 1 {
			t.Errorf("one left, and the sync says %+v", got.SyncResult)
		}
		f.holds(299, 49)
	})
}

func TestFaultsOfARealServer(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		server := ldaptest.OpenLDAP(t)
		var b strings.Builder
		for i := range 60 {
			fmt.Fprintf(&b, "dn: uid=u%[1]d,%[2]s\nobjectClass: inetOrgPerson\nuid: u%[1]d\ncn: User %[1]d\nsn: Example\n\n", i, server.People)
		}
		for _, g := range []string{"g0001", "g0002"} {
			fmt.Fprintf(&b, "dn: cn=%[1]s,%[2]s\nobjectClass: groupOfNames\ncn: %[1]s\n", g, server.Groups)
			for i := range 60 {
				fmt.Fprintf(&b, "member: uid=u%d,%s\n", i, server.People)
			}
			b.WriteString("\n")
		}
		server.Add(b.String())
		s := server.Settings()
		s.PageSize, s.GraceRuns, s.Timeout = 10, 1, 10*time.Second
		x := open(t, dsn)
		src := x.attach(s)
		x.ranks()
		if got := x.from(src, true); got.Summary.Created != 60 {
			t.Fatalf("%+v", got.SyncResult)
		}
		x.holds(60, 60)
		password, err := os.ReadFile(s.BindPasswordFile)
		if err != nil {
			t.Fatal(err)
		}
		write := func(text []byte) {
			if err := os.WriteFile(s.BindPasswordFile, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for name, fault := range map[string][2]func(){
			"bad credentials": {func() { write([]byte("wrong\n")) }, func() { write(password) }},
			"no password":     {func() { write(nil) }, func() { write(password) }},
			"size limit":      {func() { server.SetLimits("size=25") }, func() { server.SetLimits("size=unlimited time=unlimited") }},
			"base gone": {
				func() { server.Rename(server.People, "ou=elsewhere", "") },
				func() { server.Rename("ou=elsewhere,"+server.Base, "ou=people", "") },
			},
			"stopped": {server.Stop, server.Start},
		} {
			for _, full := range []bool{true, false} {
				fault[0]()
				if got := x.from(src, full); full || name != "size limit" { // no changes fit any limit
					x.spared(got)
				}
				x.holds(60, 60)
				fault[1]()
				if got := x.from(src, full); got.Completeness != directory.Complete || got.Summary.Suspended+got.Summary.Revoked > 0 {
					t.Errorf("healed: %+v", got.SyncResult)
				}
				x.holds(60, 60)
				if t.Failed() {
					t.Fatalf("after: %s (full %v)", name, full)
				}
			}
		}
		expired, err := ldap.Open(ldaptest.OpenLDAP(t, ldaptest.Expired()).Settings(), ldap.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x.spared(x.from(expired, true))
		x.holds(60, 60)
		if got := x.from(src, true); got.Status != provision.SyncNothing {
			t.Errorf("after an expired certificate: %+v", got.SyncResult)
		}
	})
}
