package provision

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// mayEdit refuses changes of attributes that are not the actor's to make: what a directory states, personal data that
// belongs to the person, an e-mail address that stays as it is.
func (p *policy) mayEdit(actor directory.Actor, x *store.Person, changed []leaf) error {
	self := actor.Kind == directory.ActorPerson && actor.ID == x.ID
	for _, c := range changed {
		if c.ref.Attr == nil {
			return directory.Errorf(directory.Invalid, "%q cannot be changed here", c.path)
		}
		if c.ref.Attr.Name == "active" {
			return directory.Errorf(directory.Invalid, "whether somebody is active is not edited: suspend or resume them")
		}
		if owner := p.owner(x, c.ref); owner != "" && owner != "hold" {
			return directory.Errorf(directory.Forbidden, "%s is owned by the connection %s: change it there, or place a hold of attribute:%s", c.path, p.connectionName(owner), c.path)
		}
		if c.ref.Attr.Name == "emails" && hasValue(c.was) {
			switch mutable := p.Setting("user.email.mutable"); {
			case mutable == "never":
				return directory.Errorf(directory.Immutable, "the e-mail address stays as it was at creation (user.email.mutable: never)")
			case mutable == "user" && !self:
				return directory.Errorf(directory.Forbidden, "only the person changes their e-mail address (user.email.mutable: user)")
			}
		}
		if p.Setting("user.profile.owner") == "user" && !self {
			return directory.Errorf(directory.Forbidden, "personal data belongs to the person: administrators change the profile only (user.profile.owner: user)")
		}
	}
	return nil
}

func (p *policy) connectionName(id string) string {
	if c, err := p.connection(id); err == nil && c.Name != "" {
		return c.Name
	}
	return id
}

// fitsPattern refuses a userName of another form than the tenant's, where people sign in by it.
func (p *policy) fitsPattern(x *store.Person) error {
	if !slices.Contains(strings.Split(p.Setting("login.identifiers"), ","), "username") {
		return nil
	}
	pattern, err := regexp.Compile(p.Setting("login.username.pattern"))
	if err != nil {
		return directory.Errorf(directory.Invalid, "the setting login.username.pattern is no regular expression: %w", err)
	}
	for _, a := range x.Accounts {
		if !pattern.MatchString(a.UserName) {
			return directory.Errorf(directory.Invalid, "the userName must match %s (login.username.pattern)", pattern)
		}
	}
	return nil
}

// unique refuses a login identifier that another live person has.
func (p *policy) unique(ctx context.Context, tx *store.Tx, x *store.Person) error {
	kinds := strings.Split(p.Setting("login.identifiers"), ",")
	for _, i := range identifiers(x) {
		if !slices.Contains(kinds, i.Kind) {
			continue
		}
		people, err := tx.PeopleByIdentifier(ctx, i.Kind, i.Value)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(people, func(id string) bool { return id != x.ID }) {
			return directory.Errorf(directory.Conflict, "somebody has this %s already, and people sign in by it: each needs one of their own", i.Kind)
		}
	}
	return nil
}

// newcomer refuses somebody new whose login identifier is taken: by hand always, of a connection where the tenant says so.
// Else they are kept, and do not sign in by it.
func (p *policy) newcomer(ctx context.Context, tx *store.Tx, x *store.Person, byHand bool) error {
	if !byHand && p.Setting("login.identifiers.duplicate") != "refuse" {
		return nil
	}
	return p.unique(ctx, tx, x)
}

// Suspend withholds somebody's state until they are resumed: their rights are masked at once. It overrides what the
// directories say. Somebody who is suspended already by hand stays so.
func (e *Engine) Suspend(ctx context.Context, actor directory.Actor, id string, o PersonOptions) (View, error) {
	return e.stateByHand(ctx, actor, id, o, func(x *store.Person) (placed, released []directory.Hold, err error) {
		if slices.ContainsFunc(x.Holds, suspends) {
			return nil, nil, nil
		}
		h := directory.Hold{
			ID: store.NewID(), Person: id, Subject: "state", Effect: directory.Deny, Actor: actorName(actor), Reason: reasonOr(o.Reason, "suspended by hand"),
		}
		x.Holds = append(x.Holds, h)
		return []directory.Hold{h}, nil, nil
	})
}

