package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// people applies lines about people, and what only the next reading needs to know, in one commit.
func (s *applier) people(ctx context.Context, lines []syncLine) error {
	g, err := s.graphNow(ctx)
	if err != nil {
		return err
	}
	ordinals := make([]int64, len(lines))
	var ids []string
	for i, l := range lines {
		switch {
		case l.Person == nil:
		case l.Person.Stamp == "":
			if ordinals[i], err = s.e.db.Ordinal(ctx, s.actor.Tenant, "people"); err != nil {
				return err
			}
		default:
			ids = append(ids, l.Person.ID)
		}
	}
	var out batchOutcome
	err = s.e.write(ctx, s.actor, func(tx *store.Tx, p *policy) error {
		out = batchOutcome{}
		people, err := tx.People(ids...)
		if err != nil {
			return err
		}
		if p, err = s.inForce(ctx, tx, p, people); err != nil {
			return err
		}
		byID := make(map[string]*store.Person, len(people))
		for _, x := range people {
			byID[x.ID] = x
		}
		if out.taken, err = s.taken(ctx, tx, lines); err != nil {
			return err
		}
		for i := range lines {
			if err := s.personLine(tx, p, g, &lines[i], byID, ordinals[i], &out); err != nil {
				return err
			}
		}
		plans := make([]*Plan, len(out.writes))
		for i, w := range out.writes {
			plans[i] = w.plan
		}
		if err := s.e.seats(tx, false, plans...); err != nil {
			return err
		}
		for _, w := range out.writes {
			if err := s.writePerson(ctx, tx, w); err != nil {
				return err
			}
			out.sum.Add(w.plan.summary())
			out.mark(w.line, "done")
		}
		if s.run.ID != "" {
			tx.ProgressRun(s.run.ID, s.run.Done+int64(len(lines)))
		}
		for status, list := range out.stored {
			tx.MarkPlanLines(s.run.ID, status, list)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.run.Done += int64(len(lines))
	s.sum.Add(out.sum)
	for _, l := range out.left {
		s.leaveOut(l.line, l.why)
	}
	return nil
}

// taken tells which of the new people would have the name of somebody whom the plan did not know.
func (s *applier) taken(ctx context.Context, tx *store.Tx, lines []syncLine) (map[string]bool, error) {
	var ids []string
	var wanted []store.Wanted
	for _, l := range lines {
		if l.Person != nil && l.Person.Stamp == "" && l.Person.Account != nil {
			ids = append(ids, l.Person.ID)
			wanted = append(wanted, store.Wanted{Key: l.Person.Account.ExternalID, UserName: l.Change.UserName})
		}
	}
	found, err := tx.CandidatesOf(ctx, s.plan.header.Connection, wanted)
	out := map[string]bool{}
	for i, list := range found {
		out[ids[i]] = slices.ContainsFunc(list, func(c store.Candidate) bool { return c.EndedAt.IsZero() })
	}
	return out, err
}

// batchOutcome is what one commit did; it is kept only when it committed.
type batchOutcome struct {
	sum    store.Summary
	left   []leftOut
	taken  map[string]bool    // new people whose name somebody has had since
	stored map[string][]int64 // ordinals of a stored plan's lines by what became of them
	writes []*personWrite
}

type leftOut struct {
	line *syncLine
	why  error // nil for who was left out by whoever applied the plan
}

func (o *batchOutcome) mark(l *syncLine, status string) {
	if l.Ordinal == 0 {
		return
	}
	if o.stored == nil {
		o.stored = map[string][]int64{}
	}
	o.stored[status] = append(o.stored[status], l.Ordinal)
}

// mark notes what became of a stored plan's lines outside of their commit.
func (s *applier) mark(ctx context.Context, lines []syncLine, status string) error {
	var out batchOutcome
	for i := range lines {
		out.mark(&lines[i], status)
	}
	if len(out.stored) == 0 {
		return nil
	}
	return s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error {
		tx.MarkPlanLines(s.run.ID, status, out.stored[status])
		return nil
	})
}

// groups applies lines about groups in one commit, or one line that ends a group.
func (s *applier) groups(ctx context.Context, lines []syncLine) error {
	ordinals := make([]int64, len(lines))
	var err error
	for i, l := range lines {
		switch {
		case l.Group.Ends && s.stale[l.Group.ID]: // whoever was left out keeps what it gives; the next sync ends it
			return s.mark(ctx, lines, "stale")
		case l.Group.Ends:
			if _, err := s.e.DeleteGroup(ctx, s.actor, l.Group.ID, nil); err != nil && directory.KindOf(err) != directory.NotFound {
				return err
			}
		case l.Group.Fresh:
			if ordinals[i], err = s.e.db.Ordinal(ctx, s.actor.Tenant, "groups"); err != nil {
				return err
			}
		}
	}
	s.graph = nil // read anew once the groups have come to be
	return s.e.write(ctx, s.actor, func(tx *store.Tx, p *policy) error {
		p, err := s.e.shared(ctx, tx, p)
		if err != nil {
			return err
		}
		if p.Tenant.ConfigVersion != s.plan.header.Version {
			return errMoved
		}
		for i := range lines {
			if err := s.groupLine(ctx, tx, p, &lines[i], ordinals[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *applier) groupLine(ctx context.Context, tx *store.Tx, p *policy, l *syncLine, ordinal int64) error {
	connection, x := s.plan.header.Connection, l.Group
	if x.Fresh || x.Changed {
		if err := s.writeGroup(ctx, tx, p, x, ordinal); err != nil {
			return err
		}
	}
	if err := s.nest(ctx, tx, x); err != nil {
		return err
	}
	if x.Forgets {
		tx.AwaitNobody(x.ID, "")
	}
	for _, name := range x.Awaits {
		tx.Await(connection, x.ID, name)
		if err := tx.Flush(); err != nil {
			return err
		}
	}
	switch {
	case l.Entry == nil:
	case x.Ends:
		tx.DeleteEntry(connection, l.Entry.ID)
	case s.stale[x.ID]:
		e := *l.Entry
		e.Hash = []byte{0} // read anew next time
		tx.PutEntry(connection, e)
	default:
		tx.PutEntry(connection, *l.Entry)
	}
	if l.Ordinal > 0 {
		tx.MarkPlanLines(s.run.ID, "done", []int64{l.Ordinal})
	}
	return nil
}

// writeGroup makes a group or changes what it is called, and binds rules to its name.
func (s *applier) writeGroup(ctx context.Context, tx *store.Tx, p *policy, x *groupLine, ordinal int64) error {
	attributes, err := schema.Decode(x.Attributes)
	if err != nil {
		return err
	}
	now := directory.Group{
		ID: x.ID, Connection: s.plan.header.Connection, ExternalID: x.External, DisplayName: groupName(attributes), Attributes: attributes,
		Version: 1, CreatedAt: tx.Now(), ModifiedAt: tx.Now(),
	}
	change := store.NewID()
	if x.Fresh {
		if _, err := tx.PutGroup(now, ordinal, false, change); err != nil {
			return err
		}
		if err := appendGroupChange(tx, s.actor, change, "group.created", x.ID, nil, &now, store.GroupListDelta(now.Connection, ordinal, 1)); err != nil {
			return err
		}
		_, err := s.e.bindGroup(ctx, tx, p, now)
		return err
	}
	was, err := tx.Group(now.Connection, x.ID, store.Exclusive)
	if err != nil {
		return err
	}
	now.CreatedAt, now.Version = was.CreatedAt, was.Version+1
	if _, err := tx.PutGroup(now, 0, false, change); err != nil {
		return err
	}
	if err := appendGroupChange(tx, s.actor, change, "group.updated", x.ID, &was, &now); err != nil {
		return err
	}
	moved, err := s.e.bindGroup(ctx, tx, p, now)
	if err != nil || !moved {
		return err
	}
	return s.due(ctx, tx, x.ID)
}

// nest puts a group into others and takes it out. Its people are due, so that nobody is forgotten if the run is cut off
// before their lines.
func (s *applier) nest(ctx context.Context, tx *store.Tx, x *groupLine) error {
	if len(x.Enters)+len(x.Leaves) == 0 {
		return nil
	}
	member := directory.Member{ID: x.ID, Kind: directory.GroupMember}
	for i, parent := range slices.Concat(x.Enters, x.Leaves) {
		change, n := store.NewID(), int64(1)
		if i < len(x.Enters) {
			tx.AddMember(parent, member, change)
		} else {
			tx.RemoveMember(parent, member, change)
			n = -1
		}
		c := directory.Change{ID: change, Subject: "group:" + parent, Action: "group.members", Actor: s.actor, After: []byte(`{"nested":"` + x.ID + `"}`)}
		if err := tx.AppendChange(c, store.GroupDelta(parent, n)); err != nil {
			return err
		}
	}
	return s.due(ctx, tx, x.ID)
}

func (s *applier) due(ctx context.Context, tx *store.Tx, group string) error {
	people, err := everybodyIn(ctx, tx, group)
	if err == nil {
		tx.MarkDue(1, people)
	}
	return err
}
