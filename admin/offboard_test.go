package admin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// going is the manifest of acme after okta went, with workforce beside it. Rules are by group and by department.
func going(do, to string) directory.Spec {
	s := twoConnections()
	s.Connections[0] = directory.ConnectionSpec{
		Connection: directory.Connection{Name: "okta", Kind: directory.SCIM}, Absent: true, Offboarding: directory.Offboarding{Do: do, To: to},
	}
	return s
}

func twoConnections() directory.Spec {
	s := acme()
	s.Connections = append(s.Connections, connection("workforce"))
	s.Rules = append(s.Rules, rule("team", directory.Rule{Group: "CC-Team", Roles: []string{"supervisor"}, AgentGroups: outputs("Team")}))
	return s
}

// as returns the actor of a connection.
func (d *desk) as(name string) directory.Actor {
	d.t.Helper()
	c := d.configuration()
	i := slices.IndexFunc(c.Connections, func(x directory.Connection) bool { return x.Name == name })
	if i < 0 {
		d.t.Fatalf("there is no connection %s", name)
	}
	id := c.Connections[i].ID
	return directory.Actor{Tenant: c.Tenant.ID, Kind: directory.ActorConnection, ID: id, Connection: id}
}

func (d *desk) group(connection, name string, members ...string) string {
	d.t.Helper()
	var list []directory.Member
	for _, m := range members {
		list = append(list, directory.Member{ID: m}) // of either kind
	}
	g, err := d.engine.CreateGroup(d.t.Context(), d.as(connection), directory.Group{DisplayName: name, ExternalID: "x-" + name}, list)
	if err != nil {
		d.t.Fatal(err)
	}
	return g.ID
}

func (d *desk) user(connection, name string) string {
	d.t.Helper()
	r, err := d.engine.CreateUser(d.t.Context(), d.as(connection), directory.Account{ExternalID: "x-" + name, Attributes: directory.Attributes{"userName": name, "active": true}})
	if err != nil {
		d.t.Fatal(err)
	}
	return r.ID
}

// who reads a person.
func (d *desk) who(id string) *store.Person {
	d.t.Helper()
	list, err := d.db.Reader(d.configuration().Tenant.ID).People(d.t.Context(), id)
	if err != nil || len(list) != 1 {
		d.t.Fatalf("%v, %v", list, err)
	}
	return list[0]
}

// settled fails when somebody's rights are not those that the configuration in force gives.
func (d *desk) settled() {
	d.t.Helper()
	plan, _, err := d.engine.PreviewGuarded(d.t.Context(), d.configuration(), nil, directory.DefaultGuard(), nil)
	if err != nil || plan != (store.Summary{}) {
		d.t.Errorf("a fresh evaluation would change %+v, %v", plan, err)
	}
}

