package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/scim/schema"
	"rollcall/store"
)

// deepest is how many groups may be in one another; what is nested deeper gives nothing and is told.
const deepest = 32

// graph is a connection's groups as they will be: which is in which, and which rules are bound to each. People are not in
// it; groups are few.
type graph struct {
	byID    map[string]*node
	byEntry map[string]*node // immutable id
	byName  map[string]*node // ref or alias
	byFold  map[string][]*node
}

// node is one group.
type node struct {
	id       string
	entry    store.SourceEntry // Object is id; a group that has none yet has an empty ID
	name     string
	external string
	fresh    bool            // not in the database yet
	renamed  bool            // its name changed
	claimed  bool            // another source left it to this connection
	gone     bool            // the plan deletes it
	parents  map[string]bool // groups that it is directly in
	was      map[string]bool // those of before
	bindings []directory.Binding
	rebound  bool // the bindings changed: its people are evaluated anew
}

func loadGraph(ctx context.Context, r store.Reader, connection string) (*graph, error) {
	g := &graph{byID: map[string]*node{}, byEntry: map[string]*node{}, byName: map[string]*node{}, byFold: map[string][]*node{}}
	heads, err := r.GroupHeads(ctx, connection)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		g.add(&node{id: h.ID, name: h.Name, external: h.ExternalID})
	}
	entries, err := r.GroupEntries(ctx, connection)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if n := g.byID[e.Object]; n != nil {
			n.entry = e
			g.enter(n)
		}
	}
	edges, err := r.Nestings(ctx, connection)
	if err != nil {
		return nil, err
	}
	for _, e := range edges {
		if n := g.byID[e.Child]; n != nil {
			n.parents[e.Parent], n.was[e.Parent] = true, true
		}
	}
	bindings, err := r.Bindings(ctx, "")
	for _, b := range bindings {
		if n := g.byID[b.Group]; n != nil {
			n.bindings = append(n.bindings, b)
		}
	}
	return g, err
}

func (g *graph) add(n *node) {
	n.parents, n.was = map[string]bool{}, map[string]bool{}
	g.byID[n.id] = n
	fold := schema.Fold(n.name)
	g.byFold[fold] = append(g.byFold[fold], n)
}

// enter makes a group known by its entry's names.
func (g *graph) enter(n *node) {
	g.byEntry[n.entry.ID] = n
	g.byName[n.entry.Ref] = n
	if n.entry.Alias != "" {
		g.byName[n.entry.Alias] = n
	}
}

// unclaimed finds a group of the name that no entry stands for: one that another source left to this connection.
func (g *graph) unclaimed(name string) *node {
	for _, n := range g.byFold[schema.Fold(name)] {
		if n.entry.ID == "" {
			return n
		}
	}
	return nil
}

// above lists a group and every group around it, the nearest first, down to the depth that counts.
func (g *graph) above(id string) []*node {
	n := g.byID[id]
	if n == nil {
		return nil
	}
	seen, ring, out := map[string]bool{id: true}, []*node{n}, []*node{n}
	for range deepest {
		var next []*node
		for _, x := range ring {
			for parent := range x.parents {
				p := g.byID[parent]
				if p == nil || p.gone || seen[parent] {
					continue
				}
				seen[parent] = true
				next = append(next, p)
			}
		}
		slices.SortFunc(next, func(a, b *node) int { return compare(a.id, b.id) })
		ring, out = next, append(out, next...)
	}
	return out
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// memberships are those of somebody who is directly in these groups of the connection, as store.Person has them. others
// are the memberships of groups that the graph does not know.
func (g *graph) memberships(direct []string, others []store.Membership) []store.Membership {
	out := slices.Clone(others)
	at := map[string]int{}
	for _, id := range direct {
		for i, n := range g.above(id) {
			k, seen := at[n.id]
			if !seen {
				k = len(out)
				at[n.id] = k
				out = append(out, store.Membership{Group: n.id, Bindings: n.bindings})
			}
			out[k].Direct = out[k].Direct || i == 0
		}
	}
	return out
}

// split divides somebody's memberships into direct ones of the graph's groups and those of other groups.
func (g *graph) split(all []store.Membership) (direct []string, others []store.Membership) {
	for _, m := range all {
		switch {
		case g.byID[m.Group] == nil:
			others = append(others, m)
		case m.Direct:
			direct = append(direct, m.Group)
		}
	}
	return direct, others
}

// chainTooLong reports whether a group lies deeper than counts, cycles aside.
func (g *graph) chainTooLong(n *node) bool {
	depth := map[string]int{}
	var climb func(n *node, path map[string]bool) int
	climb = func(n *node, path map[string]bool) int {
		if d, ok := depth[n.id]; ok {
			return d
		}
		path[n.id] = true
		most := 0
		for parent := range n.parents {
			if p := g.byID[parent]; p != nil && !path[parent] {
				most = max(most, 1+climb(p, path))
			}
		}
		delete(path, n.id)
		depth[n.id] = most
		return most
	}
	return climb(n, map[string]bool{}) > deepest
}

// bind gives a new or renamed group the bindings that [Engine.bindGroup] will write, without writing. Agent groups that
// would be made have ids that say so.
func (g *graph) bind(ctx context.Context, r store.Reader, p *policy, connection string, n *node) error {
	next, err := rebind(p, p.set.RulesFor(n.name, connection), n.id, connection, n.bindings,
		func(rule string) (bool, error) {
			if g.holds(rule) {
				return true, nil
			}
			return r.Bound(ctx, rule, connection)
		},
		func(hit mapping.NameHit, had []string) ([]string, error) {
			return g.targets(ctx, r, *hit.Rule, hit.Captures, had)
		})
	if len(next) == 0 {
		return err
	}
	n.bindings, n.rebound = slices.Clone(n.bindings), true
	for _, b := range next {
		if i := slices.IndexFunc(n.bindings, func(o directory.Binding) bool { return o.Rule == b.Rule }); i >= 0 {
			n.bindings[i] = b.Binding
		} else {
			n.bindings = append(n.bindings, b.Binding)
		}
	}
	return nil
}

// holds reports whether a group of the graph is bound to the rule.
func (g *graph) holds(rule string) bool {
	for _, n := range g.byID {
		if slices.ContainsFunc(n.bindings, func(b directory.Binding) bool { return b.Rule == rule }) {
			return true
		}
	}
	return false
}

func (g *graph) targets(ctx context.Context, r store.Reader, rule directory.Rule, captures map[string]string, had []string) ([]string, error) {
	out := make([]string, len(rule.AgentGroups))
	for i, o := range rule.AgentGroups {
		name, err := mapping.Expand(o.Name, captures)
		if err != nil {
			return nil, err
		}
		found, ok, err := r.AgentGroupNamed(ctx, name)
		switch {
		case err != nil:
			return nil, err
		case ok:
			out[i] = found.ID
		case i < len(had) && g.alone(ctx, r, had[i], rule):
			out[i] = had[i] // the agent group is renamed with the directory's
		default:
			out[i] = newAgentGroupID + name
		}
	}
	return out, nil
}

// alone reports whether an agent group is one binding's of the rule alone, so that it follows a rename.
func (g *graph) alone(ctx context.Context, r store.Reader, id string, rule directory.Rule) bool {
	x, err := r.AgentGroup(ctx, id)
	if err != nil || x.ManagedBy != directory.ByRule || x.Rule != rule.ID {
		return false
	}
	all, err := r.Bindings(ctx, "")
	n := 0
	for _, b := range all {
		if slices.Contains(b.AgentGroups, id) {
			n++
		}
	}
	return err == nil && n <= 1
}
