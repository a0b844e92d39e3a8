package mapping

import (
	"strings"
	"testing"

	"rollcall/directory"
)

// Where people belong to agent groups as user only, or where there are no agent groups, nothing says otherwise: no rule, no
// test and no directory (C-10, C-11).
func TestWhatTheSettingsOfGroupsLeave(t *testing.T) {
	t.Parallel()
	leads := directory.Rule{ID: "r", Group: "CC-{team}", AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsSupervisor}, {Name: "All"}}}
	for _, x := range []struct {
		name string
		o    Options
		says []string
	}{
		{"no kinds", Options{NoKinds: true}, []string{`rule 1 "r": agent_groups: "{team}": the kind "supervisor" is not possible`, "groups.membership_kinds is off"}},
		{"no groups", Options{NoGroups: true}, []string{`"{team}": this tenant has no agent groups; add agent_group to its setting groups.type`, `"All": this tenant has no agent groups`}},
	} {
		_, err := Compile([]directory.Rule{{ID: "r", Name: "r", Group: leads.Group, AgentGroups: leads.AgentGroups}}, x.o)
		if directory.KindOf(err) != directory.Invalid {
			t.Errorf("%s: %v, want it refused", x.name, err)
			continue
		}
		for _, want := range x.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q", x.name, err, want)
			}
		}
	}

	o := tenant()
	o.NoKinds = true
	s := compile(t, o, directory.Rule{ID: "r", Group: "CC-{team}", AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsUser}, {Name: "All"}}})
	test := directory.MappingTest{Name: "t", Groups: []string{"CC-North"}, Expect: directory.RuleOutputs{AgentGroups: []directory.RuleOutput{{Name: "North"}, {Name: "All"}}}}
	if wrong := s.Test(test); len(wrong) > 0 {
		t.Errorf("as user: %q", wrong)
	}
	test.Expect.AgentGroups[0].Kind = directory.AsBoth
	if wrong := strings.Join(s.Test(test), "\n"); !strings.Contains(wrong, `expect: agent_groups: "North": the kind "both" is not possible`) {
		t.Errorf("as both: %q", wrong)
	}
	sub := Subject{Direct: []DirectStatement{
		{Attribute: "groups", Value: "Support", Kind: directory.AsSupervisor, Connection: "c1"}, {Attribute: "groups", Value: "Billing", Connection: "c1"},
	}}
	if got := s.Evaluate(sub); len(got) != 1 || got[0].Target != "ag-billing" || got[0].Membership != directory.AsUser {
		t.Errorf("a directory that states a kind gives %+v", got)
	}
	traces := s.Trace(sub)
	if missed := traces[len(traces)-1].Missed.Text; !strings.Contains(missed, `the kind "supervisor" is not possible`) {
		t.Errorf("missed: %q", missed)
	}
}