func TestAConnectionThatOwnsPeopleGoesOnlyWithAChoice(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	d.apply(twoConnections())
	d.user("okta", "ada")
	text := d.refused(going("", ""))
	for _, want := range []string{"{name: okta, state: absent, offboarding: keep}", "{name: okta, state: absent, offboarding: suspend}", "{name: okta, state: absent, offboarding: {move: CONNECTION}}"} {
		if !strings.Contains(text, want) {
			t.Errorf("the refusal does not say %q:\n%s", want, text)
		}
	}
	s := going(directory.OffboardMove, "brand-new")
	s.Connections = append(s.Connections, connection("brand-new"))
	if text := d.refused(s); !strings.Contains(text, `cannot move to "brand-new" yet, which is new`) {
		t.Errorf("refusal %q", text)
	}
	err := d.db.Write(t.Context(), d.configuration().Tenant.ID, func(tx *store.Tx) error {
		tx.PutSource(store.Source{Connection: d.as("okta").Connection, Status: store.SourceQuarantined})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := d.refused(going(directory.OffboardKeep, "")); !strings.Contains(text, "rollcall sync okta --tenant acme") {
		t.Errorf("refusal %q", text)
	}
}

func TestOffboardingKeepsEverybodyAsTheyAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(twoConnections())
		ada, bob := d.user("okta", "ada"), d.user("okta", "bob")
		d.person("eve", "department", "Support")
		group := d.group("okta", "CC-Team", ada)
		if _, err := d.admin.CreateToken(t.Context(), operator, "acme", "okta", nil); err != nil {
			t.Fatal(err)
		}
		before := d.who(ada)
		var told []string
		plan, err := d.admin.Plan(t.Context(), ordered(going(directory.OffboardKeep, "")), admin.Options{Each: func(c admin.UserChange) error {
			told = append(told, c.UserName+" "+c.Change+" "+strings.Join(c.Fields, "+")+" "+c.Reason)
			return nil
		}})
		slices.Sort(told)
		want := []string{"ada updated accounts offboarding of okta: kept", "bob updated accounts offboarding of okta: kept", "eve updated accounts offboarding of okta: kept"}
		if err != nil || plan.Status != admin.Planned || !slices.Equal(told, want) || plan.Summary.Updated != 3 || plan.Summary.Revoked != 0 || len(plan.Guard) > 0 {
			t.Errorf("planned %+v, %v, with %q; want %q", plan, err, told, want)
		}
		r := d.apply(going(directory.OffboardKeep, ""))
		if r.Status != admin.Applied || r.Summary != plan.Summary {
			t.Errorf("applied %+v, want what was planned: %+v", r.Summary, plan.Summary)
		}
		if a, e := d.rights("ada"), d.rights("eve"); a != "role supervisor, group Team" || e != "role agent, group Support" {
			t.Errorf("ada has %q, eve %q", a, e)
		}
		after := d.who(ada)
		if after.State != directory.Active || len(after.Accounts) != 1 || after.Accounts[0].Connection != "" || after.Accounts[0].ExternalID != "" || after.Accounts[0].Key != "" ||
			len(after.Departed) > 0 || after.Accounts[0].Version <= before.Accounts[0].Version {
			t.Errorf("ada is %+v", after)
		}
		tenant := d.configuration().Tenant.ID
		if g, err := d.db.Reader(tenant).Group(t.Context(), "", group); err != nil || g.ExternalID != "" || g.Members != 1 {
			t.Errorf("the group is %+v, %v; want it owned by nobody, with ada", g, err)
		}
		if tokens, err := d.admin.Tokens(t.Context(), "acme"); err != nil || tokens[0].Live {
			t.Errorf("tokens %+v, %v; want okta's revoked", tokens, err)
		}
		run, err := d.db.Reader(tenant).Runs(t.Context(), store.RunFilter{Connection: before.Accounts[0].Connection}, "", 10)
		if err != nil || len(run) != 1 || run[0].Kind != "offboard" || run[0].Status != "applied" || run[0].Summary.Updated != 3 {
			t.Errorf("runs %+v, %v", run, err)
		}
		d.settled()
		if r := d.apply(going(directory.OffboardKeep, "")); r.Status != admin.Nothing {
			t.Errorf("again: %+v", r)
		}
		// Another connection finds who is there.
		if got := d.user("workforce", "bob"); got != bob {
			t.Errorf("workforce makes %s of bob, want %s", got, bob)
		}
		if x := d.who(bob); len(x.Accounts) != 1 || x.Accounts[0].Connection != d.as("workforce").Connection {
			t.Errorf("bob is %+v", x)
		}
	})
}

