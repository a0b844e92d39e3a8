package provision

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// write puts down what undoing the target means for one person, under one change.
func (x *reversal) write(ctx context.Context, tx *store.Tx, u *undo) error {
	if x.plan == nil {
		return nil
	}
	id, ordinal, change := x.before.ID, x.before.DisplayID, store.NewID()
	var deltas []store.Delta
	for _, c := range x.ended {
		tx.EndAccount(id, c, change)
		deltas = append(deltas, store.AccountDelta(c, ordinal, -1))
	}
	for _, g := range x.left {
		tx.RemoveMember(g, directory.Member{ID: id, Kind: directory.UserMember}, change)
		deltas = append(deltas, store.GroupDelta(g, -1))
	}
	for _, a := range x.begun {
		if _, err := tx.InsertAccount(a, ordinal, change); err != nil {
			return err
		}
		deltas = append(deltas, store.AccountDelta(a.Connection, ordinal, 1))
	}
	for _, g := range x.joined {
		tx.AddMember(g, directory.Member{ID: id, Kind: directory.UserMember}, change)
		deltas = append(deltas, store.GroupDelta(g, 1))
	}
	for _, g := range x.awoken {
		if err := putWork(tx, g, workRestored); err != nil {
			return err
		}
	}
	return u.e.apply(ctx, tx, u.actor, x.plan, change, deltas...)
}

// tell says what undoing the target means for one person, and counts it for the guard.
func (u *undo) tell(x *reversal, n *names) error {
	u.count(x)
	if x.plan != nil {
		u.lines++
		u.toll.add(x.before.ID, x.plan.loss)
		switch was, is := x.administers(); {
		case was && !is:
			u.losing[x.before.ID] = true
		case is && !was:
			u.gaining++
		}
		if err := u.o.Each(x.line(n)); err != nil {
			return err
		}
	}
	if len(x.moved) == 0 {
		return nil
	}
	line := SyncChange{User: x.before.ID, UserName: x.before.UserName, Change: "skipped", Status: "stale", Reason: x.moves(), Fields: []string{}}
	for _, m := range x.moved {
		if f := undoneField(m.field); !slices.Contains(line.Fields, f) {
			line.Fields = append(line.Fields, f)
		}
	}
	return u.o.Each(line)
}

// administers reports whether the person is an active administrator, and whether they are one once the target is undone.
func (x *reversal) administers() (was, is bool) {
	return x.p.privileged(x.before) && x.before.State == directory.Active, x.p.privileged(x.plan.After) && x.plan.After.State == directory.Active
}

// count adds one person to the result.
func (u *undo) count(x *reversal) {
	if x.plan != nil {
		u.result.Summary.Add(x.plan.summary())
	}
	if len(x.moved) == 0 {
		return
	}
	if len(u.result.Problems) == toldProblems {
		u.result.More++
		return
	}
	u.result.Problems = append(u.result.Problems, directory.Problem{
		Kind: "stale", Subject: x.before.UserName, Message: directory.Say("left as it is: %s", x.moves()), Fix: "look at this person, and change by hand what should be otherwise",
	})
}

// moves says what is left as it is, and why.
func (x *reversal) moves() string {
	var all []string
	for _, m := range x.moved {
		all = append(all, m.field+" "+m.why)
	}
	return strings.Join(all, "; ")
}

// undoneField is what a line's fields call something that an undo is about.
func undoneField(name string) string {
	kind, _, _ := strings.Cut(name, ":")
	if k := directory.EntitlementKind(kind); slices.Contains(directory.EntitlementKinds(), k) {
		return k.Field()
	}
	return name
}

// line tells in names what is undone.
func (x *reversal) line(n *names) SyncChange {
	told := x.plan.line(n)
	c := SyncChange{
		User: told.User, UserName: told.UserName, Change: syncWord(x.plan.action()), Gained: told.Gained, Lost: told.Lost, Fields: []string{},
		Reason: x.plan.reason, Status: "open",
	}
	if was, is := x.before.State, x.plan.After.State; was != is {
		c.Values = append(c.Values, FieldChange{"state", was, is})
	}
	if s := told.Seat; s != nil {
		c.Values = append(c.Values, FieldChange{"seat", s.Before, s.After})
	}
	if len(x.before.Accounts) > 0 && len(x.plan.After.Accounts) > 0 {
		was, is := leaves(documentOf(x.before)), leaves(documentOf(x.plan.After))
		paths := maps.Clone(was)
		maps.Copy(paths, is)
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			if !reflect.DeepEqual(was[path], is[path]) {
				c.Values = append(c.Values, FieldChange{path, was[path], is[path]})
			}
		}
	}
	if len(x.left)+len(x.joined) > 0 {
		c.Values = append(c.Values, FieldChange{"groups", n.groupNames(x.left), n.groupNames(x.joined)})
	}
	for _, v := range c.Values {
		c.Fields = append(c.Fields, v.Field)
	}
	for _, r := range slices.Concat(c.Gained, c.Lost) {
		if f := undoneField(r.Kind); !slices.Contains(c.Fields, f) {
			c.Fields = append(c.Fields, f)
		}
	}
	slices.Sort(c.Fields)
	return c
}

// documentOf is what somebody's document says.
func documentOf(x *store.Person) directory.Attributes {
	if x.Attributes == nil && len(x.Accounts) > 0 {
		return x.Accounts[0].Attributes
	}
	return x.Attributes
}
