package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ruleChoices are what the tenant has that a rule can name.
type ruleChoices struct {
	Connections, Roles, Options, Profiles, Campaigns, Queues, Strategies, Companies, SeatPools, Statuses []option

	AgentGroups []string
}

// fewChoices is up to how many things are boxes to tick; more are lines to write.
const fewChoices = 40

// readChoices asks for all that a rule can name, as far as the reader may see it.
func (v *visit) readChoices() (c ruleChoices, err error) {
	type named struct {
		Name     string `json:"name"`
		Key      string `json:"key"`
		Archived bool   `json:"archived"`
		Kind     string `json:"kind"`
		Owner    bool   `json:"owner"`
		Options  []struct {
			Key  string `json:"key"`
			Name string `json:"name"`
		} `json:"options"`
	}
	list := func(path string, needs string, take func(named)) func() error {
		return func() error {
			if !v.may(needs) {
				return nil
			}
			all, err := whole[named](v, path, nil)
			for _, x := range all {
				if !x.Archived {
					take(x)
				}
			}
			return err
		}
	}
	into := func(to *[]option) func(named) {
		return func(x named) { *to = append(*to, option{Value: cmp.Or(x.Key, x.Name), Text: x.Name}) }
	}
	const tenant = "console.tenant.read"
	err = v.all(
		list("/connections", "console.connections.read", into(&c.Connections)),
		list("/roles", "roles.view", func(x named) {
			if x.Owner || x.Kind == "membership" { // nobody is given them by a rule
				return
			}
			c.Roles = append(c.Roles, option{Value: x.Key, Text: x.Name, Hint: x.Key})
			for _, o := range x.Options {
				c.Options = append(c.Options, option{Value: x.Key + ":" + o.Key, Text: x.Name + ": " + o.Name})
			}
		}),
		list("/profiles", "roles.view", into(&c.Profiles)),
		list("/agent-groups", tenant, func(x named) { c.AgentGroups = append(c.AgentGroups, x.Name) }),
		list("/campaigns", tenant, into(&c.Campaigns)),
		list("/queues", tenant, into(&c.Queues)),
		list("/strategies", tenant, into(&c.Strategies)),
		list("/companies", tenant, into(&c.Companies)),
		list("/seat-pools", "console.seats.read", into(&c.SeatPools)),
		list("/statuses", tenant, into(&c.Statuses)),
	)
	return c, err
}

// settle keeps among the choices what a form names although it is not there, so that looking at a rule loses nothing, and
// puts the names of what has too many for boxes on lines.
func (c *ruleChoices) settle(f *form) {
	for name, list := range map[string]*[]option{"roles": &c.Roles, "options": &c.Options, "campaigns": &c.Campaigns, "queues": &c.Queues, "strategies": &c.Strategies} {
		if len(*list) > fewChoices {
			f.values.Set(name, strings.Join(f.values[name], "\n"))
			continue
		}
		keep(list, f.list(name)...)
	}
	for name, list := range map[string]*[]option{"connection": &c.Connections, "profile": &c.Profiles, "company": &c.Companies, "seat_pool": &c.SeatPools, "initial_status": &c.Statuses} {
		keep(list, f.get(name))
	}
}

func keep(list *[]option, names ...string) {
	for _, name := range names {
		if name != "" && !slices.ContainsFunc(*list, func(o option) bool { return strings.EqualFold(o.Value, name) }) {
			*list = append(*list, option{Value: name, Text: name})
		}
	}
}

// several is a field for any number of things.
func several(name, label string, list []option) field {
	if len(list) > fewChoices {
		return field{Name: name, Label: label, Kind: "textarea"}
	}
	return field{Name: name, Label: label, Kind: "checks", Options: list}
}

// single is a field for one thing or none; without is what none is called.
func single(name, label, without string, list []option) field {
	return field{Name: name, Label: label, Kind: "select", Options: slices.Concat([]option{{Value: "", Text: without}}, list)}
}

// groupKinds are how somebody belongs to an agent group.
func groupKinds(v *visit) []option {
	return []option{
		{Value: "user", Text: v.T("membership.user")}, {Value: "supervisor", Text: v.T("membership.supervisor")}, {Value: "both", Text: v.T("membership.both")},
	}
}

// line names a field of the line i, from 0.
func line(name string, i int) string { return name + strconv.Itoa(i) }