func TestOffboardingSuspends(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(twoConnections())
		ada := d.user("okta", "ada")
		d.group("okta", "CC-Team", ada)
		for i := range 6 {
			d.user("okta", fmt.Sprintf("agent%d", i))
		}
		r, err := d.admin.Apply(t.Context(), operator, ordered(going(directory.OffboardSuspend, "")), admin.Options{})
		if err != nil || r.Status != admin.Held || r.Summary.Suspended != 7 || r.Guard[0].Text != "7 people would be suspended or deprovisioned; the guard lets 5 pass" {
			t.Fatalf("%+v, %v; want it held", r, err)
		}
		if x := d.who(ada); x.State != directory.Active || x.Accounts[0].Connection == "" {
			t.Errorf("a held offboarding changed ada: %+v", x)
		}
		if r, err = d.admin.Apply(t.Context(), operator, ordered(going(directory.OffboardSuspend, "")), admin.Options{Approve: true}); err != nil || r.Status != admin.Applied || r.Summary.Suspended != 7 {
			t.Errorf("%+v, %v", r, err)
		}
		x := d.who(ada)
		if x.State != directory.Suspended || x.Accounts[0].Active || x.Accounts[0].Attributes["active"] != false || len(x.Memberships) != 1 {
			t.Errorf("ada is %+v; want her suspended, still in her group", x)
		}
		d.settled()
		// Who is claimed by another connection, and active there, is back with what the group gives.
		d.user("workforce", "ada")
		if x := d.who(ada); x.State != directory.Active || d.rights("ada") != "role supervisor, group Team" {
			t.Errorf("ada is %s with %q", x.State, d.rights("ada"))
		}
	})
}

func TestOffboardingMovesToAnotherConnection(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := twoConnections()
		s.Connections[1].Link = "userName"
		d.apply(s)
		ada, bob := d.user("okta", "ada"), d.user("okta", "bob")
		if got := d.user("workforce", "ada"); got != ada {
			t.Fatalf("ada was not linked")
		}
		team := d.group("okta", "CC-Team", ada, bob)
		lone := d.group("okta", "CC-Lone", bob)
		theirs := d.group("workforce", "cc-team", ada)
		next := going(directory.OffboardMove, "Workforce")
		next.Connections[1].Link = "userName"
		var told []string
		plan, err := d.admin.Plan(t.Context(), ordered(next), admin.Options{Each: func(c admin.UserChange) error {
			told = append(told, fmt.Sprintf("%s %s lost %d", c.UserName, strings.Join(c.Fields, "+"), len(c.Lost)))
			return nil
		}})
		slices.Sort(told)
		// Both directories have the team: the one that stays decides, and it does not say that bob is in it.
		if want := []string{"ada accounts+agent_groups+roles lost 2", "bob accounts+agent_groups+roles lost 2"}; err != nil || !slices.Equal(told, want) {
			t.Errorf("planned %+v, %v, with %q; want %q", plan, err, told, want)
		}
		applied := d.apply(next)
		if applied.Summary != plan.Summary {
			t.Errorf("applied %+v, planned %+v", applied.Summary, plan.Summary)
		}
		if a, b := d.rights("ada"), d.rights("bob"); a != "role supervisor, group Team" || b != "" {
			t.Errorf("ada has %q, bob %q", a, b)
		}
		workforce := d.as("workforce").Connection
		x, y := d.who(ada), d.who(bob)
		if len(x.Accounts) != 1 || x.Accounts[0].ExternalID != "x-ada" || x.State != directory.Active {
			t.Errorf("ada is %+v; want the account that she had in workforce", x)
		}
		if len(y.Accounts) != 1 || y.Accounts[0].Connection != workforce || y.Accounts[0].ExternalID != "" || y.Accounts[0].Key != "" {
			t.Errorf("bob is %+v; want an account of workforce without an external id", y)
		}
		r := d.db.Reader(d.configuration().Tenant.ID)
		if _, err := r.Group(t.Context(), workforce, team); directory.KindOf(err) != directory.NotFound {
			t.Errorf("okta's team: %v; want it gone", err)
		}
		for _, id := range []string{lone, theirs} {
			if g, err := r.Group(t.Context(), workforce, id); err != nil || g.Members != 1 {
				t.Errorf("%+v, %v", g, err)
			}
		}
		page, err := r.Groups(t.Context(), store.Query{Connection: workforce, Limit: 10, Total: true})
		if err != nil || page.Total != 2 {
			t.Errorf("workforce counts %d groups, %v; want 2", page.Total, err)
		}
		d.settled()
	})
}

