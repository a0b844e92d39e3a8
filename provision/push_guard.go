package provision

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// guardWindow is over how long the guard on pushes counts.
const guardWindow = time.Hour

// guardActor begins the actor of what the guard withholds; the connection's id follows.
const guardActor = "guard:"

// guardPush is the sliding guard. It counts the people from whom a connection's pushes took their state, last role or
// last agent group within an hour, or whom they gave a privileged role, with those of these plans. Above the limit what
// groups take is held: the grants stay in force, marked, and the plans no longer end them. What groups give of privileged
// roles is withheld by a hold. What is stated about a person alone is never kept from taking effect.
//
// All plans of a commit are looked at together; one that was looked at passes. It returns how many people are held.
func (e *Engine) guardPush(ctx context.Context, tx *store.Tx, actor directory.Actor, plans ...*Plan) (int, error) {
	concerned := map[string][]*Plan{}
	for _, x := range plans {
		looked, pushed := x.passes, x.due() || x.ofGroup && isPush(actor)
		x.passes = true
		if looked || !pushed || x.loss == 0 {
			continue
		}
		for _, g := range slices.Concat(x.lostByGroup(), x.gainedByGroup()) {
			if c := g.Origin.Connection; !slices.Contains(x.cuts, c) && x.policy.pushes(c) {
				x.cuts = append(x.cuts, c)
				concerned[c] = append(concerned[c], x)
			}
		}
	}
	total := 0
	for _, connection := range slices.Sorted(maps.Keys(concerned)) {
		n, err := e.guardConnection(ctx, tx, connection, concerned[connection])
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// guardConnection holds what groups of one connection take, where that is above its limit.
func (e *Engine) guardConnection(ctx context.Context, tx *store.Tx, connection string, plans []*Plan) (int, error) {
	p := plans[len(plans)-1].policy
	limits := p.guardLimits(connection)
	people := make([]string, len(plans))
	for i, x := range plans {
		people[i] = x.After.ID
	}
	others, active, err := tx.Cuts(connection, tx.Now().Add(-guardWindow), people, enough(limits))
	if err != nil {
		return 0, err
	}
	total, limit := others+len(people), limits.Limit(active)
	if total <= limit {
		return 0, nil
	}
	until := tx.Now().Add(p.guardHold())
	why := fmt.Sprintf("%s within an hour would lose their state, last role or last agent group, or gain a privileged role, and the guard lets %d pass", peopleCount(total), limit)
	losses := false
	for _, x := range plans {
		losses = x.hold(connection, until, why) || losses
		x.withhold(connection, why)
	}
	s, err := tx.LockSource(connection)
	if err != nil {
		return 0, err
	}
	if losses && (s.HeldUntil.IsZero() || until.Before(s.HeldUntil)) {
		s.HeldUntil = until
	}
	if s.Status == store.SourceActive {
		s.Status = store.SourceQuarantined
	}
	tx.PutSource(s)
	e.tripped(ctx, p, connection, len(plans), why)
	return len(plans), nil
}

// isPush reports whether the actor is a provisioning client.
func isPush(actor directory.Actor) bool {
	return actor.Kind == directory.ActorConnection && actor.Connection != ""
}

// pushes reports whether a connection's client pushes to us. What is read from a directory is guarded as a plan.
func (p *policy) pushes(connection string) bool {
	c, err := p.connection(connection)
	return err == nil && connection != "" && c.Kind == directory.SCIM
}

// due reports whether a large push left the person to a run.
func (p *Plan) due() bool { return p.Before != nil && p.Before.EvaluatedAt < store.FirstConfigVersion }

// lostByGroup are the rights that the plan ends because the person left a directory group, where they count.
func (p *Plan) lostByGroup() []directory.Grant {
	if p.loss&(lostLastRole|lostLastAgentGroup) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.Lost), func(g directory.Grant) bool {
		_, known := p.policy.set.Rule(g.Origin.Rule) // what a rule gave that is gone ends with the rule
		in := slices.ContainsFunc(p.After.Memberships, func(m store.Membership) bool { return m.Group == g.Origin.Group })
		return g.Origin.Kind != directory.FromRule || g.Origin.Group == "" || g.HeldUntil != nil || !known || in
	})
}

// gainedByGroup are the privileged roles that the plan gives because the person joined a directory group.
func (p *Plan) gainedByGroup() []directory.Grant {
	if p.loss&gainedPrivileged == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.Gained), func(g directory.Grant) bool {
		return g.Origin.Kind != directory.FromRule || g.Origin.Group == "" || g.Kind != directory.RoleEntitlement || !p.policy.privilegedRole(g.Target)
	})
}

// tripped tells the log, once a minute for each connection, and the metrics.
func (e *Engine) tripped(ctx context.Context, p *policy, connection string, people int, why string) {
	c, _ := p.connection(connection)
	e.held(c.Name, people)
	key := p.Tenant.ID + "/" + connection
	e.mu.Lock()
	now := time.Now()
	tell := now.Sub(e.told[key]) >= time.Minute
	if tell {
		e.told[key] = now
	}
	e.mu.Unlock()
	if tell {
		e.log.WarnContext(ctx, "the guard holds what a connection's groups take: approve or discard it with rollcall sync",
			"tenant", p.Tenant.Key, "connection", c.Name, "people", people, "why", why)
	}
}
