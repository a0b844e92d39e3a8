package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
)

func TestChangesOfARunAConnectionAndAWindow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		r := db.Reader(tenant)
		since := time.Now()
		by := func(subject, connection, run string, kind directory.ActorKind, id string) directory.Change {
			c := change(subject)
			c.Actor = directory.Actor{Kind: kind, ID: id, Connection: connection, Run: run}
			return c
		}
		changes := []directory.Change{
			by("person:a", "okta", "", directory.ActorConnection, "okta"),
			by("person:b", "entra", "", directory.ActorConnection, "entra"),
			by("group:g", "okta", "", directory.ActorConnection, "okta"),
			by("person:a", "okta", "run", directory.ActorCLI, "root@host"),
			by("person:c", "", "push", directory.ActorConnection, "okta"), // a large push's run
			by("person:a", "", "", directory.ActorPerson, "okta"),         // a person whose id reads like a connection's
		}
		for _, c := range changes {
			mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(c) })
		}
		other := tenantIn(t, db)
		mustWrite(t, db, other, func(tx *Tx) error {
			return tx.AppendChange(by("person:z", "okta", "run", directory.ActorConnection, "okta"))
		})
		window := Selection{Connection: "okta", Since: since.Add(-time.Second), Until: time.Now().Add(time.Second)}
		for _, x := range []struct {
			what Selection
			want string
			of   []int // of person a, the newest first
		}{
			{Selection{Run: "run", Since: since}, "a", []int{3}},
			{Selection{Run: "run", Since: since, Until: time.Now()}, "a", []int{3}},
			{Selection{Run: "push", Since: since}, "c", nil},
			{Selection{Run: "run", Since: since.Add(time.Hour)}, "", nil},
			{Selection{Change: changes[5].ID}, "a", []int{5}},
			{Selection{Change: changes[1].ID}, "b", nil},
			{window, "a c", []int{3, 0}},
			{Selection{Connection: "entra", Since: window.Since}, "b", nil},
			{Selection{Connection: "okta", Since: window.Until}, "", nil},
			{Selection{Connection: "okta", Since: window.Since.Add(-time.Hour), Until: window.Since}, "", nil},
		} {
			people, err := r.PeopleChanged(t.Context(), x.what)
			if got := strings.Join(people, " "); err != nil || got != x.want {
				t.Errorf("%+v is about %q (%v), want %q", x.what, got, err, x.want)
			}
			found, err := r.ChangesOfPeople(t.Context(), x.what, []string{"a", "nobody"})
			var ids, want []string
			for _, c := range found["a"] {
				ids = append(ids, c.ID)
			}
			for _, i := range x.of {
				want = append(want, changes[i].ID)
			}
			if err != nil || !slices.Equal(ids, want) || len(found) > 1 {
				t.Errorf("%+v has %v of a (%v), want %v", x.what, ids, err, want)
			}
		}
		if c, err := r.Change(t.Context(), changes[3].ID); err != nil || c.Subject != "person:a" || c.Actor.Run != "run" {
			t.Errorf("%+v (%v)", c, err)
		}
		_, err := db.Reader(other).Change(t.Context(), changes[3].ID)
		wantKind(t, "another tenant's change", err, directory.NotFound)
	})
}

func TestThePastOfPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		r := db.Reader(tenant)
		began, ended := NewID(), NewID()
		grant := directory.Grant{
			Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: "agent"},
			Origin:      directory.Origin{Kind: directory.FromRule, Rule: "r", Group: "inner", Connection: "okta", At: time.UnixMicro(1)},
		}
		hold := directory.Hold{ID: "h", Person: "a", Subject: "attribute:emails", Effect: directory.Keep, Value: []any{map[string]any{"value": "<a@acme.test>", "primary": true}}, Run: "undo", Reason: "x", Actor: "cli:x"}
		mustWrite(t, db, tenant, func(tx *Tx) error {
			if err := tx.PutPerson(directory.User{ID: "a", DisplayID: 1, State: directory.Active}, nil); err != nil {
				return err
			}
			for i, g := range []string{"inner", "outer", "gone"} {
				if _, err := tx.PutGroup(directory.Group{ID: g, Connection: "okta", DisplayName: g}, int64(i+1), false, began); err != nil {
					return err
				}
				tx.AddMember(g, directory.Member{ID: "a", Kind: directory.UserMember}, began)
			}
			tx.AddMember("outer", directory.Member{ID: "inner", Kind: directory.GroupMember}, began)
			tx.PutBinding(directory.Binding{Rule: "r", Connection: "okta", Group: "outer", AgentGroups: []string{"x"}, Confirmed: true}, false)
			tx.PutGrant("a", grant, began)
			tx.PutHold(hold, began)
			_, err := tx.InsertAccount(userOf("okta", "a", "ana", "1"), 1, began)
			return err
		})
		holders, err := r.ActiveHolders(t.Context(), []string{"agent", "other"}, 5)
		if err != nil || !slices.Equal(holders, []string{"a"}) {
			t.Errorf("holders %v (%v)", holders, err)
		}
		mustWrite(t, db, tenant, func(tx *Tx) error {
			tx.RemoveMember("outer", directory.Member{ID: "a", Kind: directory.UserMember}, ended)
			tx.EndGroup("gone", ended)
			tx.EndGrant("a", grant, ended)
			tx.EndHold("a", "h", ended)
			tx.EndAccount("a", "okta", ended)
			return nil
		})
		check := func(what string, past map[string]*Past, err error) {
			t.Helper()
			x := past["a"]
			if err != nil || len(past) != 2 || len(past["nobody"].Accounts) != 0 {
				t.Fatalf("%s: %v (%v)", what, past, err)
			}
			span := Span{began, ended}
			if len(x.Accounts) != 1 || x.Accounts[0].Span != span || x.Accounts[0].UserName != "ana" || len(x.Grants) != 1 || x.Grants[0].Span != span || x.Grants[0].Origin.Rule != "r" || x.Grants[0].Origin.Group != "inner" || x.Grants[0].Entitlement != grant.Entitlement {
				t.Errorf("%s: %+v", what, x)
			}
			if len(x.Holds) != 1 || x.Holds[0].Span != span || x.Holds[0].Run != "undo" || x.Holds[0].Value.([]any)[0].(map[string]any)["value"] != "<a@acme.test>" {
				t.Errorf("%s: %+v", what, x.Holds)
			}
			if len(x.Memberships) != 2 || x.Memberships[0] != (PastMembership{"inner", "okta", Span{BeganBy: began}}) || x.Memberships[1] != (PastMembership{"outer", "okta", span}) {
				t.Errorf("%s: %+v", what, x.Memberships)
			}
		}
		past, err := r.Pasts(t.Context(), Selection{Change: began}, []string{"a", "nobody"})
		check("read", past, err)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			past, err := tx.Pasts(Selection{Change: began}, []string{"a", "nobody"})
			check("locked", past, err)
			return err
		})
		past, err = r.Pasts(t.Context(), Selection{Change: NewID()}, []string{"a"})
		if err != nil || len(past["a"].Grants)+len(past["a"].Holds) != 0 || len(past["a"].Accounts) != 1 {
			t.Errorf("what ended before the selection: %+v (%v)", past["a"], err)
		}
		in, err := r.Belonging(t.Context(), []string{"inner", "gone"})
		slices.SortFunc(in, func(a, b Membership) int { return strings.Compare(a.Group, b.Group) })
		if err != nil || len(in) != 2 || in[0].Group != "inner" || !in[0].Direct || in[1].Group != "outer" || in[1].Direct || len(in[1].Bindings) != 1 {
			t.Errorf("belonging to a nested group: %+v (%v)", in, err)
		}
	})
}