func TestNamesThatSomebodyElseHasAreToldBeforeAnybodyMoves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := twoConnections()
		d.apply(s)
		d.user("okta", "ada")
		d.user("workforce", "zoe")
		// Two people of one name, as histories leave them.
		d.exec(`UPDATE account SET user_name = 'ada', user_name_fold = 'ada' WHERE user_name = 'zoe'`)
		if text := d.refused(going(directory.OffboardMove, "workforce")); !strings.Contains(text, `somebody else has the userName ada there`) {
			t.Errorf("refusal %q", text)
		}
	})
}

func TestAnOffboardingThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(twoConnections())
		ada := d.user("okta", "ada")
		d.group("okta", "CC-Team", ada)
		okta := d.as("okta")
		ctx, cancel := context.WithCancel(t.Context())
		r, err := d.admin.Apply(ctx, operator, ordered(going(directory.OffboardKeep, "")), admin.Options{Progress: func(int) { cancel() }})
		if err == nil || r.Status != admin.Partial || !strings.Contains(err.Error(), "apply again to go on") {
			t.Fatalf("%+v, %v; want it broken off", r, err)
		}
		if got := d.rights("ada"); got != "role supervisor, group Team" {
			t.Errorf("in between ada has %q", got)
		}
		if s, err := d.db.Reader(okta.Tenant).Source(t.Context(), okta.Connection); err != nil || s.Status != store.SourcePaused {
			t.Errorf("okta is %+v, %v; want it paused", s, err)
		}
		if r = d.apply(going(directory.OffboardKeep, "")); r.Status != admin.Applied || len(d.configuration().Connections) != 1 || d.rights("ada") != "role supervisor, group Team" {
			t.Errorf("%+v; ada has %q", r, d.rights("ada"))
		}
		runs, err := d.db.Reader(okta.Tenant).Runs(t.Context(), store.RunFilter{Connection: okta.Connection}, "", 10)
		if err != nil || len(runs) != 1 || runs[0].Status != "applied" || runs[0].Summary.Updated != 1 {
			t.Errorf("runs %+v, %v; want the one that broke off, finished", runs, err)
		}
		d.settled()
	})
}

func TestTwoConnectionsAreKeptOneAfterTheOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := twoConnections()
		s.Connections[1].Link = "userName"
		s.Connections = append(s.Connections, connection("last"))
		d.apply(s)
		ada, bob := d.user("okta", "ada"), d.user("okta", "bob")
		d.user("workforce", "ada")
		d.group("okta", "CC-Team", bob)
		d.group("workforce", "CC-Team", ada)
		absent := func(name string) directory.ConnectionSpec {
			return directory.ConnectionSpec{Connection: directory.Connection{Name: name, Kind: directory.SCIM}, Absent: true, Offboarding: directory.Offboarding{Do: directory.OffboardKeep}}
		}
		s.Connections[0] = absent("okta")
		d.apply(s)
		s.Connections[1] = absent("workforce")
		d.apply(s)
		d.settled()
		for _, name := range []string{"ada", "bob"} {
			if got := d.rights(name); got != "role supervisor, group Team" {
				t.Errorf("%s has %q", name, got)
			}
		}
		if x := d.who(ada); len(x.Accounts) != 1 || x.State != directory.Active {
			t.Errorf("ada is %+v", x)
		}
		// And what is bound to both stays so.
		s.Rules[0].Roles = []string{"supervisor"}
		d.apply(s)
		if got := d.rights("bob"); got != "role supervisor, group Team" {
			t.Errorf("bob has %q", got)
		}
	})
}
