package provision

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// waits reports whether a right that facts no longer give is held by the guard.
func waits(g directory.Grant, x *store.Person) bool {
	return g.HeldUntil != nil && g.HeldUntil.After(x.ReadAt)
}

// hold keeps what groups of the connection would take, until then, and reports whether there was anything.
func (p *Plan) hold(connection string, until time.Time, why string) bool {
	n := len(p.marked)
	for _, g := range p.lostByGroup() {
		if g.Origin.Connection != connection {
			continue
		}
		p.Lost = slices.DeleteFunc(p.Lost, func(x directory.Grant) bool { return same(x, g) })
		g.HeldUntil = &until
		p.marked, p.After.Grants = append(p.marked, g), append(p.After.Grants, g)
	}
	if len(p.marked) == n {
		return false
	}
	p.note(fmt.Sprintf("the guard holds what would be lost until %s: %s", until.UTC().Format(time.RFC3339), why))
	return true
}

// withhold keeps back the privileged roles that groups of the connection would give, by a hold that the guard places. A
// role that the person gets otherwise, too, is theirs.
func (p *Plan) withhold(connection, why string) {
	for _, g := range p.gainedByGroup() {
		from := func(x directory.Grant) bool {
			return x.Kind == g.Kind && x.Target == g.Target && x.Origin.Group != "" && x.Origin.Connection == connection
		}
		otherwise := func(x directory.Grant) bool { return x.Kind == g.Kind && x.Target == g.Target && !from(x) }
		if !slices.ContainsFunc(p.Gained, from) || slices.ContainsFunc(p.After.Grants, otherwise) {
			continue
		}
		p.Gained = slices.DeleteFunc(p.Gained, from)
		p.After.Grants = slices.DeleteFunc(p.After.Grants, from)
		h := directory.Hold{
			ID: store.NewID(), Person: p.After.ID, Subject: string(g.Kind) + ":" + g.Target, Effect: directory.Deny,
			Actor: guardActor + connection, Reason: "until somebody approves: " + why,
		}
		p.placed, p.After.Holds = append(p.placed, h), append(p.After.Holds, h)
		p.note("the guard withholds role " + g.Target + ": " + why)
	}
}

// note gives the log a reason where nobody gave one.
func (p *Plan) note(reason string) {
	if p.reason == "" {
		p.reason = reason
	}
}

// dropNeedless gives up what is held once it is not needed any more: the person has another role and another agent group
// by now, as after a reorganisation that came in two requests.
func (p *Plan) dropNeedless() {
	x, had, has := p.After, map[directory.EntitlementKind]bool{}, map[directory.EntitlementKind]bool{}
	for _, g := range x.Grants {
		if waits(g, x) {
			had[g.Kind] = true
		} else {
			has[g.Kind] = true
		}
	}
	for kind := range had {
		if !has[kind] {
			return
		}
	}
	x.Grants = slices.DeleteFunc(x.Grants, func(g directory.Grant) bool {
		if waits(g, x) {
			p.Lost = append(p.Lost, g)
			return true
		}
		return false
	})
}

// forget ends what the guard withholds of somebody whom no group gives it any more.
func (p *Plan) forget(given []directory.Grant) {
	p.After.Holds = slices.DeleteFunc(p.After.Holds, func(h directory.Hold) bool {
		over := strings.HasPrefix(h.Actor, guardActor) && !slices.ContainsFunc(given, func(g directory.Grant) bool { return h.Subject == string(g.Kind)+":"+g.Target })
		if over {
			p.lapsed = append(p.lapsed, h)
		}
		return over
	})
}

// count notes for the guard that the plan took something, whether it is held or not: by what groups do, under the
// connections of those; by what is stated about the person, under the one that states it.
func (p *Plan) count(tx *store.Tx, actor directory.Actor, change string) {
	connections := p.cuts
	// Rules that were published meanwhile take rights too; nobody pushed that.
	published := p.loss&lostState == 0 && p.Before != nil && p.Before.EvaluatedAt < p.policy.Tenant.ConfigVersion
	if len(connections) == 0 && isPush(actor) && p.policy.pushes(actor.Connection) && !published {
		connections = []string{actor.Connection}
	}
	if p.loss == 0 {
		return
	}
	for _, c := range connections {
		tx.PutCut(c, p.After.ID, change)
	}
}
