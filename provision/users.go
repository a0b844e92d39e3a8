package provision

import (
	"context"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// Match is a precondition on a resource's version, such as If-Match (RFC 7644 §3.14). A nil Match always holds.
type Match func(version int64) bool

func (m Match) check(version int64) error {
	if m != nil && !m(version) {
		return directory.Errorf(directory.Stale, "the resource has changed since you read it: read it again and repeat the change")
	}
	return nil
}

// settleAccount fills an account's typed fields from its attributes, as RFC 7643 §4.1 names them.
func settleAccount(a *directory.Account) error {
	a.UserName, _ = a.Attributes["userName"].(string)
	if a.UserName == "" {
		return directory.Errorf(directory.Invalid, "userName is required and may not be empty")
	}
	active, stated := a.Attributes["active"].(bool)
	a.Active = active || !stated
	if a.ExternalID != "" {
		a.Key = a.ExternalID
	}
	return nil
}

// CreateUser makes an account of the actor's connection, and the person whom it is of: somebody new, somebody who comes
// back (their id, history and grants with them), somebody whom no connection owned, or somebody whom the connection's
// link rule names. A taken userName or externalId is an error of kind Conflict (RFC 7644 §3.3).
func (e *Engine) CreateUser(ctx context.Context, actor directory.Actor, in directory.Account) (store.Resource, error) {
	return e.create(ctx, actor, in, nil)
}

// create is [Engine.CreateUser]; by hand where there are hands.
func (e *Engine) create(ctx context.Context, actor directory.Actor, in directory.Account, by *hands) (store.Resource, error) {
	if err := settleAccount(&in); err != nil {
		return store.Resource{}, err
	}
	ordinal, err := e.db.Ordinal(ctx, actor.Tenant, "people")
	if err != nil {
		return store.Resource{}, err
	}
	var out store.Resource
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		c, err := p.connection(actor.Connection)
		if err != nil {
			return err
		}
		if !c.Capabilities.Create {
			return directory.Errorf(directory.Forbidden, "connection %s may not create users", c.Name)
		}
		found, version, err := tx.Candidates(ctx, c.ID, in.Key, in.UserName)
		if err != nil {
			return err
		}
		if p, err = e.current(ctx, tx, p, &store.Person{ConfigVersion: version}); err != nil {
			return err
		}
		a := in
		a.Connection, a.Version, a.CreatedAt, a.ModifiedAt = c.ID, 1, tx.Now(), tx.Now()
		what, person, err := correlate(ctx, tx.Reader, p, c, a, found)
		if err != nil {
			return err
		}
		if what == absent {
			out, err = e.begin(ctx, tx, p, actor, a, ordinal, by)
		} else {
			out, err = e.adopt(ctx, tx, p, actor, a, what, person, by)
		}
		return err
	})
	return out, err
}

// begin makes a new person of an account.
func (e *Engine) begin(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, a directory.Account, ordinal int64, by *hands) (store.Resource, error) {
	x := &store.Person{User: directory.User{ID: store.NewID(), DisplayID: ordinal, Onboarded: true, CreatedAt: tx.Now(), ModifiedAt: tx.Now()}}
	a.Person = x.ID
	x.Accounts = []directory.Account{a}
	change := store.NewID()
	doc, err := tx.InsertAccount(a, ordinal, change)
	if err != nil {
		return store.Resource{}, err
	}
	plan, err := by.plan(tx, p, nil, x)
	if err == nil {
		err = e.apply(ctx, tx, actor, plan, change, store.AccountDelta(a.Connection, ordinal, 1))
	}
	if err == nil {
		err = p.newcomer(ctx, tx, x, by != nil)
	}
	return resource(a, ordinal, doc), err
}

// adopt gives an account to a person who is there already.
func (e *Engine) adopt(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, a directory.Account, what situation, id string, by *hands) (store.Resource, error) {
	people, err := tx.People(id)
	if err != nil {
		return store.Resource{}, err
	}
	if len(people) == 0 || people[0].Account(a.Connection) != nil {
		return store.Resource{}, conflict("userName") // somebody was faster
	}
	before := people[0]
	if p, err = e.current(ctx, tx, p, before); err != nil {
		return store.Resource{}, err
	}
	after := clone(before)
	change := store.NewID()
	deltas := []store.Delta{store.AccountDelta(a.Connection, before.DisplayID, 1)}
	plan := &Plan{}
	last, err := tx.LastEnded(ctx, id, a.Connection)
	if err != nil {
		return store.Resource{}, err
	}
	a.Person, a.Version = id, last.Version+1
	after.Departed = slices.DeleteFunc(after.Departed, func(c string) bool { return c == a.Connection })
	switch free := before.Account("") != nil; {
	case free && what != gone && p.privileged(before):
		return store.Resource{}, directory.Errorf(directory.Conflict, "this is an administrator whom no connection owns: an administrator has to link the two")
	case free:
		deltas = append(deltas, release(tx, after, change))
	case what == unowned:
		return store.Resource{}, conflict("userName") // another connection was faster
	}
	if what == gone {
		more, err := comeBack(ctx, tx, p, after, &a, last, change, plan)
		if err != nil {
			return store.Resource{}, err
		}
		deltas = append(deltas, more...)
	}
	after.Accounts = append(after.Accounts, a)
	doc, err := tx.InsertAccount(a, before.DisplayID, change)
	if err != nil {
		return store.Resource{}, err
	}
	joined := plan.Joined
	if plan, err = by.plan(tx, p, before, after); err != nil {
		return store.Resource{}, err
	}
	plan.Joined = joined
	if err := e.apply(ctx, tx, actor, plan, change, deltas...); err != nil {
		return store.Resource{}, err
	}
	if err := p.newcomer(ctx, tx, after, by != nil); err != nil {
		return store.Resource{}, err
	}
	return withGroups(ctx, tx, actor.Connection, resource(a, before.DisplayID, doc), after)
}

