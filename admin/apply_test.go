package admin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

func TestApplyCreatesATenantWithTheStandardPreset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		r := d.apply(acme())
		if r.Status != admin.Applied || r.Run == "" || r.Completeness != "complete" {
			t.Errorf("result %+v, want applied and complete, with a run", r)
		}
		c := d.configuration()
		var roles []string
		for _, x := range c.Roles {
			roles = append(roles, x.Key)
		}
		want := []string{
			"membership.supervisor", "membership.user", "console_viewer", "agent", "console_help_desk", "supervisor", "console_operator", "administrator", "console_owner",
		}
		if diff := cmp.Diff(want, roles); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
		if c.Tenant.Preset != "standard@1" || len(c.Statuses) != 2 {
			t.Errorf("preset %q with the statuses %+v, want standard@1 with offline and online", c.Tenant.Preset, c.Statuses)
		}
		if c.Tenant.Name != "Acme" || len(c.Connections) != 1 || len(c.Rules) != 2 || len(c.AgentGroups) != 1 {
			t.Errorf("configuration %+v", c)
		}
		run, err := d.db.Reader(c.Tenant.ID).Run(t.Context(), r.Run)
		if err != nil || run.Status != "applied" || run.Kind != "apply" || run.Actor.ID != "op@host" {
			t.Errorf("run %+v, %v; want an apply that is applied, of op@host", run, err)
		}
		changes, err := d.db.Reader(c.Tenant.ID).Changes(t.Context(), "config", 10)
		if err != nil || len(changes) != 1 || changes[0].Action != "tenant.applied" || !strings.Contains(string(changes[0].After), `department eq`) {
			t.Errorf("changes %+v, %v; want one tenant.applied with the rules in it", changes, err)
		}
	})
}

func TestApplyingAgainWritesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Support")
		before := d.dump()
		r := d.apply(acme())
		if r.Status != admin.Nothing || len(r.Configuration) != 0 || r.Run != "" {
			t.Errorf("result %+v, want nothing", r)
		}
		if d.dump() != before {
			t.Error("something was written")
		}
	})
}

func TestApplyReachesEverybodyWhoIsThere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Support")
		d.person("bob", "department", "Billing")
		s := acme()
		s.Rules = append(s.Rules[1:], rule("billing", directory.Rule{When: `department eq "Billing"`, Roles: []string{"agent"}, AgentGroups: outputs("Billing")}))

		var told []string
		r, err := d.admin.Plan(t.Context(), ordered(s), admin.Options{Each: func(c admin.UserChange) error {
			told = append(told, c.UserName+" "+c.Change+" "+strings.Join(c.Fields, "+")+" "+c.Reason)
			return nil
		}})
		if err != nil || r.Status != admin.Planned {
			t.Fatalf("plan %+v, %v", r, err)
		}
		slices.Sort(told)
		want := []string{"ada entitled agent_groups+roles removed rule support", "bob entitled agent_groups+roles rule billing"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("planned (-want +got):\n%s", diff)
		}
		if got := d.rights("ada"); got != "role agent, group Support" {
			t.Errorf("after a plan ada has %q", got)
		}
		if r.Summary.Granted != 2 || r.Summary.Revoked != 2 {
			t.Errorf("planned summary %+v, want 2 granted and 2 revoked", r.Summary)
		}

		applied := d.apply(s)
		if diff := cmp.Diff(r.Summary, applied.Summary); diff != "" {
			t.Errorf("planned and applied summaries differ:\n%s", diff)
		}
		if ada, bob := d.rights("ada"), d.rights("bob"); ada != "" || bob != "role agent, group Billing" {
			t.Errorf("ada has %q and bob %q", ada, bob)
		}
	})
}

func TestRenamesKeepIDs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Support")
		before := d.configuration()
		s := acme()
		s.Connections[0].Name, s.Connections[0].Was = "workforce", "okta"
		s.Name = "Acme Inc"
		s.Work[0] = team("Help", "Support")
		s.Rules[0].Name, s.Rules[0].Was, s.Rules[0].AgentGroups = "help", "support", outputs("Help")
		r := d.apply(s)
		var told []string
		for _, x := range r.Configuration {
			told = append(told, x.Change+" "+x.Kind+" "+x.Name)
		}
		want := []string{"updated tenant acme", "updated connection workforce", "updated agent_group Help", "updated rule help"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		after := d.configuration()
		if before.Connections[0].ID != after.Connections[0].ID || before.AgentGroups[0].ID != after.AgentGroups[0].ID || before.Rules[0].ID != after.Rules[0].ID {
			t.Error("a renamed object got another id")
		}
		if got := d.rights("ada"); got != "role agent, group Help" {
			t.Errorf("ada has %q", got)
		}
		if r := d.apply(s); r.Status != admin.Nothing {
			t.Errorf("again: %+v, want nothing: was is a former name now", r)
		}
	})
}

