package ldap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// 389 Directory Server tells changes by timestamps: its content synchronisation has cookies of its own.
func Test389DirectoryServerTellsWhatChanged(t *testing.T) {
	t.Parallel()
	s := ldaptest.DS389(t)
	old := "createTimestamp: 20200101000000Z\nmodifyTimestamp: 20200101000000Z\n"
	units := ""
	for _, ou := range []string{"staff", "teams"} {
		units += fmt.Sprintf("dn: ou=%[1]s,%[2]s\nobjectClass: organizationalUnit\nou: %[1]s\n%[3]s\n", ou, s.Base, old)
	}
	s.Load(strings.NewReader(units))
	s.People, s.Groups = "ou=staff,"+s.Base, "ou=teams,"+s.Base
	populate(s, 6, 1)
	f := follow(t, s.Settings())
	all := f.read()
	all.wants(t, "full", 6, 1)

	promote(s, "u1")
	s.Modify("dn: uid=u2," + s.People + "\nadd: nsAccountLock\nnsAccountLock: true\n")
	s.Rename("uid=u3,"+s.People, "uid=renamed", "")
	s.Delete("uid=u4," + s.People)
	x := f.read()
	if x.Mode != "timestamp" || !x.Delta || x.Server != directory.DS389 || x.Completeness() != directory.Complete {
		t.Fatalf("the reading is %s (delta %v) of %s, %s, %v", x.Mode, x.Delta, x.Server, x.Completeness(), x.Problems)
	}
	if id(t, x.users, "uid=renamed") != id(t, all.users, "uid=u3") {
		t.Error("who was renamed is somebody else")
	}
	for _, rdn := range []string{"uid=u1", "uid=u2"} {
		who := id(t, x.users, rdn)
		if slices.Equal(x.users[who].Hash, all.users[who].Hash) {
			t.Errorf("%s changed and looks the same", rdn)
		}
	}
	if doc, err := x.users[id(t, x.users, "uid=u2")].Resource(); err != nil || doc["active"] != false {
		t.Errorf("who was locked is active: %v, %v", doc["active"], err)
	}
	if len(x.gone) != 0 {
		t.Errorf("timestamps do not tell who left, and %v are told to have", x.gone)
	}
}
