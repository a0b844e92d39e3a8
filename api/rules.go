package api

import (
	"cmp"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Yields is what a rule gives, or what a test expects: there an empty list says that there is none of its kind.
type Yields struct {
	Roles         []string     `json:"roles,omitzero" maxItems:"100" doc:"Keys." example:"[\"agent\"]"`
	Options       []string     `json:"options,omitzero" maxItems:"100" doc:"Each as role:option." example:"[]"`
	Profile       string       `json:"profile,omitempty" maxLength:"200" doc:"A profile's name; its role comes with it." example:""`
	AgentGroups   []ruleOutput `json:"agent_groups,omitzero" maxItems:"100" doc:"Made where they are not there."`
	Campaigns     []string     `json:"campaigns,omitzero" maxItems:"100" doc:"Names." example:"[]"`
	Queues        []string     `json:"queues,omitzero" maxItems:"100" doc:"Names." example:"[]"`
	Strategies    []string     `json:"strategies,omitzero" maxItems:"100" doc:"Names." example:"[]"`
	Company       string       `json:"company,omitempty" maxLength:"200" doc:"A company's name." example:""`
	SeatPool      string       `json:"seat_pool,omitempty" maxLength:"63" doc:"A seat pool's key." example:""`
	InitialStatus string       `json:"initial_status,omitempty" maxLength:"32" doc:"A status's keyword." example:""`
}

type ruleOutput struct {
	Name string `json:"name" minLength:"1" maxLength:"200" doc:"An agent group's name; {word} stands for what the rule's group captured." example:"Support"`
	Kind string `json:"kind,omitempty" enum:"user,supervisor,both" doc:"user unless said." example:"user"`
}

func yieldsOf(o directory.RuleOutputs) Yields {
	y := Yields{
		Roles: o.Roles, Options: o.Options, Profile: o.Profile, Campaigns: o.Campaigns, Queues: o.Queues, Strategies: o.Strategies, Company: o.Company,
		SeatPool: o.SeatPool, InitialStatus: o.InitialStatus,
	}
	if o.AgentGroups != nil {
		y.AgentGroups = all(o.AgentGroups, func(g directory.RuleOutput) ruleOutput { return ruleOutput{g.Name, string(g.Kind)} })
	}
	return y
}

func (y Yields) outputs() directory.RuleOutputs {
	o := directory.RuleOutputs{
		Roles: y.Roles, Options: y.Options, Profile: y.Profile, Campaigns: y.Campaigns, Queues: y.Queues, Strategies: y.Strategies, Company: y.Company,
		SeatPool: y.SeatPool, InitialStatus: y.InitialStatus,
	}
	if y.AgentGroups != nil {
		o.AgentGroups = all(y.AgentGroups, func(g ruleOutput) directory.RuleOutput {
			return directory.RuleOutput{Name: g.Name, Kind: directory.MembershipKind(cmp.Or(g.Kind, string(directory.AsUser)))}
		})
	}
	return o
}

// rule is a rule as clients read it and write it.
type rule struct {
	ID         string `json:"id,omitempty" maxLength:"100" doc:"Left out of a new rule; one that is there keeps its bindings by it." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Name       string `json:"name" minLength:"1" maxLength:"200" doc:"Unique in the tenant." example:"support agents"`
	Connection string `json:"connection,omitempty" maxLength:"200" doc:"The name of the only connection that it covers; left out for all." example:"okta"`
	Group      string `json:"group,omitempty" maxLength:"500" doc:"A directory group's name; {word} captures." example:"CC-Support"`
	GroupID    string `json:"group_id,omitempty" maxLength:"100" doc:"Pins the group by its id instead." example:""`
	When       string `json:"when,omitempty" maxLength:"4096" doc:"A SCIM filter over the user's resource." example:"department eq \"Support\""`
	Yields     Yields `json:"yields"`
	ManagedBy  string `json:"managed_by,omitempty" enum:"preset,manifest,console,rule" doc:"Who owns it; what is sent is not looked at." example:"console"`
}

// mappingTest is somebody invented, and what the rules must give them.
type mappingTest struct {
	Name       string         `json:"name" minLength:"1" maxLength:"200" doc:"Unique in the tenant." example:"an agent of support"`
	Attributes map[string]any `json:"attributes,omitempty" doc:"Of a SCIM user." example:"{\"department\": \"Support\"}"`
	Groups     []string       `json:"groups,omitempty" maxItems:"100" doc:"Names of the directory groups that they are in." example:"[\"CC-Support\"]"`
	Connection string         `json:"connection,omitempty" maxLength:"200" doc:"A connection's name." example:""`
	Expect     Yields         `json:"expect" doc:"Of the kinds that it names the person gets what it lists and no more; an empty list expects none. Without any, they get nothing."`
	ManagedBy  string         `json:"managed_by,omitempty" enum:"preset,manifest,console,rule" doc:"Who owns it; what is sent is not looked at." example:"console"`
}

// connectionNames are the names of a tenant's connections, by id.
func connectionNames(c *store.Configuration) map[string]string {
	out := map[string]string{}
	for _, x := range c.Connections {
		out[x.ID] = x.Name
	}
	return out
}

func rulesOf(c *store.Configuration, rules []directory.Rule) []rule {
	names := connectionNames(c)
	return all(rules, func(r directory.Rule) rule {
		return rule{r.ID, r.Name, names[r.Connection], r.Group, r.GroupID, r.When, yieldsOf(r.Outputs()), string(r.ManagedBy)}
	})
}

func testsOf(c *store.Configuration, tests []directory.MappingTest) []mappingTest {
	names := connectionNames(c)
	return all(tests, func(t directory.MappingTest) mappingTest {
		return mappingTest{t.Name, t.Attributes, t.Groups, names[t.Connection], yieldsOf(t.Expect), string(t.ManagedBy)}
	})
}

// connectionID is the id of the connection that a client names, by its name or its id.
func connectionID(c *store.Configuration, what, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	i := slices.IndexFunc(c.Connections, func(x directory.Connection) bool { return x.ID == ref || schema.Fold(x.Name) == schema.Fold(ref) })
	if i < 0 {
		return "", directory.Errorf(directory.Invalid, "%s: the tenant has no connection %q", what, ref)
	}
	return c.Connections[i].ID, nil
}

// rules are the rules that a client describes, in their order. A rule without an id that has the name of one that is there
// is that one.
func (b draftBody) rules(c *store.Configuration) ([]directory.Rule, error) {
	out := make([]directory.Rule, len(b.Rules))
	for i, r := range b.Rules {
		connection, err := connectionID(c, "rule "+quote(r.Name), r.Connection)
		if err != nil {
			return nil, err
		}
		o := r.Yields.outputs()
		x := directory.Rule{
			ID: r.ID, Name: r.Name, Order: i, Connection: connection, Group: r.Group, GroupID: r.GroupID, When: r.When, Roles: o.Roles, Options: o.Options,
			Profile: o.Profile, AgentGroups: o.AgentGroups, Campaigns: o.Campaigns, Queues: o.Queues, Strategies: o.Strategies, Company: o.Company,
			SeatPool: o.SeatPool, InitialStatus: o.InitialStatus, ManagedBy: directory.ByConsole,
		}
		at := slices.IndexFunc(c.Rules, func(y directory.Rule) bool {
			return y.ID == r.ID || r.ID == "" && schema.Fold(y.Name) == schema.Fold(r.Name)
		})
		if at >= 0 {
			x.ID, x.ManagedBy = c.Rules[at].ID, c.Rules[at].ManagedBy
		}
		out[i] = x
	}
	return out, nil
}

func (b draftBody) tests(c *store.Configuration) ([]directory.MappingTest, error) {
	out := make([]directory.MappingTest, len(b.Tests))
	for i, t := range b.Tests {
		connection, err := connectionID(c, "test "+quote(t.Name), t.Connection)
		if err != nil {
			return nil, err
		}
		x := directory.MappingTest{
			Name: t.Name, Attributes: t.Attributes, Groups: t.Groups, Connection: connection, Expect: t.Expect.outputs(), ManagedBy: directory.ByConsole,
		}
		at := slices.IndexFunc(c.Tests, func(y directory.MappingTest) bool { return schema.Fold(y.Name) == schema.Fold(t.Name) })
		if at >= 0 {
			x.ManagedBy = c.Tests[at].ManagedBy
		}
		out[i] = x
	}
	return out, nil
}
