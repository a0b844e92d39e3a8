package provision

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// PersonChange is one person's line of a plan that concerns many.
type PersonChange struct {
	User     string        `json:"user"`
	UserName string        `json:"user_name"`
	Change   string        `json:"change"` // entitled | suspended | activated | deprovisioned | status_changed | absence_changed
	Gained   []RightChange `json:"gained,omitempty"`
	Lost     []RightChange `json:"lost,omitempty"`
	Reason   string        `json:"reason"`
	Seat     *SeatChange   `json:"seat,omitempty"`
	State    directory.State
	// WasStatus and Status are the keys of the person's presence status before and after, where it changes.
	WasStatus, Status string
	// Follows names what else becomes otherwise of somebody whose rights stay: incomplete, absence, extension.
	Follows []string
	// Privileged tells whether the person has a privileged role now and would have one then.
	Privileged, WillBePrivileged bool
	// Administers tells whether what they have lets them administer anything now, WillAdminister whether it would then: a
	// profile, or an option that they have not, may leave nothing of a privileged role.
	Administers, WillAdminister bool
	// Guarded tells that a guard counts the person, Moved that an account of theirs changes hands because its connection goes.
	Guarded, Moved bool
}

// Line is the change as the line of a sync has it.
func (c PersonChange) Line() SyncChange {
	out := SyncChange{User: c.User, UserName: c.UserName, Change: c.Change, Fields: []string{}, Reason: c.Reason, Gained: c.Gained, Lost: c.Lost}
	fields := map[string]bool{}
	for _, list := range [][]RightChange{c.Gained, c.Lost} {
		for _, r := range list {
			field := directory.EntitlementKind(r.Kind).Field()
			if !fields[field] {
				fields[field] = true
				out.Fields = append(out.Fields, field)
			}
		}
	}
	if c.Seat != nil {
		out.Fields, out.Values = append(out.Fields, "seat"), []FieldChange{{Field: "seat", Before: c.Seat.Before, After: c.Seat.After}}
	}
	return out
}

// RightChange is one right gained or lost, in names that people know.
type RightChange struct {
	Kind   string                   `json:"kind"`
	Target string                   `json:"target"` // a role's key or an agent group's name
	As     directory.MembershipKind `json:"as,omitempty"`
	Rule   string                   `json:"rule,omitempty"`
	Group  string                   `json:"group,omitempty"` // the directory group's id
}

// newAgentGroupID marks agent groups that a preview's rules would make.
const newAgentGroupID = "new:"

// PreviewGuarded evaluates everybody under a configuration that is not published and calls each for whoever would gain or
// lose something, and, so that the last administrator can be counted, for whoever has or would have a privileged role. It
// says why a guard with these limits would hold the configuration: it counts the people who would lose their state, last role
// or last agent group, or gain a privileged role, of all who are active. The connections that the configuration does not
// have any more are offboarded before it counts. All of it is only foreseen; nothing is written.
func (e *Engine) PreviewGuarded(ctx context.Context, next *store.Configuration, going []Offboarding, limits directory.GuardLimits, each func(PersonChange) error) (store.Summary, directory.Messages, error) {
	v, err := e.preview(ctx, next, going, each)
	if err != nil {
		return v.total, nil, err
	}
	after := ""
	for {
		ids, err := v.reader.PeopleAfter(ctx, after, 500)
		if err != nil {
			return v.total, nil, err
		}
		people, err := v.reader.People(ctx, ids...)
		if err != nil {
			return v.total, nil, err
		}
		for _, before := range people {
			if err := v.person(before); err != nil {
				return v.total, nil, err
			}
		}
		if len(ids) < 500 {
			if err := v.room.finish(); err != nil {
				return v.total, nil, err
			}
			return v.total, v.toll.reasons(limits.Limit(v.active)), nil
		}
		after = ids[len(ids)-1]
	}
}

// PreviewPerson is [Engine.PreviewGuarded] for one person: what they would gain and lose, which may be nothing.
func (e *Engine) PreviewPerson(ctx context.Context, next *store.Configuration, id string) (out PersonChange, err error) {
	reader := e.db.Reader(next.Tenant.ID)
	people, err := reader.People(ctx, id)
	if err == nil && len(people) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no person %q", id)
	}
	if err != nil {
		return out, err
	}
	out = PersonChange{User: id, UserName: people[0].UserName, Change: "entitled", State: people[0].State}
	v, err := e.preview(ctx, next, nil, func(c PersonChange) error {
		out = c
		return nil
	})
	if err != nil {
		return out, err
	}
	if err := v.person(people[0]); err != nil {
		return out, err
	}
	return out, v.room.finish()
}

