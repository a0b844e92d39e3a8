package provision

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// PlaceHold overrides the directories for one person: withholds their state, a right or an attribute (deny), or keeps it
// although a directory says otherwise (keep), until the directory changes what it states. A right that ended is not given
// back: it is kept once somebody has it. The hold's ID is made here and returned. Withholding the last privileged role of a
// tenant is an error of kind Conflict.
func (e *Engine) PlaceHold(ctx context.Context, actor directory.Actor, h directory.Hold) (string, error) {
	h, err := checkHold(h)
	if err != nil {
		return "", err
	}
	h.ID, h.Run = store.NewID(), ""
	h.Actor = actorName(actor)
	err = e.holds(ctx, actor, h.Person, h.Reason, func(x *store.Person) (placed, released []directory.Hold, err error) {
		x.Holds = append(x.Holds, h)
		return []directory.Hold{h}, nil, nil
	})
	return h.ID, err
}

// actorName is how records name an actor in one word.
func actorName(actor directory.Actor) string { return string(actor.Kind) + ":" + actor.ID }

// ReleaseHold ends a hold: what the directories say counts again.
func (e *Engine) ReleaseHold(ctx context.Context, actor directory.Actor, person, id, reason string) error {
	return e.holds(ctx, actor, person, reason, func(x *store.Person) (placed, released []directory.Hold, err error) {
		i := slices.IndexFunc(x.Holds, func(h directory.Hold) bool { return h.ID == id })
		if i < 0 {
			return nil, nil, directory.Errorf(directory.NotFound, "this person has no hold %q", id)
		}
		released = []directory.Hold{x.Holds[i]}
		x.Holds = slices.Delete(x.Holds, i, i+1)
		return nil, released, nil
	})
}

func (e *Engine) holds(ctx context.Context, actor directory.Actor, person, reason string, fn func(*store.Person) (placed, released []directory.Hold, err error)) error {
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
		after := clone(people[0])
		placed, released, err := fn(after)
		if err != nil {
			return err
		}
		plan := p.plan(people[0], after)
		plan.reason = reason
		plan.placed, plan.lapsed = append(plan.placed, placed...), append(plan.lapsed, released...)
		if plan.takesAdministrator() {
			if err := p.keepAdministrator(ctx, tx, map[string]bool{person: true}); err != nil {
				return err
			}
		}
		return e.apply(ctx, tx, actor, plan, store.NewID())
	})
}

// checkHold says what is wrong with a hold, or returns it with its attribute's path and value as the schema has them.
func checkHold(h directory.Hold) (directory.Hold, error) {
	kind, target, _ := strings.Cut(h.Subject, ":")
	known := h.Subject == "state" || (kind == "attribute" || slices.Contains(directory.EntitlementKinds(), directory.EntitlementKind(kind))) && target != ""
	switch {
	case !known:
		return h, directory.Errorf(directory.Invalid, "a hold's subject must be state, role:KEY, agent_group:ID, agent_group:ID:KIND, KIND:TARGET of another right, or attribute:PATH")
	case h.Effect != directory.Keep && h.Effect != directory.Deny:
		return h, directory.Errorf(directory.Invalid, "a hold's effect must be keep or deny")
	case strings.TrimSpace(h.Reason) == "":
		return h, directory.Errorf(directory.Invalid, "a hold needs a reason, for whoever finds it later")
	case kind != "attribute" && h.Value != nil:
		return h, directory.Errorf(directory.Invalid, "only a hold of an attribute has a value")
	case kind != "attribute":
		return h, nil
	}
	return checkAttributeHold(h, target)
}

func checkAttributeHold(h directory.Hold, path string) (directory.Hold, error) {
	ref, err := attributePath(path)
	if err != nil {
		return h, err
	}
	switch {
	case ref.Attr.Name == "active":
		return h, directory.Errorf(directory.Invalid, "whether somebody is active is held by the subject state")
	case ref.Attr.Name == "userName" && h.Effect == directory.Deny:
		return h, directory.Errorf(directory.Invalid, "nobody can be without a userName: keep another one instead")
	case h.Effect == directory.Deny && h.Value != nil:
		return h, directory.Errorf(directory.Invalid, "a hold that keeps an attribute away has no value")
	case h.Effect == directory.Keep && h.Value == nil:
		return h, directory.Errorf(directory.Invalid, "a hold that keeps an attribute needs the value that is kept")
	}
	h.Subject = "attribute:" + ref.String()
	if h.Value == nil {
		return h, nil
	}
	value, problems := schema.NormalizeValue(ref, h.Value, schema.LeniencyOf(directory.RFC))
	if len(problems) > 0 {
		return h, directory.Errorf(directory.Invalid, "%s", problems[0].Error())
	}
	if text, isText := value.(string); value == nil || isText && text == "" {
		return h, directory.Errorf(directory.Invalid, "a hold that keeps an attribute needs the value that is kept")
	}
	h.Value = value
	return h, nil
}

