package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// personWrite is a person's line that is to be written.
type personWrite struct {
	line *syncLine
	plan *Plan
}

// personLine plans a person's line again, or says what becomes of it instead.
func (s *applier) personLine(tx *store.Tx, p *policy, g *graph, l *syncLine, people map[string]*store.Person, ordinal int64, out *batchOutcome) error {
	connection := s.plan.header.Connection
	if l.Person == nil {
		if l.Entry != nil {
			tx.PutEntry(connection, *l.Entry)
		}
		out.mark(l, "done")
		return nil
	}
	before := people[l.Person.ID]
	if before != nil {
		ordinal = before.DisplayID
	}
	switch {
	case s.isExcepted(l):
		out.left = append(out.left, leftOut{line: l})
		out.mark(l, "excepted")
		return nil
	case out.taken[l.Person.ID]:
		out.left = append(out.left, leftOut{l, directory.Errorf(directory.Stale, "somebody of this userName was made after the plan, so the line was left out")})
		out.mark(l, "stale")
		return nil
	case slices.ContainsFunc(l.Person.Joined, func(id string) bool { return g.byID[id] == nil }):
		out.left = append(out.left, leftOut{l, directory.Errorf(directory.Stale, "a group of this person was ended after the plan was made, so the line was left out")})
		out.mark(l, "stale")
		return nil
	case stamp(before) == l.Person.Stamp:
	case l.Person.done(before, connection):
		if l.Entry != nil {
			tx.PutEntry(connection, *l.Entry)
		}
		out.mark(l, "done")
		return nil
	default:
		out.left = append(out.left, leftOut{l, directory.Errorf(directory.Stale, "this person changed after the plan was made, so the line was left out")})
		out.mark(l, "stale")
		return nil
	}
	after, err := p.advance(before, l.Person, connection, g, tx.Now())
	if err != nil {
		return err
	}
	after.DisplayID = ordinal
	plan := p.plan(before, after)
	plan.Joined, plan.Left = l.Person.Joined, l.Person.Left
	out.writes = append(out.writes, &personWrite{l, plan})
	return nil
}

// writePerson writes one person's line under a change of its own.
func (s *applier) writePerson(ctx context.Context, tx *store.Tx, w *personWrite) error {
	connection, l, x := s.plan.header.Connection, w.line, w.line.Person
	before, after, ordinal := w.plan.Before, w.plan.After, w.plan.After.DisplayID
	change := store.NewID()
	var deltas []store.Delta
	if x.Ends {
		tx.EndAccount(x.ID, connection, change)
		deltas = append(deltas, store.AccountDelta(connection, ordinal, -1))
	}
	if x.Account != nil {
		more, err := s.writeAccount(ctx, tx, x, before, after, ordinal, change)
		if err != nil {
			return err
		}
		deltas = append(deltas, more...)
	}
	member := directory.Member{ID: x.ID, Kind: directory.UserMember}
	for _, group := range x.Joined {
		tx.AddMember(group, member, change)
		deltas = append(deltas, store.GroupDelta(group, 1))
	}
	for _, group := range x.Left {
		tx.RemoveMember(group, member, change)
		deltas = append(deltas, store.GroupDelta(group, -1))
	}
	for _, a := range x.Arrived {
		tx.AwaitNobody(a.Group, a.Name)
	}
	for _, grant := range x.Restored {
		tx.PutGrant(x.ID, grant, change)
	}
	if err := s.e.apply(ctx, tx, s.actor, w.plan, change, deltas...); err != nil {
		return err
	}
	switch {
	case l.Entry == nil:
	case x.Ends:
		tx.DeleteEntry(connection, l.Entry.ID)
	default:
		tx.PutEntry(connection, *l.Entry)
	}
	return nil
}

func (s *applier) writeAccount(ctx context.Context, tx *store.Tx, x *personLine, before, after *store.Person, ordinal int64, change string) ([]store.Delta, error) {
	connection := s.plan.header.Connection
	a := after.Account(connection)
	if a.ExternalID != "" {
		a.Key = a.ExternalID
	}
	if !x.Begins {
		_, err := tx.UpdateAccount(*a)
		return nil, err
	}
	deltas := []store.Delta{store.AccountDelta(connection, ordinal, 1)}
	if before != nil {
		last, err := tx.LastEnded(ctx, x.ID, connection)
		if err != nil {
			return nil, err
		}
		a.Version = last.Version + 1
		if before.Account("") != nil {
			tx.EndAccount(x.ID, "", change)
			deltas = append(deltas, store.AccountDelta("", ordinal, -1))
		}
	}
	_, err := tx.InsertAccount(*a, ordinal, change)
	return deltas, err
}
