package store

import (
	"context"
	"time"

	"rollcall/directory"
)

// RuleSetState is where a version of the rules stands.
type RuleSetState string

// The states of a version of the rules. A tenant has at most one draft and one that is published.
const (
	RulesDraft     RuleSetState = "draft"
	RulesPublished RuleSetState = "published"
	RulesRetired   RuleSetState = "retired"
)

// RuleSet is one version of a tenant's rules with their tests.
type RuleSet struct {
	ID      string
	State   RuleSetState
	Version int64 // of the configuration that it was published with; of a draft, that it began from
	Rules   []directory.Rule
	Tests   []directory.MappingTest
	Note    string
	Actor   string // kind:id
	At      time.Time
}

// ruleBody is a rule of a version, as JSON.
type ruleBody struct {
	ID         string                `json:"id"`
	Name       string                `json:"name"`
	Connection string                `json:"connection,omitempty"`
	Group      string                `json:"group,omitempty"`
	GroupID    string                `json:"group_id,omitempty"`
	When       string                `json:"when,omitempty"`
	Yields     directory.RuleOutputs `json:"yields"`
	ManagedBy  directory.ManagedBy   `json:"managed_by"`
}

func ruleBodies(rules []directory.Rule) []ruleBody {
	out := make([]ruleBody, len(rules))
	for i := range rules {
		r := &rules[i]
		out[i] = ruleBody{r.ID, r.Name, r.Connection, r.Group, r.GroupID, r.When, r.Outputs(), r.ManagedBy}
	}
	return out
}

func (b ruleBody) rule(order int) directory.Rule {
	y := b.Yields
	return directory.Rule{
		ID: b.ID, Name: b.Name, Order: order, Connection: b.Connection, Group: b.Group, GroupID: b.GroupID, When: b.When,
		Roles: y.Roles, Options: y.Options, Profile: y.Profile, AgentGroups: y.AgentGroups, Campaigns: y.Campaigns, Queues: y.Queues,
		Strategies: y.Strategies, Company: y.Company, SeatPool: y.SeatPool, InitialStatus: y.InitialStatus, ManagedBy: b.ManagedBy,
	}
}

// testBody is a test of a version, as JSON.
type testBody struct {
	mappingTest

	ManagedBy directory.ManagedBy `json:"managed_by"`
}

const ruleSetRow = `id, state, version, rules, tests, note, actor, at`

func scanRuleSet(s scanner) (RuleSet, error) {
	var x RuleSet
	var state, rules, tests string
	var at int64
	if err := s.Scan(&x.ID, &state, &x.Version, &rules, &tests, &x.Note, &x.Actor, &at); err != nil {
		return x, err
	}
	x.State, x.At = RuleSetState(state), instant(at)
	bodies, err := decoded[[]ruleBody](rules)
	if err != nil {
		return x, err
	}
	for i, b := range bodies {
		x.Rules = append(x.Rules, b.rule(i))
	}
	invented, err := decoded[[]testBody](tests)
	for _, t := range invented {
		x.Tests = append(x.Tests, directory.MappingTest{
			Name: t.Name, Attributes: t.Attributes, Groups: t.Groups, Connection: t.Connection, Expect: t.Expect, ManagedBy: t.ManagedBy,
		})
	}
	return x, err
}

// RuleSets returns up to limit versions of the tenant's rules, the newest first, the draft before them, without their rules
// and tests: of all versions these would be many; see [Reader.RuleSet].
func (r Reader) RuleSets(ctx context.Context, limit int) ([]RuleSet, error) {
	var out []RuleSet
	err := r.q.ask(ctx, into(&out, scanRuleSet, `SELECT id, state, version, '', '', note, actor, at FROM rule_set WHERE tenant = ?
	  ORDER BY CASE WHEN state = 'draft' THEN 0 ELSE 1 END, version DESC, id DESC LIMIT ? + 0`, r.tenant, limit))
	return out, err
}

// RuleSet returns a version of the rules by its id, or by "draft" and "published". One that does not exist is an error of
// kind NotFound.
func (r Reader) RuleSet(ctx context.Context, id string) (RuleSet, error) {
	column := "id"
	if id == string(RulesDraft) || id == string(RulesPublished) {
		column = "state"
	}
	var out []RuleSet
	err := r.q.ask(ctx, into(&out, scanRuleSet, `SELECT `+ruleSetRow+` FROM rule_set WHERE tenant = ? AND `+column+` = ?`, r.tenant, id))
	if err == nil && len(out) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no version %q of the rules", id)
	}
	if err != nil {
		return RuleSet{}, err
	}
	return out[0], nil
}

// PutRuleSet writes a version of the rules, and makes it if it is not there. One that is published retires the one before.
func (tx *Tx) PutRuleSet(x RuleSet) {
	if x.State == RulesPublished {
		tx.exec(`UPDATE rule_set SET state = ? WHERE tenant = ? AND state = ?`, string(RulesRetired), tx.tenant, string(RulesPublished))
	}
	tests := make([]testBody, len(x.Tests))
	for i, t := range x.Tests {
		tests[i] = testBody{mappingTest{t.Name, t.Attributes, t.Groups, t.Connection, t.Expect}, t.ManagedBy}
	}
	tx.exec(`INSERT INTO rule_set (tenant, id, state, version, rules, tests, note, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, version = excluded.version, rules = excluded.rules, tests = excluded.tests,
	    note = excluded.note, actor = excluded.actor, at = excluded.at`,
		tx.tenant, x.ID, string(x.State), x.Version, encoded(ruleBodies(x.Rules)), encoded(tests), x.Note, x.Actor, micros(tx.at))
}

// DeleteRuleDraft removes the draft of the rules.
func (tx *Tx) DeleteRuleDraft() {
	tx.exec(`DELETE FROM rule_set WHERE tenant = ? AND state = ?`, tx.tenant, string(RulesDraft))
}
