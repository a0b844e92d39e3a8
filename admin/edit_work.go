package admin

import (
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// work looks at groups of work. One that an edit leaves out is archived: it is nobody's, and comes back with the same id
// once somebody names it again.
func (e *editor) work() {
	all := e.revived(slices.Concat(e.next.AgentGroups, e.next.Work))
	for _, g := range all {
		if !slices.Contains(directory.WorkKinds(), g.Kind) {
			e.refuse("%q is no kind of a group of work: there are %q", g.Kind, directory.WorkKinds())
		}
	}
	e.next.AgentGroups, e.next.Work = nil, nil
	for _, kind := range directory.WorkKinds() {
		other := func(g directory.WorkGroup) bool { return g.Kind != kind }
		var gone []directory.WorkGroup
		put := func(g directory.WorkGroup) directory.WorkGroup {
			if !g.Archived {
				g.ManagedBy, g.Rule, g.Archived = directory.ByRule, "", true
			}
			return g
		}
		list := editKind(e, slices.DeleteFunc(slices.Concat(e.base.AgentGroups, e.base.Work), other), slices.DeleteFunc(slices.Clone(all), other), handle[directory.WorkGroup]{
			kind: string(kind), id: func(x *directory.WorkGroup) *string { return &x.ID }, by: func(x *directory.WorkGroup) *directory.ManagedBy { return &x.ManagedBy },
			name: func(x directory.WorkGroup) string { return x.Name }, same: sameWorkGroup, newID: store.NewID,
			check: func(old, x *directory.WorkGroup) {
				if x == nil {
					gone = append(gone, put(*old))
					return
				}
				if x.Rule = ""; x.Archived {
					x.Archived = false
					*x = put(*x)
				}
			},
		})
		list = append(list, gone...)
		if kind == directory.AgentGroupWork {
			e.next.AgentGroups = list
		} else {
			e.next.Work = append(e.next.Work, list...)
		}
	}
}

// revived gives a new group whose name an archived one has the id of that one.
func (e *editor) revived(list []directory.WorkGroup) []directory.WorkGroup {
	type named struct {
		kind directory.WorkKind
		fold string
	}
	archived, known, back := map[named]string{}, map[string]bool{}, map[string]bool{}
	for _, g := range slices.Concat(e.base.AgentGroups, e.base.Work) {
		known[g.ID] = true
		if g.Archived {
			archived[named{g.Kind, schema.Fold(g.Name)}] = g.ID
		}
	}
	var out []directory.WorkGroup
	for _, g := range list {
		if id := archived[named{g.Kind, schema.Fold(g.Name)}]; id != "" && !known[g.ID] {
			g.ID, back[id] = id, true
		}
		out = append(out, g)
	}
	return slices.DeleteFunc(out, func(g directory.WorkGroup) bool { return back[g.ID] && g.Archived })
}

// renames notes that something has another name now.
func (e *editor) renames(kind, was, is string) {
	if was == is {
		return
	}
	if e.names[kind] == nil {
		e.names[kind] = map[string]string{}
	}
	e.names[kind][schema.Fold(was)] = is
}

// follow lets the console's rules and tests name what was renamed by its new name. The manifest's do not: whoever writes
// them renames it there too.
func (e *editor) follow() {
	if len(e.names) == 0 {
		return
	}
	one := func(kind, name string) string {
		if is, ok := e.names[kind][schema.Fold(name)]; ok {
			return is
		}
		return name
	}
	many := func(kind string, names []string) {
		for i, name := range names {
			names[i] = one(kind, name)
		}
	}
	groups := func(list []directory.RuleOutput) {
		for i, o := range list {
			list[i].Name = one(string(directory.AgentGroupWork), o.Name)
		}
	}
	outputs := func(o *directory.RuleOutputs) {
		many(string(directory.CampaignWork), o.Campaigns)
		many(string(directory.QueueWork), o.Queues)
		many(string(directory.StrategyWork), o.Strategies)
		groups(o.AgentGroups)
		o.Profile, o.Company = one("profile", o.Profile), one("company", o.Company)
	}
	for i := range e.next.Rules {
		if r := &e.next.Rules[i]; r.ManagedBy != directory.ByManifest {
			o := r.Outputs() // its lists are the rule's
			outputs(&o)
			r.Profile, r.Company = o.Profile, o.Company
		}
	}
	for i := range e.next.Tests {
		if e.next.Tests[i].ManagedBy != directory.ByManifest {
			outputs(&e.next.Tests[i].Expect)
		}
	}
}
