package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// apply guards a plan and writes what it says, but for accounts and memberships, whose rows the caller writes: all of it
// under the change with this id. Deltas are what the change adds to totals and versions.
func (e *Engine) apply(ctx context.Context, tx *store.Tx, actor directory.Actor, p *Plan, change string, deltas ...store.Delta) error {
	if _, err := e.guardPush(ctx, tx, actor, p); err != nil {
		return err
	}
	if err := e.guard(ctx, actor, p); err != nil {
		return err
	}
	if err := e.seats(tx, false, p); err != nil {
		return err
	}
	x := p.After
	p.policy.stand(x) // the guard may have kept rights
	if p.Before == nil || p.rowChanged() || p.listedAnew() || p.Before.EvaluatedAt != x.EvaluatedAt {
		if p.Before == nil || p.userChanged() {
			x.ModifiedAt = tx.Now()
		}
		if err := tx.PutPerson(x.User, x.Departed); err != nil {
			return err
		}
	}
	if p.Before != nil && !slices.Equal(p.Before.Claims, x.Claims) {
		tx.PutClaims(x.ID, x.Claims)
	}
	if p.Before != nil && p.Before.State == directory.Active && x.State != directory.Active {
		tx.EndSessionsOf(x.ID, directory.EndedByState)
	}
	for i, g := range p.Gained {
		g.Origin.At, g.Origin.Run = tx.Now(), actor.Run
		p.Gained[i] = g
		tx.PutGrant(x.ID, g, change)
	}
	for _, g := range p.Lost {
		tx.EndGrant(x.ID, g, change)
	}
	for _, h := range p.lapsed {
		tx.EndHold(x.ID, h.ID, change)
	}
	for _, g := range p.marked {
		tx.HoldGrant(x.ID, g)
	}
	for _, h := range p.placed {
		tx.PutHold(h, change)
	}
	p.putPresence(tx, actor, change)
	p.count(tx, actor, change)
	tx.PutIdentifiers(x.ID, identifiers(p.Before), identifiers(x))
	record, err := p.record(change, actor)
	if err != nil {
		return err
	}
	if err := tx.AppendChange(record, deltas...); err != nil {
		return err
	}
	e.observe(p)
	return nil
}

// identifiers are what somebody is found and signs in by, of all their accounts and with what holds keep. People who are
// gone have none.
func identifiers(x *store.Person) []store.Identifier {
	var out []store.Identifier
	add := func(kind string, values any) {
		elements, _ := values.([]any)
		for _, v := range elements {
			element, _ := v.(map[string]any)
			if value, _ := element["value"].(string); value != "" {
				out = append(out, store.Identifier{Kind: kind, Value: value})
			}
		}
	}
	if x == nil || x.State == directory.Deprovisioned {
		return nil
	}
	holds := slices.Concat(x.Holds, x.Expired) // those were in force when the identifiers were stored
	for _, a := range x.Accounts {
		doc := overlaid(a.Attributes, holds)
		add("email", doc["emails"])
		add("phone", doc["phoneNumbers"])
		if enterprise, ok := doc[schema.EnterpriseURN].(map[string]any); ok {
			if number, _ := enterprise["employeeNumber"].(string); number != "" {
				out = append(out, store.Identifier{Kind: "employee_number", Value: number})
			}
		}
	}
	return out
}

// record writes the plan's change for the log: what differs, before and after, and the rights.
func (p *Plan) record(id string, actor directory.Actor) (directory.Change, error) {
	c := directory.Change{ID: id, Subject: "person:" + p.After.ID, Action: p.action(), Actor: actor, Reason: p.reason}
	before, after := p.difference()
	p.noteStanding(before, after)
	var err error
	if len(before) > 0 {
		if c.Before, err = json.Marshal(before); err != nil {
			return c, fmt.Errorf("provision: change: %w", err)
		}
	}
	if len(after) > 0 {
		if c.After, err = json.Marshal(after); err != nil {
			return c, fmt.Errorf("provision: change: %w", err)
		}
	}
	for _, g := range p.Gained {
		c.Grants = append(c.Grants, grantChange(true, g))
	}
	for _, g := range p.Lost {
		c.Grants = append(c.Grants, grantChange(false, g))
	}
	return c, nil
}

func grantChange(gained bool, g directory.Grant) directory.GrantChange {
	return directory.GrantChange{Gained: gained, Kind: string(g.Kind), Target: g.Target, As: g.Membership, Rule: g.Origin.Rule, Group: g.Origin.Group}
}

// action names what happened, by the most important part of it.
func (p *Plan) action() string {
	to := p.After.State
	switch {
	case p.Before == nil:
		return "user.created"
	case to == p.Before.State && reflect.DeepEqual(p.Before.Accounts, p.After.Accounts) && reflect.DeepEqual(p.Before.Attributes, p.After.Attributes) &&
		len(p.Joined)+len(p.Left) == 0:
		return p.quietAction()
	case to == p.Before.State:
		return "user.updated"
	case to == directory.Deprovisioned:
		return "user.deprovisioned"
	case p.Before.State == directory.Deprovisioned:
		return "user.restored"
	case to == directory.Suspended:
		return "user.suspended"
	default:
		return "user.activated"
	}
}

// difference keeps of both sides what is not the same on the other.
func (p *Plan) difference() (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	note := func(key string, old, now any) {
		if reflect.DeepEqual(old, now) {
			return
		}
		if old != nil {
			before[key] = old
		}
		if now != nil {
			after[key] = now
		}
	}
	old := p.Before
	if old == nil {
		old = &store.Person{}
	}
	if old.State != p.After.State {
		if p.Before != nil {
			before["state"] = old.State
		}
		after["state"] = p.After.State
	}
	connections := map[string]bool{}
	for _, a := range slices.Concat(old.Accounts, p.After.Accounts) {
		connections[a.Connection] = true
	}
	for c := range connections {
		was, is := old.Account(c), p.After.Account(c)
		if was == nil {
			was = &directory.Account{}
		}
		if is == nil {
			is = &directory.Account{}
		}
		prefix := ""
		if len(connections) > 1 {
			prefix = c + "/"
		}
		note(prefix+"externalId", orNil(was.ExternalID), orNil(is.ExternalID))
		for k := range was.Attributes {
			note(prefix+k, was.Attributes[k], is.Attributes[k])
		}
		for k := range is.Attributes {
			note(prefix+k, was.Attributes[k], is.Attributes[k])
		}
	}
	if len(p.Joined) > 0 {
		after["groups"] = p.Joined
	}
	if len(p.Left) > 0 {
		before["groups"] = p.Left
	}
	p.noteSeat(before, after)
	note("holds", heldFacts(p.lapsed), heldFacts(p.placed))
	note(statusKey, orNil(old.Status), orNil(p.After.Status))
	note(absencesKey, absenceFacts(p.ended), absenceFacts(p.entered))
	return before, after
}

// heldFacts tell holds as the log has them.
func heldFacts(holds []directory.Hold) any {
	if len(holds) == 0 {
		return nil
	}
	out := make([]map[string]any, len(holds))
	for i, h := range holds {
		out[i] = map[string]any{"id": h.ID, "subject": h.Subject, "effect": h.Effect}
		if h.Value != nil {
			out[i]["value"] = h.Value
		}
	}
	return out
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
