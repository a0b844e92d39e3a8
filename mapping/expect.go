package mapping

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// fields are what the manifest calls the kinds.
var fields = map[directory.EntitlementKind]string{
	directory.RoleEntitlement: "roles", directory.OptionEntitlement: "options", directory.ProfileEntitlement: "profile",
	directory.AgentGroupEntitlement: "agent_groups", directory.CampaignEntitlement: "campaigns", directory.QueueEntitlement: "queues",
	directory.StrategyEntitlement: "strategies", directory.CompanyEntitlement: "company", directory.SeatPoolEntitlement: "seat_pool",
	directory.StatusEntitlement: "initial_status",
}

// expectation finds what an expectation names.
func (s *Set) expectation(o directory.RuleOutputs, known *teams) (want map[directory.EntitlementKind]held, wrong []string) {
	want = map[directory.EntitlementKind]held{}
	begin := func(kind directory.EntitlementKind, named bool) {
		if named && want[kind] == nil {
			want[kind] = held{}
		}
	}
	enter := func(kind directory.EntitlementKind, target string, as directory.MembershipKind) {
		begin(kind, true)
		want[kind][target] = want[kind][target].Join(as)
	}
	name := func(kind directory.EntitlementKind, names ...string) {
		begin(kind, !kind.Single() && names != nil)
		for _, n := range names {
			if n == "" && kind.Single() {
				continue
			}
			x, missing := s.things.find(kind, n)
			if missing != nil {
				wrong = append(wrong, "expect: "+fields[kind]+": "+missing.Error())
				continue
			}
			enter(kind, x.Target, "")
		}
	}
	name(directory.RoleEntitlement, o.Roles...)
	name(directory.OptionEntitlement, o.Options...)
	name(directory.ProfileEntitlement, o.Profile)
	begin(directory.AgentGroupEntitlement, o.AgentGroups != nil)
	for _, out := range o.AgentGroups {
		kind := cmp.Or(out.Kind, directory.AsUser)
		fault := s.kindFault(kind)
		if err := checkName(out.Name); err != nil {
			fault = err
		}
		if fault != nil {
			wrong = append(wrong, "expect: agent_groups: "+quote(out.Name)+": "+fault.Error())
			continue
		}
		enter(directory.AgentGroupEntitlement, known.named(out.Name), kind)
	}
	name(directory.CampaignEntitlement, o.Campaigns...)
	name(directory.QueueEntitlement, o.Queues...)
	name(directory.StrategyEntitlement, o.Strategies...)
	name(directory.CompanyEntitlement, o.Company)
	name(directory.SeatPoolEntitlement, o.SeatPool)
	name(directory.StatusEntitlement, o.InitialStatus)
	return want, wrong
}

// differences says how what somebody gets of one kind differs from what is expected, and for what is missing which rules
// would give it and why they do not.
func (s *Set) differences(kind directory.EntitlementKind, want, got held, sub Subject, known *teams) []string {
	name := func(target string) string {
		if spelled, ok := known.spelled[target]; ok && kind == directory.AgentGroupEntitlement {
			return quote(spelled)
		}
		if x := s.things.targets[directory.Entitlement{Kind: kind, Target: target}]; x != nil {
			return quote(x.name)
		}
		return quote(target)
	}
	var out []string
	say := func(text string) { out = append(out, fields[kind]+": "+text) }
	for _, target := range slices.Sorted(maps.Keys(want)) {
		as, ok := got[target]
		switch {
		case !ok:
			say(name(target) + " is missing" + s.because(kind, target, sub, known))
		case as != want[target]:
			say(name(target) + " is given as " + string(as) + ", not as " + string(want[target]))
		}
	}
	for _, target := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[target]; !ok {
			say(name(target) + " is given and not expected")
		}
	}
	return out
}

// because says why the rules that would give a right do not.
func (s *Set) because(kind directory.EntitlementKind, target string, sub Subject, known *teams) string {
	e := evaluation{set: s, attributes: sub.Attributes, teams: known, explain: true}
	var reasons []string
	for _, t := range e.traces(sub) {
		if t.Missed.Text == "" || t.Stated != nil || !s.byID[t.Rule].names(kind, target) {
			continue
		}
		if reasons = append(reasons, "rule "+t.Name+": "+t.Missed.Text); len(reasons) == 3 {
			break // enough to go on
		}
	}
	if reasons == nil {
		return ""
	}
	return " (" + strings.Join(reasons, "; ") + ")"
}

// names reports whether a rule lists the right among its outputs. The target of an agent group is its folded name.
func (r *rule) names(kind directory.EntitlementKind, target string) bool {
	is := func(x *thing) bool { return x != nil && x.Kind == kind && x.Target == target }
	return slices.ContainsFunc(r.roles, is) || is(r.profile) || r.profile != nil && is(r.profile.role) || slices.ContainsFunc(r.others, is) ||
		kind == directory.AgentGroupEntitlement &&
			slices.ContainsFunc(r.AgentGroups, func(o directory.RuleOutput) bool { return schema.Fold(o.Name) == target })
}
