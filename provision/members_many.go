package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// writeMany commits the facts under one change of the group; rights follow.
func (m *membership) writeMany(ctx context.Context, p *policy, added, removed []directory.Member) error {
	byID := func(a, b directory.Member) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(added, byID)
	slices.SortFunc(removed, byID)
	lost, err := m.touched(ctx, removed)
	if err != nil {
		return err
	}
	gained, err := m.touched(ctx, added)
	if err != nil {
		return err
	}
	all := slices.Concat(lost, gained)
	slices.Sort(all)
	for chunk := range slices.Chunk(slices.Compact(all), 1000) {
		if err := m.tx.LockPeople(chunk); err != nil {
			return err
		}
	}
	if added, removed, err = m.stillTrue(ctx, added, removed); err != nil {
		return err
	}
	change := store.NewID()
	for _, x := range removed {
		m.tx.RemoveMember(m.group.ID, x, change)
		if err := m.tx.Flush(); err != nil {
			return err
		}
	}
	for _, x := range added {
		m.tx.AddMember(m.group.ID, x, change)
		if err := m.tx.Flush(); err != nil {
			return err
		}
	}
	n := int64(len(added) - len(removed))
	m.count, m.changes = m.count+n, m.changes+1
	c := directory.Change{
		ID: change, Subject: "group:" + m.group.ID, Action: "group.members", Actor: m.actor,
		After: fmt.Appendf(nil, `{"added":%d,"removed":%d}`, len(added), len(removed)),
	}
	if err := m.tx.AppendChange(c, store.GroupDelta(m.group.ID, n)); err != nil {
		return err
	}
	if err := m.evaluate(ctx, p, lost, 0); err != nil {
		return err
	}
	return m.evaluate(ctx, p, gained, 1)
}

// stillTrue leaves out who came, left or was deprovisioned before they were locked.
func (m *membership) stillTrue(ctx context.Context, added, removed []directory.Member) (still, gone []directory.Member, err error) {
	connections := []string{m.connection.ID, ""}
	check := func(members []directory.Member, in bool) (out []directory.Member, err error) {
		for chunk := range slices.Chunk(members, 1000) {
			var ids []string
			for _, x := range chunk {
				ids = append(ids, x.ID)
			}
			known, err := m.tx.Known(ctx, m.group.ID, connections, ids)
			if err != nil {
				return nil, err
			}
			for _, x := range chunk {
				if k, ok := known[x.ID]; ok && k.Member == in {
					out = append(out, x)
				}
			}
		}
		return out, nil
	}
	if still, err = check(added, false); err != nil {
		return nil, nil, err
	}
	gone, err = check(removed, true)
	return still, gone, err
}

// touched lists the people that members stand for: themselves, or everybody in a nested group.
func (m *membership) touched(ctx context.Context, members []directory.Member) ([]string, error) {
	var ids []string
	for _, x := range members {
		if x.Kind != directory.GroupMember {
			ids = append(ids, x.ID)
			continue
		}
		if err := m.tx.LockNested(x.ID); err != nil {
			return nil, err
		}
		nested, err := everybodyIn(ctx, m.tx, x.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, nested...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// markEverybody evaluates everybody in the group anew.
func (m *membership) markEverybody(ctx context.Context) error {
	people, err := everybodyIn(ctx, m.tx, m.group.ID)
	if err != nil || len(people) == 0 {
		return err
	}
	m.mark(1, people)
	return nil
}

// evaluate brings people's rights in line with facts that are written: here for few, in a run for many.
func (m *membership) evaluate(ctx context.Context, p *policy, people []string, urgency int64) error {
	if len(people) == 0 {
		return nil
	}
	if len(people) > InOneCommit {
		m.mark(urgency, people)
		return nil
	}
	found, err := m.tx.People(people...)
	if err != nil {
		return err
	}
	if p, err = m.e.current(ctx, m.tx, p, found...); err != nil {
		return err
	}
	var moves []move
	for _, before := range found {
		if plan := p.plan(before, clone(before)); !plan.Empty() {
			moves = append(moves, move{plan, store.NewID(), nil})
		}
	}
	return m.apply(ctx, moves)
}

// mark leaves people for a run.
func (m *membership) mark(urgency int64, people []string) {
	m.tx.MarkDue(urgency, people)
	if !m.pending {
		m.tx.PutRun(store.Run{ID: store.NewID(), Kind: "push", Status: "applying", Actor: m.actor, Connection: m.connection.ID, CreatedAt: m.tx.Now()})
	}
	m.pending = true
}
