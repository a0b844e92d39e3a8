package provision

import (
	"context"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// names tells ids in words.
type names struct {
	policy      *policy // without its rules
	version     int64
	rules       map[string]string
	connections map[string]string
	objects     map[string]string // of every kind of work, with companies and profiles: their ids differ
	groups      map[string]string // of the directory; those that were asked for
}

// everyName names what a configuration has, and every directory group: for what may tell of any of them.
func everyName(ctx context.Context, reader store.Reader, c *store.Configuration) (*names, error) {
	n := wordingOf(c)
	return n, reader.GroupNames(ctx, func(g store.GroupName) error {
		n.groups[g.ID] = g.Name
		return nil
	})
}

// groupsOf has the directory groups named that gave these people something.
func (n *names) groupsOf(ctx context.Context, reader store.Reader, people ...*store.Person) (err error) {
	var ids []string
	for _, x := range people {
		ids = append(ids, originGroups(x.Grants)...)
	}
	n.groups, err = reader.NamesOfGroups(ctx, ids)
	return err
}

// wordingOf is [wording] of a configuration whose rules are not compiled.
func wordingOf(c *store.Configuration) *names {
	return wording(&policy{Configuration: c, decisions: decisions(c.Connections), access: model(c)})
}

// wording names what a configuration has; directory groups it has not.
func wording(p *policy) *names {
	n := &names{policy: p, version: p.Tenant.ConfigVersion, rules: map[string]string{}, connections: map[string]string{}, objects: map[string]string{}, groups: map[string]string{}}
	for _, r := range p.Rules {
		n.rules[r.ID] = r.Name
	}
	for _, x := range p.Connections {
		n.connections[x.ID] = x.Name
	}
	for _, g := range slices.Concat(p.AgentGroups, p.Work) {
		n.objects[g.ID] = g.Name
	}
	for _, x := range p.Companies {
		n.objects[x.ID] = x.Name
	}
	for _, x := range p.Profiles {
		n.objects[x.ID] = x.Name
	}
	return n
}

func (n *names) target(g directory.Grant) string {
	if name, ok := n.objects[g.Target]; ok {
		return name
	}
	return strings.TrimPrefix(g.Target, newAgentGroupID)
}

func (n *names) origin(o directory.Origin) OriginView {
	group := n.groups[o.Group]
	if group == "" {
		group = o.Group
	}
	rule := n.rules[o.Rule]
	if rule == "" {
		rule = o.Rule
	}
	return OriginView{Kind: o.Kind, Rule: rule, Group: group, Connection: n.connections[o.Connection], Run: o.Run, Actor: o.Actor, Change: o.Change, At: o.At}
}
