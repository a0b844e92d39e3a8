package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// ruleDifference is what one version of the rules has otherwise than another.
type ruleDifference struct {
	Text   string // in words
	Fields []fieldDifference
}

// fieldDifference is a field of a rule, before and after.
type fieldDifference struct{ Label, Before, After string }

// compareRules tells in words what becomes of rules and tests where others take their place.
func compareRules(v *visit, wasRules []mappingRule, wasTests []mappingTest, rules []mappingRule, tests []mappingTest) (out []ruleDifference) {
	same := func(a mappingRule) func(mappingRule) bool {
		return func(b mappingRule) bool { return a.ID == b.ID || strings.EqualFold(a.Name, b.Name) }
	}
	for _, r := range wasRules {
		if !slices.ContainsFunc(rules, same(r)) {
			out = append(out, ruleDifference{Text: v.T("rule.diff_removed", "Name", r.Name)})
		}
	}
	var places []int
	for _, r := range rules {
		i := slices.IndexFunc(wasRules, same(r))
		if i < 0 {
			out = append(out, ruleDifference{v.T("rule.diff_added", "Name", r.Name), fieldsBetween(v, nil, ruleFields(v, r))})
			continue
		}
		places = append(places, i)
		if fields := fieldsBetween(v, ruleFields(v, wasRules[i]), ruleFields(v, r)); len(fields) > 0 {
			out = append(out, ruleDifference{v.T("rule.diff_changed", "Name", wasRules[i].Name), fields})
		}
	}
	if !slices.IsSorted(places) {
		out = append(out, ruleDifference{Text: v.T("rule.diff_order")})
	}
	return append(out, compareTests(v, wasTests, tests)...)
}

func compareTests(v *visit, was, tests []mappingTest) (out []ruleDifference) {
	named := func(name string) func(mappingTest) bool {
		return func(t mappingTest) bool { return strings.EqualFold(t.Name, name) }
	}
	for _, t := range was {
		if !slices.ContainsFunc(tests, named(t.Name)) {
			out = append(out, ruleDifference{Text: v.T("rule.diff_test_removed", "Name", t.Name)})
		}
	}
	for _, t := range tests {
		i := slices.IndexFunc(was, named(t.Name))
		switch {
		case i < 0:
			out = append(out, ruleDifference{Text: v.T("rule.diff_test_added", "Name", t.Name)})
		case plainTest(was[i]) != plainTest(t):
			out = append(out, ruleDifference{Text: v.T("rule.diff_test_changed", "Name", t.Name)})
		}
	}
	return out
}

// plainTest is a test in a form in which two that say the same are the same.
func plainTest(t mappingTest) string {
	t.ManagedBy = ""
	text, err := json.Marshal(t)
	if err != nil {
		return t.Name // what came as JSON goes as JSON
	}
	return string(text)
}

// ruleFields are what a rule says, each with its label.
func ruleFields(v *visit, r mappingRule) []pair {
	out := []pair{
		{v.T("common.name"), r.Name},
		{v.T("kind.connection"), r.Connection},
		{v.T("rule.group"), r.Group},
		{v.T("rule.group_id"), r.GroupID},
		{v.T("rule.when"), r.When},
	}
	for _, kind := range []string{"role", "option", "profile", "agent_group", "campaign", "queue", "strategy", "company", "seat_pool", "initial_status"} {
		names := ""
		for _, y := range r.Yields.said(v) {
			if y.Kind == kind {
				names = strings.Join(y.Names, ", ")
			}
		}
		out = append(out, pair{v.T("kind." + kind), names})
	}
	return out
}

// fieldsBetween are those of two rules' fields that are not the same; no fields stand for a rule that is not there.
func fieldsBetween(v *visit, was, is []pair) (out []fieldDifference) {
	for i, x := range is {
		switch {
		case was == nil && x.value != "":
			out = append(out, fieldDifference{x.name, "", x.value})
		case was != nil && was[i].value != x.value:
			out = append(out, fieldDifference{x.name, cmp.Or(was[i].value, v.T("common.none")), cmp.Or(x.value, v.T("common.none"))})
		}
	}
	return out
}
