package admin

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Change edits a tenant's configuration, as a person or an API key does: the tenant is actor.Tenant, by its id. edit is
// given a copy of everything and changes that; it may run more than once, so it must not have effects beyond its argument.
// What it makes of it goes the way of [Admin.Apply]: it is checked, compared, shown to whoever it concerns, guarded,
// published and brought to the people, or only told, as the options say.
//
// What an edit adds is the console's and gets an id where it has none; so is what it changes of what a rule made or of a
// preset's settings, statuses and seat pools. What the manifest owns is refused as Forbidden, and so is everything that is
// the preset's beyond those; see [Admin.Detach]. What is in use goes only with [Options.Absent] and [Options.Going]. What
// is wrong is an error of kind Conflict with every reason, a line each.
func (a *Admin) Change(ctx context.Context, actor directory.Actor, o Options, edit func(next *store.Configuration) error) (Result, error) {
	return a.change(ctx, actor, o, "tenant.changed", func(m *merger) error {
		if err := edit(m.next); err != nil {
			return err
		}
		m.edited(nil)
		return nil
	})
}

// Detach gives an object that the manifest owns to the console, so that it can be changed there. kind is as a [Difference]
// tells it, and name the object's name or key. A manifest that still names it changes nothing while it says the same, and
// is refused once it does not.
func (a *Admin) Detach(ctx context.Context, actor directory.Actor, o Options, kind, name string) (Result, error) {
	return a.change(ctx, actor, o, "tenant.changed", func(m *merger) error {
		connections := map[string]string{}
		list := objects(m.base, connections, connections)
		i := slices.IndexFunc(list, func(x object) bool { return x.kind == kind && schema.Fold(x.name) == schema.Fold(name) })
		if i < 0 {
			return directory.Errorf(directory.NotFound, "the tenant %q has no %s %q", m.base.Tenant.Key, kind, name)
		}
		switch list[i].by {
		case directory.ByManifest:
		case directory.ByConsole:
			return nil // as it should be
		default:
			return directory.Errorf(directory.Conflict, "the %s %q is the %s's, not the manifest's: there is nothing to detach", kind, name, list[i].by)
		}
		key := list[i].key()
		m.edited(&key)
		return nil
	})
}

// change is what Change and its like have in common. action is that of the change record.
func (a *Admin) change(ctx context.Context, actor directory.Actor, o Options, action string, edit func(*merger) error) (Result, error) {
	current, err := a.db.Reader(actor.Tenant).Configuration(ctx)
	if err != nil {
		return Result{Status: Failed}, err
	}
	propose := func(ctx context.Context) (*draft, error) {
		current, err := a.db.Reader(actor.Tenant).Configuration(ctx)
		if err != nil {
			return nil, err
		}
		m, err := begun(current, "", true)
		if err != nil {
			return nil, err
		}
		m.next = copyOf(m.base)
		if err := edit(m); err != nil {
			return nil, err
		}
		if m.next.Tenant.Preset != m.base.Tenant.Preset { // a later version is taken, with everything else that is edited
			p, err := pin(m.base.Tenant.Preset, m.next.Tenant.Preset)
			if err != nil {
				return nil, err
			}
			if m.next.Tenant.Preset = m.base.Tenant.Preset; p != nil {
				m.refused = append(m.refused, copyPreset(m.next, *p)...)
			}
		}
		if err := m.refusal(); err != nil {
			return nil, err
		}
		teams, err := captured(ctx, a.db.Reader(actor.Tenant), m.next.Rules)
		if err != nil {
			return nil, err
		}
		m.agentGroups(m.kept(), teams)
		m.going = o.Going
		if m.mayGo = o.Absent; m.mayGo {
			m.everythingMayGo()
		}
		d, err := a.checked(ctx, m, true, action)
		if err == nil && o.May != nil {
			err = o.May(m.current, m.next)
		}
		return d, err
	}
	if o.Plan {
		return a.plan(ctx, current.Tenant.Key, propose, o)
	}
	return a.carryOut(ctx, actor, current.Tenant.Key, propose, o)
}

// kept are the agent groups of the manifest: an edit leaves them as they are.
func (m *merger) kept() map[string]bool {
	out := map[string]bool{}
	for _, g := range m.next.AgentGroups {
		if g.ManagedBy == directory.ByManifest && !g.Archived {
			out[g.ID] = true
		}
	}
	return out
}

// everythingMayGo says of all that the edit removes that it shall go although somebody has it.
func (m *merger) everythingMayGo() {
	names := map[string]string{}
	has := byKey(objects(m.next, names, names))
	for _, x := range objects(m.current, names, names) {
		if o := has[x.key()]; o == nil {
			m.absent[x.key()] = true
		} else if g, ok := o.row.(directory.WorkGroup); ok && g.Archived {
			m.absent[x.key()] = true
		}
	}
}
