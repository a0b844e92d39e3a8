package provision

import (
	"context"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// Suspend withholds somebody's state until they are resumed: their rights are masked at once. It overrides what the
// directories say. Somebody who is suspended already by hand stays so.
func (e *Engine) Suspend(ctx context.Context, actor directory.Actor, id string, o PersonOptions) (View, error) {
	return e.byHand(ctx, actor, id, o, func(p *policy, before *store.Person, _ time.Time) (*Plan, error) {
		return p.suspend(before, actorName(actor), o.Reason), nil
	})
}

// Resume ends what [Engine.Suspend] began: what the directories say counts again. Somebody whom a directory suspended is an
// error of kind Forbidden with its name.
func (e *Engine) Resume(ctx context.Context, actor directory.Actor, id string, o PersonOptions) (View, error) {
	return e.byHand(ctx, actor, id, o, func(p *policy, before *store.Person, _ time.Time) (*Plan, error) { return p.resume(before) })
}

// byHand does to one person what plan says, unless that is nothing, and returns them as they are then.
func (e *Engine) byHand(ctx context.Context, actor directory.Actor, id string, o PersonOptions, plan func(*policy, *store.Person, time.Time) (*Plan, error)) (View, error) {
	actor.Connection = ""
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, id, o)
		if err != nil {
			return err
		}
		done, err := plan(p, before, tx.Now())
		if err != nil {
			return err
		}
		return e.applyNew(ctx, tx, actor, done, o.Reason)
	})
	if err != nil {
		return View{}, err
	}
	return e.View(ctx, actor.Tenant, id)
}

// applyNew applies a plan of an administrator's under a change of its own, unless it is empty. One that would leave nobody
// to administer the tenant is an error of kind Conflict.
func (e *Engine) applyNew(ctx context.Context, tx *store.Tx, actor directory.Actor, plan *Plan, reason string) error {
	if plan.Empty() {
		return nil
	}
	plan.reason, plan.passes = reason, true
	if plan.takesAdministrator() {
		if err := plan.policy.keepAdministrator(ctx, tx, map[string]bool{plan.After.ID: true}); err != nil {
			return err
		}
	}
	return e.apply(ctx, tx, actor, plan, store.NewID())
}

func suspends(h directory.Hold) bool { return h.Subject == "state" && h.Effect == directory.Deny }

// suspend plans a hold of the state; who has one stays as they are.
func (p *policy) suspend(before *store.Person, by, reason string) *Plan {
	after := clone(before)
	var placed []directory.Hold
	if !slices.ContainsFunc(before.Holds, suspends) {
		placed = []directory.Hold{{
			ID: store.NewID(), Person: before.ID, Subject: "state", Effect: directory.Deny, Actor: by, Reason: reasonOr(reason, "suspended by hand"),
		}}
	}
	after.Holds = append(after.Holds, placed...)
	plan := p.draft(before, after, false)
	plan.placed = append(plan.placed, placed...)
	return plan
}

// resume plans the end of holds that suspend somebody. Whom none suspends but a directory, is refused.
func (p *policy) resume(before *store.Person) (*Plan, error) {
	after := clone(before)
	var released []directory.Hold
	after.Holds = slices.DeleteFunc(after.Holds, func(h directory.Hold) bool {
		if suspends(h) {
			released = append(released, h)
		}
		return suspends(h)
	})
	if len(released) == 0 && before.State == directory.Suspended && !slices.ContainsFunc(before.Expired, suspends) {
		for _, a := range before.Accounts {
			if !a.Active {
				return nil, directory.Errorf(directory.Forbidden, "a directory says that this person is not active: activate them there, or place a hold that keeps their state")
			}
		}
		return nil, directory.Errorf(directory.Forbidden, "a directory that had this person has them no more: take them back there, or place a hold that keeps their state")
	}
	plan := p.draft(before, after, false)
	plan.lapsed = append(plan.lapsed, released...)
	return plan, nil
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
		plan, err := p.remove(before)
		if err != nil {
			return err
		}
		plan.reason, plan.passes = o.Reason, true
		return e.applyRemoval(ctx, tx, actor, plan)
	})
}

// remove plans that somebody is deleted by hand. Whom a directory owns, and the owner, are refused.
func (p *policy) remove(before *store.Person) (*Plan, error) {
	for _, a := range before.Accounts {
		if a.Connection != "" {
			return nil, directory.Errorf(directory.Forbidden, "this person is owned by the connection %s: delete them there, or suspend them here", p.connectionName(a.Connection))
		}
	}
	if p.isOwner(before) {
		return nil, directory.Errorf(directory.Conflict, "this person is the owner: transfer the ownership first")
	}
	gone := *p
	gone.leaver.Do = "deprovision" // whoever deletes by hand means it
	after := clone(before)
	after.Accounts, after.Memberships = nil, nil // with an account that is nobody's any more nobody is a member
	return gone.plan(before, after), nil
}

// applyRemoval writes what [policy.remove] planned.
func (e *Engine) applyRemoval(ctx context.Context, tx *store.Tx, actor directory.Actor, plan *Plan) error {
	x, change := plan.Before, store.NewID()
	var err error
	if plan.Left, err = tx.GroupsOf(ctx, x.ID, ""); err != nil {
		return err
	}
	deltas := []store.Delta{store.AccountDelta("", x.DisplayID, -1)}
	for _, g := range plan.Left {
		tx.RemoveMember(g, directory.Member{ID: x.ID, Kind: directory.UserMember}, change)
		deltas = append(deltas, store.GroupDelta(g, -1))
	}
	tx.EndAccount(x.ID, "", change)
	return e.apply(ctx, tx, actor, plan, change, deltas...)
}
