package provision

import (
	"context"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// PlaceHold overrides the directories for one person: withholds their state or a right (deny), or keeps it although a
// directory says otherwise (keep), until the directory changes what it states. The hold's ID is made here and returned.
func (e *Engine) PlaceHold(ctx context.Context, actor directory.Actor, h directory.Hold) (string, error) {
	if err := checkHold(h); err != nil {
		return "", err
	}
	h.ID = store.NewID()
	h.Actor = string(actor.Kind) + ":" + actor.ID
	err := e.holds(ctx, actor, h.Person, h.Reason, func(tx *store.Tx, x *store.Person, change string) error {
		x.Holds = append(x.Holds, h)
		tx.PutHold(h, change)
		return nil
	})
	return h.ID, err
}

// ReleaseHold ends a hold: what the directories say counts again.
func (e *Engine) ReleaseHold(ctx context.Context, actor directory.Actor, person, id, reason string) error {
	return e.holds(ctx, actor, person, reason, func(tx *store.Tx, x *store.Person, change string) error {
		i := slices.IndexFunc(x.Holds, func(h directory.Hold) bool { return h.ID == id })
		if i < 0 {
			return directory.Errorf(directory.NotFound, "this person has no hold %q", id)
		}
		x.Holds = slices.Delete(x.Holds, i, i+1)
		tx.EndHold(person, id, change)
		return nil
	})
}

func (e *Engine) holds(ctx context.Context, actor directory.Actor, person, reason string, fn func(*store.Tx, *store.Person, string) error) error {
	return e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		people, err := tx.People(person)
		if err != nil {
			return err
		}
		if len(people) == 0 || people[0].State == directory.Deprovisioned {
			return directory.Errorf(directory.NotFound, "there is no user %q", person)
		}
		if p, err = e.current(ctx, tx, p, people[0]); err != nil {
			return err
		}
		after, change := clone(people[0]), store.NewID()
		if err := fn(tx, after, change); err != nil {
			return err
		}
		plan := p.plan(people[0], after)
		plan.reason = reason
		return e.apply(ctx, tx, actor, plan, change)
	})
}

func checkHold(h directory.Hold) error {
	kind, target, _ := strings.Cut(h.Subject, ":")
	known := h.Subject == "state" || (kind == "role" || kind == "agent_group" || kind == "attribute") && target != ""
	switch {
	case !known:
		return directory.Errorf(directory.Invalid, "a hold's subject must be state, role:KEY, agent_group:ID or attribute:PATH")
	case h.Effect != directory.Keep && h.Effect != directory.Deny:
		return directory.Errorf(directory.Invalid, "a hold's effect must be keep or deny")
	case strings.TrimSpace(h.Reason) == "":
		return directory.Errorf(directory.Invalid, "a hold needs a reason, for whoever finds it later")
	}
	return nil
}
