package provision

import (
	"reflect"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// advance returns a person as a line of a plan makes them. Planning and applying use it both, so that what is applied is
// what was planned. before is nil for somebody new.
func (p *policy) advance(before *store.Person, l *personLine, connection string, g *graph, now time.Time) (*store.Person, error) {
	after := &store.Person{User: directory.User{ID: l.ID, Onboarded: true, CreatedAt: now, ModifiedAt: now}, ReadAt: now}
	if before != nil {
		after = clone(before)
	}
	if l.Ends {
		after.Accounts = slices.DeleteFunc(after.Accounts, func(a directory.Account) bool { return a.Connection == connection })
		after.Departed = append(after.Departed, connection)
	}
	if l.Account != nil {
		if err := l.account(after, connection, now); err != nil {
			return nil, err
		}
	}
	direct, others := g.split(after.Memberships)
	direct = slices.DeleteFunc(direct, func(id string) bool { return slices.Contains(l.Left, id) })
	for _, id := range l.Joined {
		if !slices.Contains(direct, id) {
			direct = append(direct, id)
		}
	}
	after.Memberships = g.memberships(direct, others)
	after.Grants = append(after.Grants, l.Restored...)
	return after, nil
}

// account puts the account as the directory states it among the person's.
func (l *personLine) account(x *store.Person, connection string, now time.Time) error {
	attributes, err := schema.Decode(l.Account.Attributes)
	if err != nil {
		return err
	}
	a := directory.Account{Person: l.ID, Connection: connection, Version: 1, CreatedAt: now}
	if was := x.Account(connection); was != nil {
		a = *was
		a.Version++
	}
	a.Attributes, a.ExternalID, a.ModifiedAt = attributes, l.Account.ExternalID, now
	if err := settleAccount(&a); err != nil {
		return err
	}
	if l.Begins {
		x.Departed = slices.DeleteFunc(x.Departed, func(c string) bool { return c == connection })
		x.Accounts = slices.DeleteFunc(x.Accounts, func(o directory.Account) bool { return o.Connection == "" })
	}
	x.Accounts = slices.DeleteFunc(x.Accounts, func(o directory.Account) bool { return o.Connection == connection })
	x.Accounts = append(x.Accounts, a)
	return nil
}

// done reports whether somebody is already as the line makes them.
func (l *personLine) done(x *store.Person, connection string) bool {
	if x == nil {
		return false
	}
	in := func(g string) bool { return isMember(x, g) }
	for _, g := range l.Joined {
		if !in(g) {
			return false
		}
	}
	if slices.ContainsFunc(l.Left, in) {
		return false
	}
	a := x.Account(connection)
	switch {
	case l.Ends:
		return a == nil
	case l.Account == nil:
		return true
	case a == nil || a.ExternalID != l.Account.ExternalID:
		return false
	}
	attributes, err := schema.Decode(l.Account.Attributes)
	return err == nil && reflect.DeepEqual(attributes, a.Attributes)
}
