package admin_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// invented is a mapping test: whoever has the title gets the roles.
func invented(name, title string, roles ...string) directory.MappingTest {
	return directory.MappingTest{Name: name, Attributes: directory.Attributes{"title": title}, Expect: directory.RuleOutputs{Roles: roles}}
}

func TestAManifestWhoseTestsFailIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Tests = []directory.MappingTest{invented("bosses", "Boss", "administrator")}
		d.apply(s)
		if r := d.apply(s); r.Status != admin.Nothing {
			t.Errorf("again: %+v, want nothing", r.Configuration)
		}
		s.Tests[0].Expect.Roles = []string{"agent"}
		if text := d.refused(s); !strings.Contains(text, `the mapping test "bosses" fails`) || !strings.Contains(text, "agent") || !strings.Contains(text, "administrator") {
			t.Errorf("refusal %q, want every difference", text)
		}
		s.Tests[0] = invented("bosses", "Boss", "administrator")
		s.Tests[0].Connection = "nowhere"
		if text := d.refused(s); !strings.Contains(text, `the connection "nowhere"`) {
			t.Errorf("refusal %q", text)
		}
	})
}

func TestRulesAreDraftedTestedAndPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		ada := d.person("ada", "title", "Lead")
		me, ctx := d.editor(), t.Context()
		if _, err := d.admin.RuleDraft(ctx, me.Tenant); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v, want no draft", err)
		}
		if err := d.admin.DiscardRuleDraft(ctx, me, nil); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v, want no draft to discard", err)
		}
		begun, err := d.admin.BeginRuleDraft(ctx, me)
		if err != nil || len(begun.Rules) != 2 || begun.Version != d.configuration().Tenant.ConfigVersion {
			t.Fatalf("begun %+v, %v", begun, err)
		}
		if _, err := d.admin.BeginRuleDraft(ctx, me); directory.KindOf(err) != directory.Conflict {
			t.Errorf("%v, want that there is one", err)
		}
		rules := append(begun.Rules, directory.Rule{Name: "leads", When: `title eq "Lead"`, Roles: []string{"supervisor"}})
		if _, err := d.admin.SaveRuleDraft(ctx, me, rules, []directory.MappingTest{invented("leads", "Lead", "agent")}, "leads are supervisors", nil); err != nil {
			t.Fatal(err)
		}
		tests, err := d.admin.TestRuleDraft(ctx, me.Tenant)
		if err != nil || len(tests) != 1 || tests[0].Passed || len(tests[0].Wrong) == 0 {
			t.Errorf("tests %+v, %v; want one that fails", tests, err)
		}
		if _, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{}, nil); directory.KindOf(err) != directory.Conflict || !strings.Contains(err.Error(), `"leads" fails`) {
			t.Errorf("%v, want that its test fails", err)
		}
		if _, err := d.admin.SaveRuleDraft(ctx, me, rules, []directory.MappingTest{invented("leads", "Lead", "supervisor")}, "leads are supervisors", nil); err != nil {
			t.Fatal(err)
		}
		if line, err := d.admin.TryRuleDraft(ctx, me.Tenant, ada); err != nil || len(line.Gained) != 1 || line.Gained[0].Target != "supervisor" {
			t.Errorf("for ada: %+v, %v", line, err)
		}
		if _, err := d.admin.TryRuleDraft(ctx, me.Tenant, "nobody"); directory.KindOf(err) != directory.NotFound {
			t.Errorf("for nobody: %v", err)
		}
		if r, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{Plan: true}, nil); err != nil || r.Status != admin.Planned || r.Summary.Granted != 1 {
			t.Errorf("planned %+v, %v", r, err)
		}
		if r, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{}, nil); err != nil || r.Status != admin.Applied || d.rights("ada") != "role supervisor" {
			t.Errorf("published %+v, %v; ada has %q", r, err, d.rights("ada"))
		}
		if _, err := d.admin.RuleDraft(ctx, me.Tenant); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v, want the draft gone", err)
		}
		d.backToTheFirstRules(me)
	})
}

