package provision

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// noStatus is where people are in a tenant whose catalogue has no status for them to begin in (000-10).
const noStatus = "offline"

// status finds a status of the catalogue.
func (p *policy) status(key string) (directory.Status, bool) {
	i := slices.IndexFunc(p.Statuses, func(s directory.Status) bool { return s.Key == key })
	if i < 0 {
		return directory.Status{}, false
	}
	return p.Statuses[i], true
}

// checkStatus says why nobody can be in a status, or nothing: the catalogue does not have it, it is switched off, or the
// tenant's platform has only the statuses that it came with.
func (p *policy) checkStatus(key string) error {
	s, ok := p.status(key)
	switch {
	case !ok:
		return directory.Errorf(directory.Invalid, "there is no status %q; there are %s", key, strings.Join(p.statusKeys(), ", "))
	case !s.Active:
		return directory.Errorf(directory.Invalid, "the status %q is switched off; choose one of %s", key, strings.Join(p.statusKeys(), ", "))
	case p.Setting("presence.statuses") == "off" && !s.System && s.ManagedBy != directory.ByPreset:
		return directory.Errorf(directory.Invalid, "this tenant has no statuses of its own (presence.statuses); choose one of %s", strings.Join(p.statusKeys(), ", "))
	}
	return nil
}

// statusKeys are the keys of the statuses that people can be in, in the catalogue's order.
func (p *policy) statusKeys() []string {
	keys := make([]string, 0, len(p.Statuses))
	for _, s := range p.Statuses {
		if s.Active && (p.Setting("presence.statuses") != "off" || s.System || s.ManagedBy == directory.ByPreset) {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// initialStatus is where somebody begins: what a person or a rule says of them, else the tenant's setting, each if people
// can be in it.
func (p *policy) initialStatus(x *store.Person) string {
	if g, ok := ruling(x, directory.StatusEntitlement); ok && p.checkStatus(g.Target) == nil {
		return g.Target
	}
	if key := p.Setting("presence.initial_status"); p.checkStatus(key) == nil {
		return key
	}
	return noStatus
}

// present decides in which status the person is. New people, those who come back and those who are activated again begin
// anew, unless whoever makes the plan says where; who is in a status that nobody can be in any more begins anew too. Who is
// suspended keeps their status: it is masked by their state.
func (p *Plan) present() {
	x, was := p.After, p.Before
	returns := was != nil && x.Status == was.Status && (was.State == directory.Suspended || was.State == directory.Deprovisioned) &&
		(x.State == directory.Active || x.State == directory.Pending)
	if x.State != directory.Deprovisioned && (returns || p.policy.checkStatus(x.Status) != nil) {
		x.Status = p.policy.initialStatus(x)
	}
}

// SetStatus puts somebody into a status of the catalogue. Who is suspended stays masked, whatever their status. A person who
// does not exist, or is gone, is an error of kind NotFound, and a status that is not in the catalogue, is switched off, or
// is none of the platform's where the tenant has no others, one of kind Invalid.
func (e *Engine) SetStatus(ctx context.Context, actor directory.Actor, person, key string, o PersonOptions) (View, error) {
	return e.byHand(ctx, actor, person, o, func(p *policy, before *store.Person, _ time.Time) (*Plan, error) {
		if err := p.checkStatus(key); err != nil {
			return nil, err
		}
		after := clone(before)
		after.Status = key
		return p.draft(before, after, false), nil
	})
}
