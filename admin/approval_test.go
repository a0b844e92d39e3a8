package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// crowd applies the manifest and makes people of the department Support, whom its rule gives a role and an agent group.
func (d *desk) crowd(s directory.Spec, n int) {
	d.t.Helper()
	d.apply(s)
	for i := range n {
		d.person(fmt.Sprintf("agent%02d", i), "department", "Support")
	}
}

// moved is the manifest of acme with the rule "support" for another department, so that everybody loses what it gives.
func moved(s directory.Spec) directory.Spec {
	s.Rules[0].When = `department eq "Care"`
	return s
}

// key makes an API key and returns its value.
func (d *desk) key(name, role, owner string, expires *time.Duration) string {
	d.t.Helper()
	k, err := d.admin.CreateAPIKey(d.t.Context(), operator, admin.NewAPIKey{Tenant: "acme", Name: name, Role: role, Owner: owner, Expires: expires})
	if err != nil {
		d.t.Fatal(err)
	}
	return k.Key
}

func TestAMappingThatTakesFromManyIsHeld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.crowd(acme(), 6)
		before := d.dump()
		var told []string
		o := admin.Options{Each: func(c admin.UserChange) error {
			if c.Guarded {
				told = append(told, c.UserName)
			}
			return nil
		}}
		plan, err := d.admin.Plan(t.Context(), ordered(moved(acme())), o)
		if err != nil || plan.Status != admin.Planned || len(plan.Guard) == 0 || len(told) != 6 {
			t.Errorf("planned %+v, %v, with %q; want everybody named and why it would be held", plan, err, told)
		}
		told = nil
		r, err := d.admin.Apply(t.Context(), operator, ordered(moved(acme())), o)
		if err != nil || r.Status != admin.Held || r.Run != "" || r.Summary.Revoked != 12 || len(told) != 6 {
			t.Errorf("applied %+v, %v, with %q; want it held, and everybody named", r, err, told)
		}
		want := []string{"6 people would lose their last role; the guard lets 5 pass", "6 people would lose their last agent group; the guard lets 5 pass"}
		if strings.Join(r.Guard.Texts(), "\n") != strings.Join(want, "\n") {
			t.Errorf("the guard says %q, want %q", r.Guard, want)
		}
		if d.dump() != before {
			t.Error("a held manifest wrote something")
		}
		r, err = d.admin.Apply(t.Context(), operator, ordered(moved(acme())), admin.Options{Approve: true})
		if err != nil || r.Status != admin.Applied || r.ApprovedBy != "cli:op@host" || d.rights("agent03") != "" {
			t.Errorf("approved %+v, %v; agent03 has %q", r, err, d.rights("agent03"))
		}
		run, err := d.db.Reader(d.configuration().Tenant.ID).Run(t.Context(), r.Run)
		if err != nil || run.ApprovedBy != "cli:op@host" || len(run.Detail.Guard) != 2 {
			t.Errorf("run %+v, %v; want who approved it and why it had to be", run, err)
		}
	})
}

func TestTheGuardOfTheTenantInForceCounts(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	s := acme()
	s.Settings = map[string]string{"guard.percent": "60", "guard.count": "100"}
	d.crowd(s, 12)
	// A manifest that would let everybody pass is judged by the limits before it, which let seven of twelve pass.
	wide := acme()
	wide.Settings = map[string]string{"guard.percent": "100", "guard.count": "100"}
	wide.Rules[0].When = `department eq "Care"`
	if r, err := d.admin.Apply(t.Context(), operator, ordered(wide), admin.Options{}); err != nil || r.Status != admin.Held || !strings.Contains(r.Guard[0].Text, "lets 7 pass") {
		t.Errorf("%+v, %v; want it held above seven", r, err)
	}
	// Five pass always, whatever is set.
	strict := acme()
	strict.Settings = map[string]string{"guard.percent": "1", "guard.count": "1"}
	d.apply(strict)
	strict.Rules[0].When = `userName sw "agent0" and userName ne "agent00" and userName ne "agent01" and userName ne "agent02" and department eq "Support" or userName eq "agent10" or userName eq "agent11"`
	if r := d.apply(strict); r.Status != admin.Applied || r.Summary.Revoked != 6 {
		t.Errorf("%+v; want three people to lose both", r)
	}
}

