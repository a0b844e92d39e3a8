package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// toldNames is how many names a refusal lists.
const toldNames = 20

// checkOffboarding refuses an offboarding that cannot be done as the manifest says, and else notes it.
func (a *Admin) checkOffboarding(ctx context.Context, r store.Reader, m *merger, c directory.Connection) error {
	o := provision.Offboarding{Connection: c.ID, Name: c.Name, Do: m.going[c.ID].Do}
	heir := "no connection"
	if to := m.going[c.ID].To; o.Do == directory.OffboardMove {
		i := slices.IndexFunc(m.next.Connections, func(x directory.Connection) bool { return schema.Fold(x.Name) == schema.Fold(to) })
		if i < 0 || !slices.ContainsFunc(m.current.Connections, func(x directory.Connection) bool { return x.ID == m.next.Connections[i].ID }) {
			m.refuse("the people of connection %q cannot move to %q yet, which is new: apply a manifest that has both first", c.Name, to)
			return nil
		}
		o.To, heir = m.next.Connections[i].ID, fmt.Sprintf("connection %q", m.next.Connections[i].Name)
	}
	s, err := r.Source(ctx, c.ID)
	if err != nil {
		return err
	}
	if s.Status == store.SourceQuarantined {
		m.refuse("a guard holds what connection %q would change: approve or discard that first, with \"rollcall sync %s --tenant %s\"", c.Name, jobs.ShellWord(c.Name), m.current.Tenant.Key)
	}
	taken, err := r.NamesTaken(ctx, c.ID, o.To, toldNames+1)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		more := ""
		if len(taken) > toldNames {
			taken, more = taken[:toldNames], " and more"
		}
		m.refuse("the people of connection %q cannot all be owned by %s: somebody else has the userName %s%s there. Correct one of the two first, or link them", c.Name, heir, strings.Join(taken, ", "), more)
	}
	m.leaving = append(m.leaving, o)
	return nil
}

// offboard takes people and groups away from the connections that go, each under the lease of its syncs. It reports
// whether it got as far as changing anything.
func (a *Admin) offboard(ctx context.Context, actor directory.Actor, d *draft, o Options) (began bool, err error) {
	for _, x := range d.leaving {
		held, err := jobs.Hold(ctx, a.db.Ops(), jobs.Syncing(actor.Tenant, x.Connection), func(ctx context.Context) error {
			began = true
			_, err := a.engine.Offboard(ctx, actor, x, o.Progress)
			return err
		})
		if err == nil && !held {
			err = directory.Errorf(directory.Unavailable, "connection %s is being synced at the moment; run it again when that has ended", x.Name)
		}
		if err != nil {
			return began, err
		}
	}
	return began, nil
}
