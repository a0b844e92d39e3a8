package api_test

import (
	"maps"

	"rollcall/directory"
	"rollcall/store"
)

// rule makes a rule that gives agents their role, and returns its id.
func (x *tenant) rule() string {
	return x.change(func(next *store.Configuration) {
		next.Rules = append(next.Rules, directory.Rule{Name: "agents", Group: "CC-Agents", Roles: []string{"agent"}})
		next.Tests = append(next.Tests, directory.MappingTest{Name: "an agent", Groups: []string{"CC-Agents"}, Expect: directory.RuleOutputs{Roles: []string{"agent"}}})
	}).Rules[0].ID
}

// draft makes a draft of the rules.
func (x *tenant) draft() {
	x.rule()
	actor := operator
	actor.Tenant = x.id
	if _, err := x.admin.BeginRuleDraft(x.t.Context(), actor); err != nil {
		x.t.Fatal(err)
	}
}

// version returns the id of the published version of the rules.
func (x *tenant) version() string {
	x.rule()
	sets, err := x.admin.RuleSets(x.t.Context(), x.id, 10)
	if err != nil || len(sets) == 0 {
		x.t.Fatalf("no version of the rules: %v", err)
	}
	return sets[0].ID
}

// somebody makes a person whom no connection owns, and returns their id.
func (x *tenant) somebody() string {
	actor := operator
	actor.Tenant = x.id
	p, err := x.engine.CreateUser(x.t.Context(), actor, directory.Account{
		UserName: "fry@example.com", Active: true,
		Attributes: directory.Attributes{"userName": "fry@example.com", "active": true, "name": object{"givenName": "Philip", "familyName": "Fry"}},
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return p.ID
}

var newRules = object{
	"note":  "agents and supervisors",
	"rules": []object{{"name": "agents", "group": "CC-Agents", "yields": object{"roles": []string{"agent"}, "agent_groups": []object{{"name": "Support"}}}}},
	"tests": []object{{
		"name": "an agent", "groups": []string{"CC-Agents"}, "attributes": object{"title": "Agent"},
		"expect": object{"roles": []string{"agent"}, "agent_groups": []object{{"name": "Support", "kind": "user"}}},
	}},
}

func init() {
	drafted := func(rest string) func(*tenant) string {
		return func(x *tenant) string {
			x.draft()
			return "/rules/draft" + rest
		}
	}
	maps.Copy(contracts, map[string]contract{
		"list-rules":         {},
		"list-rule-tests":    {},
		"get-rule":           {path: at("/rules", (*tenant).rule)},
		"get-rule-draft":     {path: drafted("")},
		"begin-rule-draft":   {},
		"replace-rule-draft": {path: drafted(""), body: fixed(newRules)},
		"delete-rule-draft":  {path: drafted("")},
		"check-rules":        {body: fixed(newRules)},
		"test-rule-draft":    {path: drafted("/test")},
		"try-rule-draft":     {path: drafted("/try"), body: func(x *tenant) any { return object{"person": x.somebody()} }},
		"plan-rule-draft":    {path: drafted("/plan")},
		"publish-rule-draft": {path: drafted("/publish")},
		"list-rule-versions": {},
		"get-rule-version":   {path: at("/rules/versions", (*tenant).version)},
		"revert-rules":       {path: at("/rules/versions", (*tenant).version, "/revert")},
	})
}
