package provision

import (
	"context"
	"maps"
	"slices"
	"time"

	"rollcall/store"
)

// leaving is what offboardings will have made of connections, groups and people, for a preview.
type leaving struct {
	list  []Offboarding
	heirs map[string]string   // of connections that go: who takes their groups
	gone  map[string]bool     // groups that end, because their heir has one of the name
	above map[string][]string // groups: those that they are directly in
	below map[string]bool     // groups that have groups in them
}

// foresee reads what offboarding the connections will do to groups.
func foresee(ctx context.Context, r store.Reader, list []Offboarding) (*leaving, error) {
	l := &leaving{list: list, heirs: map[string]string{}, gone: map[string]bool{}, above: map[string][]string{}, below: map[string]bool{}}
	for _, o := range list {
		l.heirs[o.Connection] = o.To
		heads, err := r.GroupHeads(ctx, o.Connection)
		if err != nil {
			return nil, err
		}
		ends, err := o.ends(ctx, r, heads)
		if err != nil {
			return nil, err
		}
		maps.Copy(l.gone, ends)
		edges, err := r.Nestings(ctx, o.Connection)
		if err != nil {
			return nil, err
		}
		for _, e := range edges {
			l.above[e.Child], l.below[e.Parent] = append(l.above[e.Child], e.Parent), true
		}
	}
	return l, nil
}

// groups calls fn with every group as it will be. Those that come from a connection that goes come last: what their heir
// has comes before them.
func (l *leaving) groups(ctx context.Context, r store.Reader, fn func(store.GroupName) error) error {
	if l == nil {
		return r.GroupNames(ctx, fn)
	}
	var moved []store.GroupName
	err := r.GroupNames(ctx, func(g store.GroupName) error {
		heir, moves := l.heirs[g.Connection]
		switch {
		case l.gone[g.ID]:
			return nil
		case moves:
			g.Connection = heir
			moved = append(moved, g)
			return nil
		}
		return fn(g)
	})
	for _, g := range moved {
		if err == nil {
			err = fn(g)
		}
	}
	return err
}

// person makes somebody what offboarding will make of them, and returns why, or "" where it does not concern them.
func (l *leaving) person(x *store.Person, now time.Time) (reason string) {
	for _, o := range l.list {
		if x.Account(o.Connection) != nil {
			reason = o.reason()
		}
		o.transfer(x, now)
	}
	if !slices.ContainsFunc(x.Memberships, func(m store.Membership) bool { return l.gone[m.Group] }) {
		return reason
	}
	// Without the groups that end, somebody may not be in those around them any more.
	kept := map[string]bool{}
	var next []string
	for _, m := range x.Memberships {
		if m.Direct && !l.gone[m.Group] {
			next = append(next, m.Group)
		}
	}
	foreign := func(m store.Membership) bool { return !m.Direct && !l.below[m.Group] } // another connection's
	for len(next) > 0 {
		g := next[0]
		next = next[1:]
		if !kept[g] {
			kept[g] = true
			next = append(next, slices.DeleteFunc(slices.Clone(l.above[g]), func(p string) bool { return l.gone[p] })...)
		}
	}
	x.Memberships = slices.DeleteFunc(x.Memberships, func(m store.Membership) bool { return !kept[m.Group] && !foreign(m) })
	return reason
}
