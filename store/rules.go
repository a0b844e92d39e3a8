package store

import (
	"rollcall/directory"
	"rollcall/scim/schema"
)

const ruleRow = `id, name, ord, connection, group_name, group_id, condition, roles, agent_groups, outputs, managed_by`

func scanRule(s scanner) (directory.Rule, error) {
	var x directory.Rule
	var roles, groups, outputs, by string
	if err := s.Scan(&x.ID, &x.Name, &x.Order, &x.Connection, &x.Group, &x.GroupID, &x.When, &roles, &groups, &outputs, &by); err != nil {
		return x, err
	}
	x.ManagedBy = directory.ManagedBy(by)
	o, err := decoded[directory.RuleOutputs](outputs)
	if err != nil {
		return x, err
	}
	x.Options, x.Profile, x.Campaigns, x.Queues, x.Strategies = o.Options, o.Profile, o.Campaigns, o.Queues, o.Strategies
	x.Company, x.SeatPool, x.InitialStatus = o.Company, o.SeatPool, o.InitialStatus
	if x.Roles, err = decoded[[]string](roles); err != nil {
		return x, err
	}
	x.AgentGroups, err = decoded[[]directory.RuleOutput](groups)
	return x, err
}

// PutRule writes a rule, and makes it if it is not there.
func (tx *Tx) PutRule(x directory.Rule) {
	more := directory.RuleOutputs{
		Options: x.Options, Profile: x.Profile, Campaigns: x.Campaigns, Queues: x.Queues, Strategies: x.Strategies,
		Company: x.Company, SeatPool: x.SeatPool, InitialStatus: x.InitialStatus,
	}
	tx.exec(`INSERT INTO rule (tenant, id, name, ord, connection, group_name, group_id, condition, roles, agent_groups, outputs, managed_by)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, ord = excluded.ord, connection = excluded.connection, group_name = excluded.group_name,
	    group_id = excluded.group_id, condition = excluded.condition, roles = excluded.roles, agent_groups = excluded.agent_groups, outputs = excluded.outputs,
	    managed_by = excluded.managed_by`,
		tx.tenant, x.ID, x.Name, int64(x.Order), x.Connection, x.Group, x.GroupID, x.When, encoded(x.Roles), encoded(x.AgentGroups), encoded(more), string(x.ManagedBy))
}

// DeleteRule removes a rule and what it was bound to.
func (tx *Tx) DeleteRule(id string) {
	tx.exec(`DELETE FROM rule WHERE tenant = ? AND id = ?`, tx.tenant, id)
	tx.exec(`DELETE FROM binding WHERE tenant = ? AND rule = ?`, tx.tenant, id)
}

// mappingTest is a test's body.
type mappingTest struct {
	Name       string                `json:"name"`
	Attributes directory.Attributes  `json:"attributes,omitempty"`
	Groups     []string              `json:"groups,omitempty"`
	Connection string                `json:"connection,omitempty"`
	Expect     directory.RuleOutputs `json:"expect"`
}

func scanMappingTest(s scanner) (directory.MappingTest, error) {
	var body, by string
	if err := s.Scan(&body, &by); err != nil {
		return directory.MappingTest{}, err
	}
	x, err := decoded[mappingTest](body)
	return directory.MappingTest{
		Name: x.Name, Attributes: x.Attributes, Groups: x.Groups, Connection: x.Connection,
		Expect: x.Expect, ManagedBy: directory.ManagedBy(by),
	}, err
}

// PutMappingTest writes a test of the rules at its place in order.
func (tx *Tx) PutMappingTest(x directory.MappingTest, order int) {
	tx.exec(`INSERT INTO mapping_test (tenant, name, ord, body, managed_by) VALUES (?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, name) DO UPDATE SET ord = excluded.ord, body = excluded.body, managed_by = excluded.managed_by`,
		tx.tenant, schema.Fold(x.Name), int64(order), encoded(mappingTest{x.Name, x.Attributes, x.Groups, x.Connection, x.Expect}), string(x.ManagedBy))
}

// DeleteMappingTest removes a test of the rules.
func (tx *Tx) DeleteMappingTest(name string) {
	tx.exec(`DELETE FROM mapping_test WHERE tenant = ? AND name = ?`, tx.tenant, schema.Fold(name))
}