func TestARoleThatBecomesPrivilegedIsGuarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		lead := func(privileged bool) directory.Spec {
			s := acme()
			s.Roles = []directory.RoleSpec{{Role: directory.Role{Key: "lead", Name: "Lead", Privileged: privileged, ManagedBy: directory.ByManifest}}}
			s.Rules[0].Roles = []string{"lead"}
			return s
		}
		d.crowd(lead(false), 6)
		var told []string
		r, err := d.admin.Apply(t.Context(), operator, ordered(lead(true)), admin.Options{Each: func(c admin.UserChange) error {
			told = append(told, c.UserName+" "+strings.Join(c.Fields, "+")+" "+c.Reason)
			return nil
		}})
		if err != nil || r.Status != admin.Held || r.Guard[0].Text != "6 people would gain a privileged role; the guard lets 5 pass" {
			t.Fatalf("%+v, %v; want it held", r, err)
		}
		if len(told) != 6 || !strings.Contains(strings.Join(told, "\n"), "agent00 roles a role becomes privileged") {
			t.Errorf("told %q", told)
		}
		// And a role that is not privileged any more may not take the last administrator away.
		if _, err := d.admin.Apply(t.Context(), operator, ordered(lead(true)), admin.Options{Approve: true}); err != nil {
			t.Fatal(err)
		}
		if text := d.refused(lead(false)); !strings.Contains(text, "nobody would be left to administer") {
			t.Errorf("refusal %q", text)
		}
	})
}

func TestASecondPersonApproves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		strict := func() directory.Spec {
			s := acme()
			s.Settings = map[string]string{"approvals": "second_person"}
			return s
		}
		d.crowd(strict(), 6)
		minute := time.Minute
		good := d.key("good", "administrator", "maria@example.com", nil)
		revoked := d.key("revoked", "administrator", "maria@example.com", nil)
		list, err := d.admin.APIKeys(t.Context(), "acme")
		if err != nil || list[0].Name != "revoked" {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := d.admin.RevokeAPIKey(t.Context(), operator, "", list[0].ID); err != nil {
			t.Fatal(err)
		}
		expired := d.key("expired", "administrator", "maria@example.com", &minute)
		d.exec(`UPDATE api_key SET expires_at = 1 WHERE name = 'expired'`)
		other := directory.NewBearer(directory.APIKeyPrefix, "other", "x").String()
		b, err := directory.ParseBearer(directory.APIKeyPrefix, good)
		if err != nil {
			t.Fatal(err)
		}
		forged := directory.NewBearer(directory.APIKeyPrefix, b.Tenant, b.ID).String()
		for name, x := range map[string]struct{ key, says string }{
			"none":       {"", `add "--as KEY"`},
			"noise":      {"rck_x", "not a token of the form rck_…"},
			"a token":    {strings.Replace(good, "rck", "rct", 1), "not a token of the form rck_…"},
			"cut":        {good[:len(good)-1], "not whole"},
			"a tenant's": {other, "another tenant's"},
			"forged":     {forged, "there is no such API key"},
			"unknown":    {directory.NewBearer(directory.APIKeyPrefix, b.Tenant, "nope").String(), "there is no such API key"},
			"revoked":    {revoked, `"revoked" was revoked`},
			"expired":    {expired, `"expired" expired on 1970-01-01`},
			"reader":     {d.key("reader", "", "maria@example.com", nil), `has the role "none", which may not approve`},
			"agent":      {d.key("agent", "agent", "maria@example.com", nil), `has the role "agent", which may not approve`},
			"help desk":  {d.key("help desk", "console_help_desk", "maria@example.com", nil), `has the role "console_help_desk", which may not approve`},
			"own":        {d.key("own", "administrator", "op@host", nil), "belongs to op@host, who asked for this"},
			"own name":   {d.key("own name", "administrator", "OP", nil), "belongs to OP, who asked for this"},
			"unnamed":    {d.key("unnamed", "administrator", "", nil), "belongs to op@host, who asked for this"},
		} {
			r, err := d.admin.Apply(t.Context(), operator, ordered(moved(strict())), admin.Options{Approve: true, As: x.key})
			if directory.KindOf(err) != directory.Forbidden || !strings.Contains(err.Error(), x.says) || r.Status != admin.Failed || r.Run != "" {
				t.Errorf("%s: %+v, %v; want %q", name, r, err, x.says)
			}
		}
		if d.rights("agent03") == "" {
			t.Errorf("agent03 has %q", d.rights("agent03"))
		}
		r, err := d.admin.Apply(t.Context(), operator, ordered(moved(strict())), admin.Options{Approve: true, As: good + "\n"})
		if err != nil || r.Status != admin.Applied || r.ApprovedBy != "apikey:"+b.ID {
			t.Errorf("%+v, %v; want it applied, approved by the key", r, err)
		}
		if list, err := d.admin.APIKeys(t.Context(), "acme"); err != nil || list[len(list)-1].LastUsedAt == nil {
			t.Errorf("the use of the key was not noted: %+v, %v", list, err)
		}
	})
}