// preview prepares one.
func (e *Engine) preview(ctx context.Context, next *store.Configuration, going []Offboarding, each func(PersonChange) error) (*preview, error) {
	v := &preview{engine: e, reader: e.db.Reader(next.Tenant.ID), each: each}
	var err error
	if v.now, err = e.policy(ctx, v.reader, next.Tenant.ConfigVersion, false); err != nil {
		return v, err
	}
	if v.next, err = compile(next); err != nil {
		return v, err
	}
	v.names = wordingOf(next)
	if v.leaving, err = foresee(ctx, v.reader, going); err != nil {
		return v, err
	}
	if v.bound, err = e.previewBindings(ctx, v.reader, v.next, v.leaving); err != nil {
		return v, err
	}
	v.room, err = v.next.room(ctx, v.reader, true)
	return v, err
}

// preview is one that is being made.
type preview struct {
	engine    *Engine
	reader    store.Reader
	now, next *policy
	names     *names
	leaving   *leaving
	bound     map[string][]directory.Binding
	room      *room
	each      func(PersonChange) error
	total     store.Summary
	toll      toll
	active    int64
}

// person tells what would become of somebody, where that is anything.
func (v *preview) person(before *store.Person) error {
	then := clone(before)
	moved := v.leaving.person(then, time.Now())
	for i := range then.Memberships {
		then.Memberships[i].Bindings = v.bound[then.Memberships[i].Group]
	}
	plan := v.next.draft(before, then, false) // nobody states anything new
	if before.State == directory.Active {
		v.active++
	}
	return v.room.seat(plan, func() error { return v.tell(plan, moved) })
}

// tell tells one person's plan, once it is known whether they find a seat.
func (v *preview) tell(plan *Plan, moved string) error {
	before, then := plan.Before, plan.After
	changed := len(plan.Gained)+len(plan.Lost) > 0 || plan.rowChanged() || moved != ""
	if changed {
		v.total.Add(plan.summary())
	}
	// A role that becomes privileged, or is not any more, changes what people may do and nothing that they have.
	had, has := v.now.inForce(before), v.next.inForce(then)
	lost := losses(had, has)
	v.toll.add(before.ID, lost)
	if !changed && !had.privileged && !has.privileged {
		return nil
	}
	line := plan.line(v.names)
	line.Privileged, line.WillBePrivileged, line.Guarded = had.privileged, has.privileged, lost != 0
	line.Administers, line.WillAdminister = had.privileged && v.now.administers(before), has.privileged && v.next.administers(then)
	line.Moved = moved != ""
	switch {
	case moved != "" && line.Reason != "":
		line.Reason = moved + ", " + line.Reason
	case moved != "":
		line.Reason = moved
	case !changed && lost&gainedPrivileged != 0:
		line.Reason = "a role becomes privileged"
	}
	return v.each(line)
}

// previewBindings are the bindings that the configuration would have, by group.
func (e *Engine) previewBindings(ctx context.Context, reader store.Reader, p *policy, l *leaving) (map[string][]directory.Binding, error) {
	existing, err := reader.Bindings(ctx, "")
	if err != nil {
		return nil, err
	}
	kept, err := e.stillNamed(ctx, p.Configuration, existing)
	if err != nil {
		return nil, err
	}
	wanted, _, err := bindings(ctx, reader, p, l, kept, func(name string, _ directory.Rule) (string, error) {
		g, found, err := reader.AgentGroupNamed(ctx, name)
		if err != nil || found {
			return g.ID, err
		}
		return newAgentGroupID + name, nil
	})
	byGroup := map[string][]directory.Binding{}
	for _, w := range wanted {
		byGroup[w.Group] = append(byGroup[w.Group], w.Binding)
	}
	return byGroup, err
}

// line tells a plan in names.
func (p *Plan) line(n *names) PersonChange {
	c := PersonChange{User: p.After.ID, UserName: p.After.UserName, Change: strings.TrimPrefix(p.action(), "user."), State: p.After.State, Seat: p.seatLine()}
	reasons := map[string]bool{}
	tell := func(gs []directory.Grant) []RightChange {
		var out []RightChange
		for _, g := range gs {
			r := RightChange{Kind: string(g.Kind), Target: n.target(g), As: g.Membership, Rule: n.rules[g.Origin.Rule], Group: g.Origin.Group}
			if r.Rule != "" {
				reasons["rule "+r.Rule] = true
			}
			out = append(out, r)
		}
		return out
	}
	c.Gained, c.Lost = tell(p.Gained), tell(p.Lost)
	p.tellPresence(&c)
	var all []string
	for r := range reasons {
		all = append(all, r)
	}
	slices.Sort(all)
	c.Reason = strings.Join(all, ", ")
	return c
}