// Resume ends what [Engine.Suspend] began: what the directories say counts again. Somebody whom a directory suspended is an
// error of kind Forbidden with its name.
func (e *Engine) Resume(ctx context.Context, actor directory.Actor, id string, o PersonOptions) (View, error) {
	return e.stateByHand(ctx, actor, id, o, func(x *store.Person) (placed, released []directory.Hold, err error) {
		x.Holds = slices.DeleteFunc(x.Holds, func(h directory.Hold) bool {
			if suspends(h) {
				released = append(released, h)
			}
			return suspends(h)
		})
		if len(released) > 0 || x.State != directory.Suspended {
			return nil, released, nil
		}
		for _, a := range x.Accounts {
			if !a.Active {
				return nil, nil, directory.Errorf(directory.Forbidden, "a directory says that this person is not active: activate them there, or place a hold that keeps their state")
			}
		}
		return nil, nil, directory.Errorf(directory.Forbidden, "a directory that had this person has them no more: take them back there, or place a hold that keeps their state")
	})
}

func suspends(h directory.Hold) bool { return h.Subject == "state" && h.Effect == directory.Deny }

func (e *Engine) stateByHand(ctx context.Context, actor directory.Actor, id string, o PersonOptions, fn func(*store.Person) (placed, released []directory.Hold, err error)) (View, error) {
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, id, o)
		if err != nil {
			return err
		}
		after := clone(before)
		placed, released, err := fn(after)
		if err != nil || len(placed)+len(released) == 0 {
			return err
		}
		plan := p.draft(before, after, false)
		plan.reason, plan.passes = o.Reason, true
		plan.placed, plan.lapsed = append(plan.placed, placed...), append(plan.lapsed, released...)
		return e.apply(ctx, tx, actor, plan, store.NewID())
	})
	if err != nil {
		return View{}, err
	}
	return e.View(ctx, actor.Tenant, id)
}

// RemovePerson deprovisions somebody whom no connection owns: they are hidden, can be found in history, and can come back.
// Of somebody whom a connection owns it is an error of kind Forbidden with its name.
func (e *Engine) RemovePerson(ctx context.Context, actor directory.Actor, id string, o PersonOptions) error {
	actor.Connection = ""
	return e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, id, o)
		if err != nil {
			return err
		}
		if err := p.mayRemove(before); err != nil {
			return err
		}
		return e.removeByHand(ctx, tx, p, actor, before, o.Reason)
	})
}

// mayRemove refuses to delete by hand whom a directory owns, and the owner.
func (p *policy) mayRemove(x *store.Person) error {
	for _, a := range x.Accounts {
		if a.Connection != "" {
			return directory.Errorf(directory.Forbidden, "this person is owned by the connection %s: delete them there, or suspend them here", p.connectionName(a.Connection))
		}
	}
	for _, key := range targetsOf(x, directory.RoleEntitlement) {
		if r, _ := p.role(key); r.Owner && p.Setting("owner.single") == "on" {
			return directory.Errorf(directory.Conflict, "this person is the owner: transfer the ownership first")
		}
	}
	return nil
}

func (e *Engine) removeByHand(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, before *store.Person, reason string) error {
	groups, err := tx.GroupsOf(ctx, before.ID, "")
	if err != nil {
		return err
	}
	gone := *p
	gone.leaver.Do = "deprovision" // whoever deletes by hand means it
	after := clone(before)
	change := store.NewID()
	deltas := []store.Delta{store.AccountDelta("", before.DisplayID, -1)}
	after.Accounts = nil
	for _, g := range groups {
		leave(after, g)
		tx.RemoveMember(g, directory.Member{ID: before.ID, Kind: directory.UserMember}, change)
		deltas = append(deltas, store.GroupDelta(g, -1))
	}
	tx.EndAccount(before.ID, "", change)
	plan := gone.plan(before, after)
	plan.Left, plan.passes, plan.reason = groups, true, reason
	return e.apply(ctx, tx, actor, plan, change, deltas...)
}