func TestASecondPersonDidNotConfigureEither(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	s := acme()
	s.Settings = map[string]string{"approvals": "second_person"}
	d.apply(s)
	tenant := d.configuration().Tenant.ID
	bob := directory.Actor{Kind: directory.ActorCLI, ID: "bob@host"}
	maria, ops := d.key("maria", "administrator", "maria", nil), d.key("ops", "administrator", "op", nil)
	schedule := directory.Actor{Kind: directory.ActorSystem, ID: "schedule"}
	mariasOther, err := directory.ParseBearer(directory.APIKeyPrefix, d.key("other", "administrator", "Maria", nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		key   string
		asked directory.Actor
		says  string
	}{
		"nobody asked":     {maria, schedule, ""},
		"somebody asked":   {maria, bob, ""},
		"their key asked":  {maria, directory.Actor{Kind: directory.ActorAPIKey, ID: mariasOther.ID}, "who asked for this"},
		"a lost key asked": {maria, directory.Actor{Kind: directory.ActorAPIKey, ID: "lost"}, ""},
		"they asked":       {maria, directory.Actor{Kind: directory.ActorPerson, ID: "maria"}, "who asked for this"},
		"they configured":  {ops, schedule, "belongs to op, who configured the tenant last"},
	} {
		got, err := d.admin.Approver(t.Context(), tenant, x.key, bob, x.asked)
		switch {
		case x.says == "" && (err != nil || got.Kind != directory.ActorAPIKey || got.Tenant != tenant):
			t.Errorf("%s: %+v, %v; want the key", name, got, err)
		case x.says != "" && (directory.KindOf(err) != directory.Forbidden || !strings.Contains(err.Error(), x.says)):
			t.Errorf("%s: %v; want %q", name, err, x.says)
		}
	}
	// Without a second person the operator approves, or a key that they name.
	loose := open(t, migrated.SQLite(t))
	loose.apply(acme())
	tenant = loose.configuration().Tenant.ID
	if got, err := loose.admin.Approver(t.Context(), tenant, "", bob, bob); err != nil || got.Kind != directory.ActorCLI || got.ID != "bob@host" || got.Tenant != tenant {
		t.Errorf("%+v, %v; want the operator", got, err)
	}
	if got, err := loose.admin.Approver(t.Context(), tenant, loose.key("k", "administrator", "bob", nil), bob); err != nil || got.Kind != directory.ActorAPIKey {
		t.Errorf("%+v, %v; want the key", got, err)
	}
}

func TestSwitchingTheSecondPersonOffTakesOne(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	s := acme()
	s.Settings = map[string]string{"approvals": "second_person", "guard.percent": "10"}
	s.Connections[0].Guard = directory.GuardLimits{Count: 20}
	d.apply(s)
	off := acme()
	off.Connections[0].Guard = directory.GuardLimits{Count: 30}
	off.Settings = map[string]string{"guard.percent": "20"}
	r, err := d.admin.Apply(t.Context(), operator, ordered(off), admin.Options{})
	if err != nil || r.Status != admin.Held {
		t.Fatalf("%+v, %v; want it held", r, err)
	}
	want := []string{
		"a second person's approval would not be asked for any more (approvals)",
		"the tenant's guard would let more people pass: 10 percent and 50 people become 20 and 50",
		"the guard of connection okta would let more people pass: 10 percent and 20 people become 20 and 30",
	}
	if strings.Join(r.Guard.Texts(), "\n") != strings.Join(want, "\n") {
		t.Errorf("the guard says\n%s\nwant\n%s", strings.Join(r.Guard.Texts(), "\n"), strings.Join(want, "\n"))
	}
	if _, err := d.admin.Apply(t.Context(), operator, ordered(off), admin.Options{Approve: true}); directory.KindOf(err) != directory.Forbidden {
		t.Errorf("%v; want a second person", err)
	}
	if r, err := d.admin.Apply(t.Context(), operator, ordered(off), admin.Options{Approve: true, As: d.key("m", "administrator", "maria", nil)}); err != nil || r.Status != admin.Applied {
		t.Errorf("%+v, %v; want it applied", r, err)
	}
	if got := d.configuration().Setting("approvals"); got != "none" {
		t.Errorf("approvals %s", got)
	}
}

func TestAPIKeysAreShownOnceAndKeptHashed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		made, err := d.admin.CreateAPIKey(t.Context(), operator, admin.NewAPIKey{Tenant: "ACME", Name: "reports"})
		if err != nil || made.Owner != "op@host" || made.Role != "" || made.ExpiresAt == nil || time.Until(*made.ExpiresAt) < 364*24*time.Hour {
			t.Fatalf("%+v, %v; want a key of its maker that lives a year and reads", made, err)
		}
		b, err := directory.ParseBearer(directory.APIKeyPrefix, made.Key)
		if err != nil || b.ID != made.ID {
			t.Fatalf("%v", err)
		}
		r := d.db.Reader(d.configuration().Tenant.ID)
		kept, hash, err := r.APIKey(t.Context(), made.ID)
		if err != nil || !b.Matches(hash) || kept.CreatedBy != "cli:op@host" || !kept.Live(time.Now()) {
			t.Errorf("kept %+v, %v", kept, err)
		}
		century := 100 * 365 * 24 * time.Hour
		for _, x := range []struct {
			in   admin.NewAPIKey
			kind directory.Kind
			says string
		}{
			{admin.NewAPIKey{Tenant: "acne", Name: "a"}, directory.NotFound, `no tenant "acne"`},
			{admin.NewAPIKey{Tenant: "acme", Name: ""}, directory.Invalid, "must have 1 to 200 characters"},
			{admin.NewAPIKey{Tenant: "acme", Name: " a"}, directory.Invalid, "no spaces around it"},
			{admin.NewAPIKey{Tenant: "acme", Name: "a", Owner: "b\n"}, directory.Invalid, "owner"},
			{admin.NewAPIKey{Tenant: "acme", Name: "a", Role: "boss"}, directory.NotFound, `no role "boss" for a key; it has ["console_viewer" "agent"`},
			{admin.NewAPIKey{Tenant: "acme", Name: "a", Role: "membership.user"}, directory.NotFound, `no role "membership.user" for a key`},
			{admin.NewAPIKey{Tenant: "acme", Name: "Reports"}, directory.Conflict, "rollcall apikey revoke " + made.ID},
			{admin.NewAPIKey{Tenant: "acme", Name: "a", Expires: &century}, directory.Invalid, "3650d"},
		} {
			if _, err := d.admin.CreateAPIKey(t.Context(), operator, x.in); directory.KindOf(err) != x.kind || !strings.Contains(err.Error(), x.says) {
				t.Errorf("%+v: %v; want %q", x.in, err, x.says)
			}
		}
		for i, want := range []bool{true, false} {
			if revoked, err := d.admin.RevokeAPIKey(t.Context(), operator, "", made.ID); err != nil || revoked != want {
				t.Errorf("time %d: %t, %v", i+1, revoked, err)
			}
		}
		if _, err := d.admin.RevokeAPIKey(t.Context(), operator, "acme", "nope"); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v", err)
		}
		again, err := d.admin.CreateAPIKey(t.Context(), operator, admin.NewAPIKey{Tenant: "acme", Name: "Reports", Role: "agent", Owner: "maria"})
		if err != nil {
			t.Error(err)
		}
		list, err := d.admin.APIKeys(t.Context(), "")
		if err != nil || len(list) != 2 || list[0].ID != again.ID || !list[0].Live || list[1].Live || list[1].RevokedAt == nil {
			t.Errorf("list %+v, %v", list, err)
		}
		changes, err := r.Changes(t.Context(), "config", 10)
		if err != nil {
			t.Fatal(err)
		}
		var actions []string
		for _, c := range changes {
			actions = append(actions, c.Action)
			if strings.Contains(string(c.After), b.Secret) {
				t.Error("a change record holds the secret")
			}
		}
		if strings.Join(actions, " ") != "apikey.created apikey.revoked apikey.created tenant.applied" {
			t.Errorf("recorded %q", actions)
		}
	})
}

// exec writes to the database without the program.
func (d *desk) exec(text string) {
	d.t.Helper()
	if d.raw == nil {
		d.raw = raw(d.t, d.dsn)
	}
	if _, err := d.raw.ExecContext(d.t.Context(), text); err != nil {
		d.t.Fatal(err)
	}
}