func TestWhatIsInUseIsNotRemovedByOmission(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Roles = []directory.RoleSpec{{Role: directory.Role{Key: "lead", Name: "Lead", ManagedBy: directory.ByManifest}}}
		s.Rules[0].Roles = []string{"lead"}
		s.Connections = append(s.Connections, connection("spare"), connection("unused"))
		d.apply(s)
		d.person("ada", "department", "Support")
		if _, err := d.admin.CreateToken(t.Context(), operator, "acme", "spare", nil); err != nil {
			t.Fatal(err)
		}
		less := acme()
		less.Connections = []directory.ConnectionSpec{connection("other")}
		text := d.refused(less)
		for _, want := range []string{`connection "okta" still owns users`, `connection "spare" has tokens`, "{name: spare, state: absent}", `role "lead" is held`, "{key: lead, state: absent}"} {
			if !strings.Contains(text, want) {
				t.Errorf("the refusal does not say %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "unused") {
			t.Errorf("the refusal speaks of what nobody uses:\n%s", text)
		}

		absent := acme()
		spare := connection("spare")
		spare.Absent = true
		absent.Connections = append(absent.Connections, spare)
		absent.Roles = []directory.RoleSpec{{Role: directory.Role{Key: "lead", ManagedBy: directory.ByManifest}, Absent: true}}
		d.apply(absent)
		if got := d.rights("ada"); got != "role agent, group Support" {
			t.Errorf("ada has %q after the role was taken away on purpose", got)
		}
		tokens, err := d.admin.Tokens(t.Context(), "acme")
		if err != nil || len(tokens) != 1 || tokens[0].RevokedAt == nil {
			t.Errorf("tokens %+v, %v; want that of the removed connection revoked", tokens, err)
		}
		spare = connection("okta")
		spare.Absent = true
		absent.Connections = []directory.ConnectionSpec{spare}
		if text := d.refused(absent); !strings.Contains(text, "{name: okta, state: absent, offboarding: keep}") {
			t.Errorf("the refusal does not say what to do: %s", text)
		}
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("boss", "title", "Boss")
		without := acme()
		without.Rules = without.Rules[:1]
		if text := d.refused(without); !strings.Contains(text, "boss") || !strings.Contains(text, "administer") {
			t.Errorf("refusal %q, want the name of who would lose it", text)
		}
		if _, err := d.admin.Plan(t.Context(), ordered(without), admin.Options{}); directory.KindOf(err) != directory.Conflict {
			t.Errorf("plan: %v, want the same refusal", err)
		}
		d.person("heir", "department", "Support")
		without.Rules = append(without.Rules, rule("heir", directory.Rule{When: `userName eq "heir"`, Roles: []string{"administrator"}}))
		d.apply(without)
		if boss, heir := d.rights("boss"), d.rights("heir"); boss != "" || !strings.Contains(heir, "administrator") {
			t.Errorf("boss has %q and heir %q", boss, heir)
		}
	})
}

func TestAgentGroupsThatRulesNameComeAndGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Work = nil
		d.apply(s)
		made := d.configuration().AgentGroups[0]
		if made.ManagedBy != directory.ByRule || made.Rule != d.configuration().Rules[0].ID {
			t.Errorf("agent group %+v, want one of the rule's", made)
		}
		s.Rules = s.Rules[1:]
		d.apply(s)
		if g := d.configuration().AgentGroups[0]; !g.Archived || g.ID != made.ID {
			t.Errorf("agent group %+v, want it archived", g)
		}
		if r := d.apply(s); r.Status != admin.Nothing {
			t.Errorf("again: %+v", r)
		}
		d.apply(acme())
		if g := d.configuration().AgentGroups; len(g) != 1 || g[0].Archived || g[0].ID != made.ID || g[0].ManagedBy != directory.ByManifest {
			t.Errorf("agent groups %+v, want the same one back, the manifest's now", g)
		}
	})
}

