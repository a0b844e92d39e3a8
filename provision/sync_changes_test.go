package provision_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store/storetest/migrated"
)

// staff is a tenant whose people come from a real server: ten agents, all of whom supervise. It is read in full once, and
// then only what changed. Nobody is given time before they count as gone.
type staff struct {
	*bench

	server *ldaptest.Server
	src    directory.Source
	mode   string
	person string // how people are named: a pattern for a number
}

func newStaff(t *testing.T, dsn string, server *ldaptest.Server, mode string) *staff {
	t.Helper()
	x := &staff{bench: open(t, dsn), server: server, mode: mode, person: "uid=u%d"}
	entry, group := "objectClass: inetOrgPerson\nuid: NAME\nsn: Example\ncn: NAME\n\n", "groupOfNames"
	if mode == "usn" {
		x.person, group = "CN=u%d", "group"
		entry = "objectClass: user\nsAMAccountName: NAME\nuserPrincipalName: NAME@example.com\nuserAccountControl: 544\n\n"
	}
	var b strings.Builder
	for i := range 10 {
		b.WriteString("dn: " + x.dn(i) + "\n" + strings.ReplaceAll(entry, "NAME", fmt.Sprintf("u%d", i)))
	}
	for _, g := range []string{"g0001", "g0002"} {
		fmt.Fprintf(&b, "dn: CN=%[1]s,%[2]s\nobjectClass: %[3]s\ncn: %[1]s\n", g, server.Groups, group)
		for i := range 10 {
			fmt.Fprintf(&b, "member: %s,%s\n", x.rdn(i), server.People)
		}
		b.WriteString("\n")
	}
	server.Add(b.String())
	s := server.Settings()
	s.GraceRuns, s.Users.Base, s.Groups.Base = 1, server.People, server.Groups
	x.src = x.attach(s)
	x.ranks()
	if got := x.from(x.src, true); got.Summary.Created != 10 || got.Completeness != directory.Complete {
		t.Fatalf("the first sync: %+v", got.SyncResult)
	}
	x.holds(10, 10)
	return x
}

func (x *staff) rdn(i int) string { return fmt.Sprintf(x.person, i) }

func (x *staff) dn(i int) string { return x.rdn(i) + "," + x.server.People }

// changed syncs what changed, and compares how it was read and how many have the roles then.
func (x *staff) changed(what, mode string, agents, supervisors int) synced {
	x.t.Helper()
	got := x.from(x.src, false)
	if got.Completeness != directory.Complete || got.Reading.Mode != mode {
		x.t.Errorf("%s: read %s by %s, want by %s: %+v", what, got.Completeness, got.Reading.Mode, mode, got.Problems)
	}
	x.holds(agents, supervisors)
	if x.t.Failed() {
		x.t.Fatalf("%s: %+v", what, got.SyncResult)
	}
	return got
}

// leave takes a person out of a group.
func (x *staff) leave(group string, i int) {
	x.server.Modify(fmt.Sprintf("dn: CN=%s,%s\ndelete: member\nmember: %s\n", group, x.server.Groups, x.dn(i)))
}

func TestOnlyWhatChangedIsSynced(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := newStaff(t, dsn, ldaptest.OpenLDAP(t), "syncrepl")
		if got := x.changed("nothing", "syncrepl", 10, 10); got.Status != provision.SyncNothing {
			t.Errorf("nothing changed: %+v", got.SyncResult)
		}
		x.steps(t)
		x.server.Delete("cn=g0002," + x.server.Groups)
		x.changed("a group deleted", "syncrepl", 9, 0)
		x.server.Delete(x.dn(1))
		if got := x.changed("a person deleted", "syncrepl", 8, 0); got.Summary.Suspended != 1 {
			t.Errorf("a person deleted: %+v", got.SyncResult)
		}
		// A unit that is renamed renames everybody below it, and the server tells of none of them.
		unit := "ou=team," + x.server.People
		x.server.Add("dn: " + unit + "\nobjectClass: organizationalUnit\nou: team\n\n" +
			"dn: uid=t1," + unit + "\nobjectClass: inetOrgPerson\nuid: t1\ncn: t1\nsn: Example\n")
		x.server.Modify("dn: cn=g0001," + x.server.Groups + "\nadd: member\nmember: uid=t1," + unit + "\n")
		x.changed("a new unit", "full", 9, 0)
		x.server.Rename(unit, "ou=crew", "")
		x.leave("g0001", 4)
		x.changed("the unit renamed and the group changed", "full", 8, 0)
		x.leave("g0001", 3)
		x.changed("a member less afterwards", "syncrepl", 7, 0)
	})
}

func TestOnlyWhatChangedInADomainIsSynced(t *testing.T) {
	t.Parallel()
	x := newStaff(t, migrated.SQLite(t), ldaptest.ActiveDirectory(t), "usn")
	x.steps(t)
	x.server.Rename(x.dn(1), x.rdn(1), x.server.Groups)
	if got := x.changed("moved out of the base", "usn", 8, 7); got.Summary.Suspended != 1 {
		t.Errorf("moved out of the base: %+v", got.SyncResult)
	}
}

// steps changes people and groups, one after the other and together.
func (x *staff) steps(t *testing.T) {
	t.Helper()
	x.server.Modify(fmt.Sprintf("dn: %s\nreplace: title\ntitle: Lead\n", x.dn(1)))
	if got := x.changed("a person changed", x.mode, 10, 10); got.Summary.Updated != 1 {
		t.Errorf("a person changed: %+v", got.SyncResult)
	}
	x.leave("g0001", 0)
	if got := x.changed("a member less", x.mode, 9, 10); got.Summary.Revoked != 1 {
		t.Errorf("a member less: %+v", got.SyncResult)
	}
	// Servers rename members of groups without telling that the groups changed.
	rename := func(i int, to string) {
		x.server.Rename(x.dn(i), strings.SplitN(x.rdn(i), "=", 2)[0]+"="+to, "")
	}
	rename(9, "nine")
	x.changed("a person renamed", x.mode, 9, 10)
	x.leave("g0002", 0)
	x.changed("a member less of a group of somebody renamed", x.mode, 9, 9)
	rename(8, "eight")
	x.leave("g0002", 5)
	x.changed("both at once", x.mode, 9, 8)
	x.server.Stop()
	x.server.Start()
	x.changed("restarted", x.mode, 9, 8)
}