// release ends the account of a person whom no connection owned, because one does now.
func release(tx *store.Tx, x *store.Person, change string) store.Delta {
	tx.EndAccount(x.ID, "", change)
	x.Accounts = slices.DeleteFunc(x.Accounts, func(a directory.Account) bool { return a.Connection == "" })
	return store.AccountDelta("", x.DisplayID, -1)
}

// comeBack restores what the connection's goodbye took: groups that still live, and, unless the tenant says otherwise,
// the rights that people had given.
func comeBack(ctx context.Context, tx *store.Tx, p *policy, x *store.Person, a *directory.Account, last store.Ended, change string, plan *Plan) ([]store.Delta, error) {
	groups, grants, err := tx.EndedWith(x.ID, last.By)
	if err != nil {
		return nil, err
	}
	a.CreatedAt = last.CreatedAt
	if a.Key == "" {
		a.Key = last.Key
	}
	var deltas []store.Delta
	for _, g := range groups {
		bindings, err := tx.Bindings(ctx, g)
		if err != nil {
			return nil, err
		}
		join(x, g, bindings)
		plan.Joined = append(plan.Joined, g)
		tx.AddMember(g, directory.Member{ID: x.ID, Kind: directory.UserMember}, change)
		deltas = append(deltas, store.GroupDelta(g, 1))
	}
	if len(groups) > 0 {
		if err := lookAgain(tx, x); err != nil {
			return nil, err
		}
	}
	if p.Setting("rehire.restore") == "restore" {
		for _, g := range grants {
			tx.PutGrant(x.ID, g, change)
			x.Grants = append(x.Grants, g)
		}
	}
	return deltas, nil
}

// UpdateUser changes what the actor's connection states about a person. fn gets the account as it is and returns it as
// it should be; it may run more than once and must not change what it was given. What nothing changes keeps its version.
// A person whom no connection owned belongs to this one afterwards.
func (e *Engine) UpdateUser(ctx context.Context, actor directory.Actor, id string, match Match, fn func(directory.Account) (directory.Account, error)) (store.Resource, error) {
	var out store.Resource
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		c, before, was, err := account(tx, p, actor, id)
		if err != nil {
			return err
		}
		if p, err = e.current(ctx, tx, p, before); err != nil {
			return err
		}
		if err := match.check(was.Version); err != nil {
			return err
		}
		now, err := fn(was)
		if err != nil {
			return err
		}
		now.Key = was.Key
		if err := settleAccount(&now); err != nil {
			return err
		}
		if now.ExternalID == was.ExternalID && reflect.DeepEqual(now.Attributes, was.Attributes) {
			doc, err := store.AccountDocument(was)
			if err != nil {
				return err
			}
			out, err = withGroups(ctx, tx, actor.Connection, resource(was, before.DisplayID, doc), before)
			return err
		}
		if err := mayUpdate(c, was, now); err != nil {
			return err
		}
		now.Person, now.Connection, now.Version, now.ModifiedAt = id, c.ID, was.Version+1, tx.Now()
		out, err = e.replace(ctx, tx, p, actor, before, was, now)
		return err
	})
	return out, err
}

// account locks a person and returns their account in the actor's connection, or the one that no connection owns.
func account(tx *store.Tx, p *policy, actor directory.Actor, id string) (directory.Connection, *store.Person, directory.Account, error) {
	c, err := p.connection(actor.Connection)
	if err != nil {
		return c, nil, directory.Account{}, err
	}
	people, err := tx.People(id)
	if err != nil {
		return c, nil, directory.Account{}, err
	}
	if len(people) == 1 {
		if a := people[0].Account(c.ID); a != nil {
			return c, people[0], *a, nil
		}
		if a := people[0].Account(""); a != nil && c.Claim {
			return c, people[0], *a, nil
		}
	}
	return c, nil, directory.Account{}, directory.Errorf(directory.NotFound, "there is no user %q", id)
}