func TestCapturesMakeAgentGroups(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		ada := d.person("ada")
		_, err := d.engine.CreateGroup(t.Context(), d.okta(), directory.Group{DisplayName: "CC-Lead-Billing"}, []directory.Member{{ID: ada, Kind: directory.UserMember}})
		if err != nil {
			t.Fatal(err)
		}
		s := acme()
		s.Rules = append(s.Rules, rule("leads", directory.Rule{Group: "CC-Lead-{team}", Roles: []string{"supervisor"}, AgentGroups: outputs("{team}")}))
		d.apply(s)
		if got := d.rights("ada"); got != "role supervisor, group Billing" {
			t.Errorf("ada has %q", got)
		}
		if r := d.apply(s); r.Status != admin.Nothing {
			t.Errorf("again: %+v, want nothing: what captures made stays", r)
		}
	})
}

func TestOrderIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		s := acme()
		slices.Reverse(s.Rules)
		r := d.apply(s)
		want := []admin.Difference{{Change: "reordered", Kind: "rule", Fields: []admin.Field{{
			Name: "order", Before: []string{"support", "admins"}, After: []string{"admins", "support"},
		}}}}
		if diff := cmp.Diff(want, r.Configuration); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestARunThatWasBrokenOffIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		for i := range 270 { // more than one batch
			d.person("u"+string(rune('a'+i%26))+strings.Repeat("x", i/26), "department", "Support")
		}
		s := acme()
		s.Rules[0].Roles = []string{"supervisor"}
		ctx, cancel := context.WithCancel(t.Context())
		r, err := d.admin.Apply(ctx, operator, ordered(s), admin.Options{Progress: func(int) { cancel() }})
		if err == nil || r.Status != admin.Partial || r.Completeness != "partial" {
			t.Fatalf("result %+v, %v; want partial", r, err)
		}
		again := d.apply(s)
		if again.Status != admin.Applied || again.Summary.Granted == 0 || again.Summary.Granted >= 270 {
			t.Errorf("result %+v, want only the rest applied", again)
		}
		runs, err := d.db.Reader(d.configuration().Tenant.ID).OpenRuns(t.Context())
		if err != nil || len(runs) != 0 {
			t.Errorf("open runs %+v, %v", runs, err)
		}
		if r := d.apply(s); r.Status != admin.Nothing {
			t.Errorf("a third time: %+v", r)
		}
	})
}

func TestTwoAppliesAtOnceAreOneAfterTheOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			all.Go(func() { _, errs[i] = d.admin.Apply(t.Context(), operator, ordered(acme()), admin.Options{}) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil && directory.KindOf(err) != directory.Stale {
				t.Error(err)
			}
		}
		if slices.IndexFunc(errs, func(err error) bool { return err == nil }) < 0 {
			t.Error("none was applied")
		}
		tenants, err := d.db.Ops().Tenants(t.Context())
		if err != nil || len(tenants) != 1 {
			t.Errorf("tenants %+v, %v; want one", tenants, err)
		}
	})
}

func TestAPlanEndsWithItsReader(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Support")
		broken := errors.New("the pipe is broken")
		s := acme()
		s.Rules = s.Rules[1:]
		r, err := d.admin.Apply(t.Context(), operator, ordered(s), admin.Options{Each: func(admin.UserChange) error { return broken }})
		if !errors.Is(err, broken) || r.Status != admin.Failed {
			t.Errorf("%+v, %v; want the reader's error and nothing applied", r, err)
		}
		if got := d.rights("ada"); got != "role agent, group Support" {
			t.Errorf("ada has %q", got)
		}
	})
}

func TestManifestLeavesTheConsolesObjectsAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		tenant := d.configuration().Tenant.ID
		err := d.db.Write(t.Context(), tenant, func(tx *store.Tx) error {
			tx.PutRule(directory.Rule{ID: "by-hand", Name: "by hand", Order: 9, When: `title eq "x"`, Roles: []string{"agent"}, ManagedBy: directory.ByConsole})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s := acme()
		s.Rules = s.Rules[:1]
		d.apply(s)
		rules := d.configuration().Rules
		if len(rules) != 2 || rules[1].ID != "by-hand" {
			t.Errorf("rules %+v, want the console's kept behind the manifest's", rules)
		}
		s.Rules = append(s.Rules, rule("by hand", directory.Rule{When: `title eq "y"`, Roles: []string{"agent"}}))
		if text := d.refused(s); !strings.Contains(text, "managed by the console") {
			t.Errorf("refusal %q", text)
		}
	})
}