// backToTheFirstRules lists the versions, and takes the first one again.
func (d *desk) backToTheFirstRules(me directory.Actor) {
	t, ctx := d.t, d.t.Context()
	t.Helper()
	sets, err := d.admin.RuleSets(ctx, me.Tenant, 10)
	if err != nil || len(sets) != 2 || sets[0].State != store.RulesPublished || sets[0].Note != "leads are supervisors" || sets[1].State != store.RulesRetired || sets[1].Actor != "cli:op@host" {
		t.Fatalf("versions %+v, %v", sets, err)
	}
	if r, err := d.admin.RestoreRules(ctx, me, admin.Options{Plan: true}, sets[1].ID); err != nil || r.Status != admin.Planned || r.Summary.Revoked != 1 {
		t.Errorf("planned %+v, %v", r, err)
	}
	if r, err := d.admin.RestoreRules(ctx, me, admin.Options{}, sets[1].ID); err != nil || r.Status != admin.Applied || d.rights("ada") != "" {
		t.Errorf("restored %+v, %v; ada has %q", r, err, d.rights("ada"))
	}
	if _, err := d.admin.RestoreRules(ctx, me, admin.Options{}, "none"); directory.KindOf(err) != directory.NotFound {
		t.Errorf("%v, want no such version", err)
	}
	if sets, err = d.admin.RuleSets(ctx, me.Tenant, 10); err != nil || len(sets) != 3 || sets[0].Version != d.configuration().Tenant.ConfigVersion || sets[0].Rules != nil {
		t.Errorf("versions %+v, %v", sets, err)
	}
	if x, err := d.admin.RuleSet(ctx, me.Tenant, sets[0].ID); err != nil || len(x.Rules) != 2 || x.Note == "" {
		t.Errorf("version %+v, %v", x, err)
	}
}

func TestADraftThatWasOvertakenIsStale(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		me, ctx := d.editor(), t.Context()
		begun, err := d.admin.BeginRuleDraft(ctx, me)
		if err != nil {
			t.Fatal(err)
		}
		s := acme()
		s.Rules[0].When = `department eq "Care"`
		d.apply(s)
		if _, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{}, nil); directory.KindOf(err) != directory.Stale || !strings.Contains(err.Error(), "cli:op@host published other rules") {
			t.Errorf("%v, want stale", err)
		}
		if err := d.admin.DiscardRuleDraft(ctx, me, nil); err != nil {
			t.Error(err)
		}
		if begun, err = d.admin.BeginRuleDraft(ctx, me); err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(begun.Rules)
		changed[1].Roles = []string{"agent"}
		if _, err := d.admin.SaveRuleDraft(ctx, me, changed, nil, "", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{}, nil); directory.KindOf(err) != directory.Forbidden {
			t.Errorf("%v, want that the rule is the manifest's", err)
		}
		broken := append(slices.Clone(begun.Rules), directory.Rule{Name: "x", When: "title eq", Roles: []string{"none"}})
		if _, err := d.admin.SaveRuleDraft(ctx, me, broken, nil, "", nil); err != nil {
			t.Errorf("%v, want an unfinished draft kept", err)
		}
		if _, err := d.admin.TestRuleDraft(ctx, me.Tenant); directory.KindOf(err) != directory.Invalid {
			t.Errorf("%v, want what is wrong", err)
		}
		if _, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{}, nil); directory.KindOf(err) != directory.Invalid {
			t.Errorf("%v, want what is wrong", err)
		}
		if _, err := d.admin.SaveRuleDraft(ctx, me, make([]directory.Rule, 5001), nil, "", nil); directory.KindOf(err) != directory.Invalid {
			t.Errorf("%v, want a bound", err)
		}
		if _, err := d.admin.SaveRuleDraft(ctx, me, begun.Rules, nil, "", nil); err != nil {
			t.Fatal(err)
		}
		if r, err := d.admin.PublishRuleDraft(ctx, me, admin.Options{}, nil); err != nil || r.Status != admin.Nothing {
			t.Errorf("%+v, %v; want nothing", r, err)
		}
		if _, err := d.admin.RuleDraft(ctx, me.Tenant); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v, want the draft gone", err)
		}
	})
}