func mayUpdate(c directory.Connection, was, now directory.Account) error {
	if was.Active && !now.Active && !c.Capabilities.Suspend {
		return directory.Errorf(directory.Forbidden, "connection %s may not suspend users", c.Name)
	}
	if was.Active == now.Active && !c.Capabilities.Update {
		return directory.Errorf(directory.Forbidden, "connection %s may not update users", c.Name)
	}
	return nil
}

// replace writes a changed account and what follows from it.
func (e *Engine) replace(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, before *store.Person, was, now directory.Account) (store.Resource, error) {
	after := clone(before)
	change := store.NewID()
	var deltas []store.Delta
	var doc []byte
	var err error
	if was.Connection != now.Connection {
		if p.privileged(before) {
			return store.Resource{}, directory.Errorf(directory.Forbidden, "this person is an administrator whom no connection owns: an administrator has to link the two")
		}
		deltas = append(deltas, release(tx, after, change), store.AccountDelta(now.Connection, before.DisplayID, 1))
		after.Accounts = append(after.Accounts, now)
		doc, err = tx.InsertAccount(now, before.DisplayID, change)
	} else {
		for i := range after.Accounts {
			if after.Accounts[i].Connection == now.Connection {
				after.Accounts[i] = now
			}
		}
		doc, err = tx.UpdateAccount(now)
	}
	if err != nil {
		return store.Resource{}, err
	}
	if err := e.apply(ctx, tx, actor, p.plan(before, after), change, deltas...); err != nil {
		return store.Resource{}, err
	}
	return withGroups(ctx, tx, actor.Connection, resource(now, before.DisplayID, doc), after)
}

// DeleteUser ends the account of the actor's connection: for it the person is gone. A person without another account is
// deprovisioned, as the tenant's leaver rule says: rights and sessions end with the commit, the row stays for history
// and for coming back (RFC 7644 §3.6).
func (e *Engine) DeleteUser(ctx context.Context, actor directory.Actor, id string, match Match) error {
	return e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		c, before, was, err := account(tx, p, actor, id)
		if err != nil {
			return err
		}
		if !c.Capabilities.Delete {
			return directory.Errorf(directory.Forbidden, "connection %s may not delete users", c.Name)
		}
		if was.Connection != c.ID {
			return directory.Errorf(directory.Forbidden, "no connection owns this person, so none may delete them")
		}
		if p, err = e.current(ctx, tx, p, before); err != nil {
			return err
		}
		if err := match.check(was.Version); err != nil {
			return err
		}
		leaves := c.ID
		if len(before.Accounts) == 1 && p.leaver.Do != "keep" {
			leaves = "" // nobody's account is left to be a member with
		}
		groups, err := tx.GroupsOf(ctx, id, leaves)
		if err != nil {
			return err
		}
		after := clone(before)
		change := store.NewID()
		deltas := []store.Delta{store.AccountDelta(c.ID, before.DisplayID, -1)}
		after.Accounts = slices.DeleteFunc(after.Accounts, func(a directory.Account) bool { return a.Connection == c.ID })
		if p.leaver.Do == "keep" && len(after.Accounts) == 0 && c.ID != "" {
			was.Connection, was.ExternalID, was.Key, was.Version = "", "", "", was.Version+1
			after.Accounts = append(after.Accounts, was)
			if _, err := tx.InsertAccount(was, before.DisplayID, change); err != nil {
				return err
			}
			deltas = append(deltas, store.AccountDelta("", before.DisplayID, 1))
		} else if c.ID != "" {
			after.Departed = append(after.Departed, c.ID)
		}
		for _, g := range groups {
			leave(after, g)
			tx.RemoveMember(g, directory.Member{ID: id, Kind: directory.UserMember}, change)
			deltas = append(deltas, store.GroupDelta(g, -1))
		}
		if len(groups) > 0 && len(after.Accounts) > 0 {
			if err := lookAgain(tx, after); err != nil {
				return err
			}
		}
		tx.EndAccount(id, c.ID, change)
		plan := p.plan(before, after)
		plan.Left, plan.passes = groups, true // one person goes at once, whatever their groups gave
		return e.apply(ctx, tx, actor, plan, change, deltas...)
	})
}

// resource is an account as it is answered.
func resource(a directory.Account, ordinal int64, doc []byte) store.Resource {
	return store.Resource{ID: a.Person, Ordinal: ordinal, Document: doc, Version: a.Version, CreatedAt: a.CreatedAt, ModifiedAt: a.ModifiedAt}
}

// withGroups adds the direct groups that the account's connection sees.
func withGroups(ctx context.Context, tx *store.Tx, connection string, r store.Resource, x *store.Person) (store.Resource, error) {
	for _, m := range x.Memberships {
		if m.Direct {
			r.Groups = append(r.Groups, store.GroupRef{ID: m.Group})
		}
	}
	named := []store.Resource{r}
	err := tx.NameGroups(ctx, connection, named)
	return named[0], err
}
