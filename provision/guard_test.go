package provision

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

func TestLossLooksAtWhatIsInForce(t *testing.T) {
	t.Parallel()
	p := &policy{Configuration: &store.Configuration{Roles: access.Presets()[0].Roles}}
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	later := now.Add(time.Hour)
	right := func(kind directory.EntitlementKind, target string, held *time.Time) directory.Grant {
		return directory.Grant{Entitlement: directory.Entitlement{Kind: kind, Target: target}, HeldUntil: held}
	}
	agent, admin := right(directory.RoleEntitlement, "agent", nil), right(directory.RoleEntitlement, "administrator", nil)
	team, night := right(directory.AgentGroupEntitlement, "team", nil), right(directory.AgentGroupEntitlement, "night", nil)
	held, over := right(directory.RoleEntitlement, "agent", &later), right(directory.RoleEntitlement, "agent", &now)
	person := func(state directory.State, grants ...directory.Grant) *store.Person {
		return &store.Person{User: directory.User{State: state}, Grants: grants, ReadAt: now}
	}
	for name, test := range map[string]struct {
		before, after *store.Person
		want          lossKind
	}{
		"nothing":                      {person(directory.Active, agent, team), person(directory.Active, agent, team), 0},
		"somebody new":                 {nil, person(directory.Active, agent), 0},
		"a new administrator":          {nil, person(directory.Active, admin), gainedPrivileged},
		"suspended with everything":    {person(directory.Active, agent, team), person(directory.Suspended, agent, team), lostState},
		"gone with everything":         {person(directory.Active, agent, team), person(directory.Deprovisioned), lostState},
		"the last role":                {person(directory.Active, agent, team), person(directory.Active, team), lostLastRole},
		"one of two roles":             {person(directory.Active, agent, admin), person(directory.Active, agent), 0},
		"the last agent group":         {person(directory.Active, agent, team), person(directory.Active, agent), lostLastAgentGroup},
		"one agent group for another":  {person(directory.Active, team), person(directory.Active, night), 0},
		"both":                         {person(directory.Active, agent, team), person(directory.Active), lostLastRole | lostLastAgentGroup},
		"suspended before":             {person(directory.Suspended, agent, team), person(directory.Suspended), 0},
		"suspended, then gone":         {person(directory.Suspended, agent), person(directory.Deprovisioned), 0},
		"an administrator comes back":  {person(directory.Suspended, admin), person(directory.Active, admin), gainedPrivileged},
		"a second privileged role":     {person(directory.Active, admin), person(directory.Active, admin, right(directory.RoleEntitlement, "administrator", nil)), 0},
		"a right that is held":         {person(directory.Active, agent), person(directory.Active, held), 0},
		"a held right whose time came": {person(directory.Active, over), person(directory.Active), 0},
	} {
		if got := p.loss(test.before, test.after); got != test.want {
			t.Errorf("%s: %b, want %b", name, got, test.want)
		}
	}
}

func TestTollCountsAPersonOnce(t *testing.T) {
	t.Parallel()
	var count toll
	for range 2 {
		for i := range 63 {
			count.add(fmt.Sprint(i), lostLastRole)
		}
		for i := range 7 {
			count.add(fmt.Sprint(i), lostLastAgentGroup)
		}
		count.add("nobody", 0)
	}
	if got := count.count(); got != 63 {
		t.Errorf("%d people, want 63", got)
	}
	for limit, want := range map[int][]string{
		63: nil,
		50: {"63 people would lose their last role; the guard lets 50 pass"},
		5:  {"63 people would lose their last role; the guard lets 5 pass", "7 people would lose their last agent group; the guard lets 5 pass"},
	} {
		if got := count.reasons(limit).Texts(); !slices.Equal(got, want) {
			t.Errorf("limit %d: %q, want %q", limit, got, want)
		}
	}
	var mixed toll
	mixed.add("a", lostState)
	mixed.add("b", gainedPrivileged)
	want := []string{
		"1 person would be suspended or deprovisioned; with the others they are 2, and the guard lets 1 pass",
		"1 person would gain a privileged role; with the others they are 2, and the guard lets 1 pass",
	}
	if got := mixed.reasons(1).Texts(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNobodyCountsFurtherThanTheLimitNeeds(t *testing.T) {
	t.Parallel()
	for _, limits := range []directory.GuardLimits{{Percent: 10, Count: 50}, {Percent: 100, Count: 7}, {Percent: 3, Count: 1000}, {Percent: 0, Count: 50}} {
		n := enough(limits)
		if at, beyond := limits.Limit(n), limits.Limit(10*n); limits.Percent > 0 && at != beyond {
			t.Errorf("%+v: at %d accounts the limit is %d, beyond it %d", limits, n, at, beyond)
		}
	}
}
