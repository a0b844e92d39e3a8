package provision

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// reversal is what undoing a target means for one person.
type reversal struct {
	u      *undo
	p      *policy
	r      store.Reader
	now    time.Time
	before *store.Person
	past   *store.Past
	deed   *deed

	found *found // for everybody of the batch

	after   *store.Person       // before with what is undone of accounts, groups and holds
	touched bool                // whether accounts may end and begin
	back    []store.PastAccount // accounts that may begin again
	ended   []string            // connections whose account ends
	stays   []string            // connections whose account the target began, and that stays because the person has moved since
	begun   []directory.Account
	// accountsWithout are as after has them, but with what they would state without the target.
	accountsWithout []directory.Account

	left     []string
	joined   []string
	placed   []directory.Hold
	released []directory.Hold
	restored []directory.Grant
	revoked  []directory.Grant     // that a person gave
	awoken   []directory.WorkGroup // that come out of the archive
	moved    []movedField

	plan *Plan // nil where nothing changes
}

// movedField is something that is left as it is.
type movedField struct{ field, why string }

func (x *reversal) leave(field, why string) {
	if !slices.ContainsFunc(x.moved, func(m movedField) bool { return m.field == field }) {
		x.moved = append(x.moved, movedField{field, why})
	}
}

const sinceThen = "has changed since"

// work compares what is with what would be without the target, and bridges the two by holds. It writes nothing.
func (x *reversal) work(ctx context.Context) error {
	if x.deed.erased {
		x.leave("history", "was erased")
	}
	x.restoreAccounts()
	if err := x.groups(ctx); err != nil {
		return err
	}
	x.withoutAccount()
	if err := x.revertHolds(ctx); err != nil {
		return err
	}
	x.attributes()
	x.holdState()
	if err := x.rights(ctx); err != nil {
		return err
	}
	x.finish()
	return nil
}

// withoutAccount lets somebody who has no account be what they were, whatever becomes of leavers by now.
func (x *reversal) withoutAccount() {
	if x.deed.state == nil || !x.touched || len(x.after.Accounts) > 0 || string(x.before.State) != x.deed.state.after {
		return
	}
	alone := *x.p
	switch x.wantedState() {
	case directory.Deprovisioned:
		alone.leaver.Do = "deprovision"
	case directory.Suspended:
		alone.leaver.Do, alone.revives = "suspend", true
	default:
		return
	}
	x.p = &alone
}

// draft evaluates the person as far as they are undone.
func (x *reversal) draft() *Plan { return x.p.draft(x.before, clone(x.after), false) }

// wantedState is the state before the target; somebody who was not there yet was as good as gone.
func (x *reversal) wantedState() directory.State {
	if x.deed.state == nil {
		return ""
	}
	was, _ := x.deed.state.before.(string)
	return cmp.Or(directory.State(was), directory.Deprovisioned)
}

// lookAtState finds out whether the state is still the one that the target made. Where it is not, accounts stay as they
// are: somebody has decided about the person since.
func (x *reversal) lookAtState() {
	x.touched = true
	if s := x.deed.state; s != nil && string(x.before.State) != s.after && x.before.State != x.wantedState() {
		x.touched = false
		x.leave("state", sinceThen)
	}
}

// revertHolds ends the holds that the target placed, which undoes an undo, and places those again that it ended. What the
// guard withholds is for whoever approves.
func (x *reversal) revertHolds(ctx context.Context) error {
	again, err := x.placedAgain(ctx)
	if err != nil {
		return err
	}
	x.release(func(h directory.Hold) bool { return slices.Contains(again, h.ID) })
	for _, h := range x.past.Holds {
		began, ended := x.deed.in[h.BeganBy], x.deed.in[h.EndedBy]
		switch {
		case ofGuard(h.Hold):
		case began && h.EndedBy == "":
			x.release(func(o directory.Hold) bool { return o.ID == h.ID })
		case ended && !began && (h.Until == nil || h.Until.After(x.now)) && len(x.after.Accounts) > 0:
			again := h.Hold
			if again.Run != "" {
				again.Run = x.u.actor.Run
			}
			x.place(again)
		}
	}
	return nil
}

// release ends holds.
func (x *reversal) release(over func(directory.Hold) bool) {
	x.after.Holds = slices.DeleteFunc(x.after.Holds, func(h directory.Hold) bool {
		if over(h) {
			x.released = append(x.released, h)
			return true
		}
		return false
	})
}

// hold places one of the undo's own.
func (x *reversal) hold(subject string, effect directory.Effect, value any) {
	x.place(directory.Hold{
		Subject: subject, Effect: effect, Value: value, Actor: actorName(x.u.actor), Reason: "undo of " + x.u.target.name(), Run: x.u.actor.Run,
	})
}

func (x *reversal) place(h directory.Hold) {
	there := func(o directory.Hold) bool {
		return o.Subject == h.Subject && o.Effect == h.Effect && reflect.DeepEqual(o.Value, h.Value)
	}
	if slices.ContainsFunc(x.after.Holds, there) {
		return
	}
	h.ID, h.Person = store.NewID(), x.before.ID
	x.placed, x.after.Holds = append(x.placed, h), append(x.after.Holds, h)
}

// finish makes the plan of what is undone, and names what could not be brought about.
func (x *reversal) finish() {
	p := x.draft()
	p.Joined, p.Left, p.passes, p.reason = x.joined, x.left, true, "undo of "+x.u.target.name()
	p.lapsed = append(p.lapsed, x.released...)
	for _, h := range x.placed { // a hold with which the rules agree already ends as it begins
		if i := slices.IndexFunc(p.lapsed, func(o directory.Hold) bool { return o.ID == h.ID }); i >= 0 {
			p.lapsed = slices.Delete(p.lapsed, i, i+1)
		} else {
			p.placed = append(p.placed, h)
		}
	}
	for _, g := range x.restored {
		if p.After.State != directory.Deprovisioned && !slices.ContainsFunc(p.After.Grants, func(o directory.Grant) bool { return same(o, g) }) {
			g.Origin.At, g.Origin.Run = x.now, x.u.actor.Run
			p.After.Grants, p.Gained = append(p.After.Grants, g), append(p.Gained, g)
		}
	}
	for _, g := range x.revoked {
		if i := slices.IndexFunc(p.After.Grants, func(o directory.Grant) bool { return same(o, g) }); i >= 0 {
			p.Lost, p.After.Grants = append(p.Lost, g), slices.Delete(p.After.Grants, i, i+1)
		}
	}
	p.policy.seat(p) // of the rights as they are by now
	p.loss = p.policy.loss(x.before, p.After)
	if s := x.deed.state; s != nil && string(x.before.State) == s.after && p.After.State != x.wantedState() {
		x.leave("state", "is what others state by now: it cannot be "+string(x.wantedState()))
	}
	if !p.Empty() {
		x.plan = p
	}
}