// heldAttribute is the attribute that a hold is about.
func heldAttribute(h directory.Hold) (schema.Ref, bool) {
	path, ok := strings.CutPrefix(h.Subject, "attribute:")
	if !ok {
		return schema.Ref{}, false
	}
	ref, err := attributePath(path)
	return ref, err == nil
}

func holdsAttribute(holds []directory.Hold) bool {
	return slices.ContainsFunc(holds, func(h directory.Hold) bool { return strings.HasPrefix(h.Subject, "attribute:") })
}

// holdsRight reports whether a hold concerns a right: any of that role or agent group, or, where the hold names one, the
// one kind of membership.
func holdsRight(h directory.Hold, x directory.Entitlement) bool {
	subject := string(x.Kind) + ":" + x.Target
	return h.Subject == subject || x.Membership != "" && h.Subject == subject+":"+string(x.Membership)
}

// held reports whether a hold with the effect concerns a right.
func held(holds []directory.Hold, effect directory.Effect, g directory.Grant) bool {
	return slices.ContainsFunc(holds, func(h directory.Hold) bool { return h.Effect == effect && holdsRight(h, g.Entitlement) })
}

// withoutHeld leaves out the rights that holds withhold. A profile that is withheld takes the role along that came with it,
// or its holder might do more without it.
func (p *policy) withoutHeld(given []directory.Grant, holds []directory.Hold) []directory.Grant {
	if len(holds) == 0 {
		return given
	}
	came := func(role, with directory.Grant) bool { // by the same rule or statement, in the same way
		role.Entitlement = with.Entitlement
		return same(role, with)
	}
	return slices.DeleteFunc(slices.Clone(given), func(g directory.Grant) bool {
		return held(holds, directory.Deny, g) || g.Kind == directory.RoleEntitlement && slices.ContainsFunc(given, func(o directory.Grant) bool {
			profile, ok := p.profile(o.Target)
			return o.Kind == directory.ProfileEntitlement && ok && profile.Role == g.Target && held(holds, directory.Deny, o) && came(g, o)
		})
	})
}

// release ends the holds for which it is said.
func (p *Plan) release(over func(directory.Hold) bool) {
	p.After.Holds = slices.DeleteFunc(p.After.Holds, func(h directory.Hold) bool {
		if over(h) {
			p.lapsed = append(p.lapsed, h)
			return true
		}
		return false
	})
}

// expire ends the holds whose time is over.
func (p *Plan) expire() {
	p.lapsed = append(p.lapsed, p.Before.Expired...)
	p.After.Expired = nil
}

// lapse ends holds whose directory has changed what it states: "active" for the state, groups for rights that a person
// keeps, and the attribute itself. A person's suspension and what a person withholds stay until they are released; what
// an undo withholds was the directory's word before, and ends with a new one.
func (p *policy) lapse(out *Plan) {
	before, after := out.Before, out.After
	old := func(h directory.Hold) bool {
		return slices.ContainsFunc(before.Holds, func(o directory.Hold) bool { return o.ID == h.ID })
	}
	stated := len(before.Accounts) != len(after.Accounts)
	for _, a := range after.Accounts {
		if was := before.Account(a.Connection); was == nil || was.Active != a.Active {
			stated = true
		}
	}
	moved := !slices.EqualFunc(before.Memberships, after.Memberships, func(a, b store.Membership) bool { return a.Group == b.Group })
	var was, is directory.Attributes
	if holdsAttribute(before.Holds) {
		was, is = p.stated(before), p.stated(after)
	}
	out.release(func(h directory.Hold) bool {
		if ref, ok := heldAttribute(h); ok {
			return old(h) && (h.Effect == directory.Keep || h.Run != "") && !reflect.DeepEqual(valueAt(was, ref), valueAt(is, ref))
		}
		if h.Subject == "state" {
			return stated && (h.Effect == directory.Keep || h.Run != "")
		}
		return moved && h.Effect == directory.Keep && h.Run == ""
	})
}

// agree ends an undo's holds of rights about which the rules, and so the directories, say the same by now. When they say
// otherwise again, that is a new statement.
func (p *Plan) agree(given []directory.Grant) {
	p.release(func(h directory.Hold) bool {
		if h.Run == "" || h.Subject == "state" || strings.HasPrefix(h.Subject, "attribute:") {
			return false
		}
		gives := slices.ContainsFunc(given, func(g directory.Grant) bool { return holdsRight(h, g.Entitlement) })
		return gives == (h.Effect == directory.Keep)
	})
}

// ofGuard reports whether the guard on pushes placed a hold.
func ofGuard(h directory.Hold) bool { return strings.HasPrefix(h.Actor, guardActor) }
