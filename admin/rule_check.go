package admin

import (
	"errors"
	"slices"

	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/provision"
	"rollcall/store"
)

// RuleFault is one thing that is wrong with one of several rules.
type RuleFault struct {
	Position          int    `json:"position"` // the rule's place, from 1
	Rule              string `json:"rule"`     // its name
	Field             string `json:"field"`    // as the manifest calls it; "" for the whole rule
	directory.Message        // what is wrong, with the column where there is one
}

// CheckRules tells all that is wrong with rules, in their order, with what the rest of the configuration has; or, where
// nothing is, how the tests come out. Nobody needs to keep them: a rule may have no id yet.
func CheckRules(c *store.Configuration, rules []directory.Rule, tests []directory.MappingTest) ([]RuleFault, []RuleTest, error) {
	next := *c
	next.Rules, next.Tests = slices.Clone(rules), tests
	for i := range next.Rules {
		if next.Rules[i].Order = i; next.Rules[i].ID == "" {
			next.Rules[i].ID = store.NewID()
		}
	}
	set, err := provision.CompileRules(&next)
	if faults, ok := errors.AsType[mapping.Faults](err); ok {
		out := make([]RuleFault, len(faults))
		for i, f := range faults {
			out[i] = RuleFault{f.Position, f.Rule, f.Field, f.Message}
		}
		return out, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return nil, tested(set, tests), nil
}

// tested runs tests of rules.
func tested(set *mapping.Set, tests []directory.MappingTest) []RuleTest {
	out := []RuleTest{}
	for _, t := range tests {
		wrong := set.Test(t)
		if wrong == nil {
			wrong = []string{}
		}
		out = append(out, RuleTest{t.Name, len(wrong) == 0, wrong})
	}
	return out
}
