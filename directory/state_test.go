package directory_test

import (
	"testing"

	"rollcall/directory"
)

func TestStateIsComputedFromAccountsHoldsAndTheLeaverRule(t *testing.T) {
	t.Parallel()
	on, off := directory.Account{Active: true}, directory.Account{}
	deny := directory.Hold{Subject: "state", Effect: directory.Deny}
	keep := directory.Hold{Subject: "state", Effect: directory.Keep}
	role := directory.Hold{Subject: "role:agent", Effect: directory.Deny}
	for _, c := range []struct {
		name     string
		when, do string
		live     []directory.Account
		ended    bool
		invited  bool
		holds    []directory.Hold
		want     directory.State
	}{
		{name: "one active account", live: []directory.Account{on}, want: directory.Active},
		{name: "one inactive account", live: []directory.Account{off}, want: directory.Suspended},
		{name: "no account left", ended: true, want: directory.Deprovisioned},
		{name: "no account left, suspend", do: "suspend", ended: true, want: directory.Suspended},
		{name: "no account left, keep", do: "keep", ended: true, want: directory.Active},
		{name: "any of two inactive", live: []directory.Account{on, off}, want: directory.Suspended},
		{name: "one of two ended", live: []directory.Account{on}, ended: true, want: directory.Suspended},
		{name: "all: one of two inactive", when: "all", live: []directory.Account{on, off}, want: directory.Active},
		{name: "all: one of two ended", when: "all", live: []directory.Account{on}, ended: true, want: directory.Active},
		{name: "all: both inactive", when: "all", live: []directory.Account{off, off}, want: directory.Suspended},
		{name: "primary active", when: "primary", live: []directory.Account{on, off}, want: directory.Active},
		{name: "primary inactive", when: "primary", live: []directory.Account{off, on}, want: directory.Suspended},
		{name: "an administrator's suspension", live: []directory.Account{on}, holds: []directory.Hold{deny}, want: directory.Suspended},
		{name: "kept although inactive", live: []directory.Account{off}, holds: []directory.Hold{keep}, want: directory.Active},
		{name: "denied and kept", live: []directory.Account{on}, holds: []directory.Hold{keep, deny}, want: directory.Suspended},
		{name: "a hold on a role", live: []directory.Account{on}, holds: []directory.Hold{role}, want: directory.Active},
		{name: "a keep-hold brings nobody back", ended: true, holds: []directory.Hold{keep}, want: directory.Deprovisioned},
		{name: "invited", live: []directory.Account{on}, invited: true, want: directory.Pending},
		{name: "invited and inactive", live: []directory.Account{off}, invited: true, want: directory.Suspended},
	} {
		rule := directory.LeaverRule{When: "any", Do: "deprovision"}
		if c.when != "" {
			rule.When = c.when
		}
		if c.do != "" {
			rule.Do = c.do
		}
		if got := directory.Derive(rule, c.live, c.ended, !c.invited, c.holds); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestMembershipKindsAddUp(t *testing.T) {
	t.Parallel()
	user, supervisor, both := directory.AsUser, directory.AsSupervisor, directory.AsBoth
	for _, c := range [][3]directory.MembershipKind{
		{"", user, user}, {user, "", user}, {user, user, user}, {user, supervisor, both}, {supervisor, user, both}, {both, user, both}, {supervisor, both, both},
	} {
		if got := c[0].Join(c[1]); got != c[2] {
			t.Errorf("%q and %q are %q, want %q (002-21, 002-31)", c[0], c[1], got, c[2])
		}
	}
}
