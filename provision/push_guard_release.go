package provision

import (
	"context"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// releasedAtOnce is how many people one transaction releases.
const releasedAtOnce = 250

// ReleaseHeld decides what the guard on a connection's pushes holds. With approve, what groups took ends and what they
// gave of privileged roles is granted, as the facts say by now. Without, holds of the actor keep the former until the
// directory changes its statement about the person, and withhold the latter until somebody releases them. The result is
// of status nothing where nothing is held.
func (e *Engine) ReleaseHeld(ctx context.Context, actor directory.Actor, connection string, approve bool) (SyncResult, error) {
	out := SyncResult{Connection: connection, Status: SyncNothing, Completeness: directory.Complete, Problems: []directory.Problem{}}
	people, err := e.db.Reader(actor.Tenant).PeopleHeld(ctx, connection, guardActor+connection, false)
	if err != nil {
		return out, err
	}
	if len(people) == 0 {
		return out, e.closeHeld(ctx, actor.Tenant, connection, nil)
	}
	by := string(actor.Kind) + ":" + actor.ID
	run := store.Run{ID: store.NewID(), Kind: "release", Status: "applying", Actor: actor, Connection: connection, Total: int64(len(people))}
	decide := func(p *policy, before, after *store.Person) *Plan { return p.approved(before, after, connection, by) }
	out.Status = SyncApplied
	if approve {
		run.ApprovedBy = by
	} else {
		out.Status = "discarded"
		decide = func(p *policy, before, after *store.Person) *Plan { return p.refused(before, after, connection, by) }
	}
	actor.Run, out.Run = run.ID, run.ID
	err = e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		run.CreatedAt = tx.Now()
		tx.PutRun(run)
		return nil
	})
	if err != nil {
		return out, err
	}
	for some := range slices.Chunk(people, releasedAtOnce) {
		sum, err := e.releaseSome(ctx, actor, some, decide)
		if err != nil {
			return out, err
		}
		run.Summary.Add(sum)
		run.Done += int64(len(some))
	}
	out.Summary = run.Summary
	return out, e.closeHeld(ctx, actor.Tenant, connection, func(tx *store.Tx) {
		run.Status, run.FinishedAt = string(out.Status), tx.Now()
		tx.PutRun(run)
	})
}

// approved plans somebody without what the guard holds of the connection.
func (p *policy) approved(before, after *store.Person, connection, by string) *Plan {
	for i, g := range after.Grants {
		if g.HeldUntil != nil && g.Origin.Connection == connection {
			over := after.ReadAt
			after.Grants[i].HeldUntil = &over
		}
	}
	withheld := takeWithheld(after, connection)
	plan := p.plan(before, after)
	plan.lapsed = append(plan.lapsed, withheld...)
	plan.reason, plan.passes = "approved by "+by, true
	return plan
}

// refused plans somebody with holds of whoever refused in the place of the guard's.
func (p *policy) refused(before, after *store.Person, connection, by string) *Plan {
	var placed []directory.Hold
	place := func(subject string, effect directory.Effect, reason string) {
		if slices.ContainsFunc(after.Holds, func(h directory.Hold) bool { return h.Subject == subject && h.Effect == effect }) {
			return
		}
		h := directory.Hold{ID: store.NewID(), Person: after.ID, Subject: subject, Effect: effect, Actor: by, Reason: reason}
		placed, after.Holds = append(placed, h), append(after.Holds, h)
	}
	for _, g := range after.Grants {
		if g.HeldUntil != nil && g.Origin.Connection == connection {
			place(string(g.Kind)+":"+g.Target, directory.Keep, "the directory's groups would have taken it, and that was refused")
		}
	}
	withheld := takeWithheld(after, connection)
	for _, h := range withheld {
		place(h.Subject, directory.Deny, "the directory's groups would have given it, and that was refused")
	}
	plan := p.plan(before, after)
	plan.lapsed, plan.placed, plan.reason = append(plan.lapsed, withheld...), placed, "discarded by "+by
	return plan
}

// takeWithheld removes the holds of the guard on the connection's pushes.
func takeWithheld(x *store.Person, connection string) (taken []directory.Hold) {
	x.Holds = slices.DeleteFunc(x.Holds, func(h directory.Hold) bool {
		mine := h.Actor == guardActor+connection
		if mine {
			taken = append(taken, h)
		}
		return mine
	})
	return taken
}

// ExpireHeld ends what the guard on a connection's pushes holds and whose time is over, and returns how many people that
// concerned. Privileged roles that it withholds stay so until somebody decides.
func (e *Engine) ExpireHeld(ctx context.Context, tenant, connection string) (int, error) {
	people, err := e.db.Reader(tenant).PeopleHeld(ctx, connection, "", true)
	if err != nil {
		return 0, err
	}
	actor := directory.Actor{Tenant: tenant, Kind: directory.ActorSystem, ID: "guard"}
	for some := range slices.Chunk(people, releasedAtOnce) {
		_, err := e.releaseSome(ctx, actor, some, func(p *policy, before, after *store.Person) *Plan {
			plan := p.plan(before, after)
			plan.reason = "nobody approved or discarded it in time"
			return plan
		})
		if err != nil {
			return 0, err
		}
	}
	return len(people), e.closeHeld(ctx, tenant, connection, nil)
}

// releaseSome plans people anew, each as plan says, and applies it in one commit.
func (e *Engine) releaseSome(ctx context.Context, actor directory.Actor, people []string, decide func(p *policy, before, after *store.Person) *Plan) (sum store.Summary, err error) {
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		sum = store.Summary{}
		found, err := tx.People(people...)
		if err != nil {
			return err
		}
		if p, err = e.current(ctx, tx, p, found...); err != nil {
			return err
		}
		var plans []*Plan
		for _, before := range found {
			if plan := decide(p, before, clone(before)); !plan.Empty() {
				plans = append(plans, plan)
			}
		}
		if _, err := e.guardPush(ctx, tx, actor, plans...); err != nil {
			return err
		}
		if err := e.seats(tx, false, plans...); err != nil {
			return err
		}
		for _, plan := range plans {
			sum.Add(plan.summary())
			if err := e.apply(ctx, tx, actor, plan, store.NewID()); err != nil {
				return err
			}
		}
		return nil
	})
	return sum, err
}

// closeHeld brings the connection's row in line with what is still held of it: the directory may have given back in
// between all that its groups took. Rows of connections that are read are none of its business.
func (e *Engine) closeHeld(ctx context.Context, tenant, connection string, more func(*store.Tx)) error {
	if more == nil {
		more = func(*store.Tx) {}
		s, err := e.db.Reader(tenant).Source(ctx, connection)
		if err != nil || s.HeldRun != "" || s.HeldUntil.IsZero() && s.Status != store.SourceQuarantined {
			return err
		}
	}
	return e.db.Write(ctx, tenant, func(tx *store.Tx) error {
		s, err := tx.LockSource(connection)
		if err != nil {
			return err
		}
		if s.HeldUntil, err = tx.FirstHeld(ctx, connection); err != nil {
			return err
		}
		withheld, err := tx.Withheld(ctx, guardActor+connection)
		if err != nil {
			return err
		}
		if s.HeldUntil.IsZero() && !withheld && s.Status == store.SourceQuarantined {
			s.Status = store.SourceActive
		}
		tx.PutSource(s)
		more(tx)
		return archiveUnbound(ctx, tx)
	})
}

// archiveUnbound puts away what rules made for groups that are gone, and that had people for longer than those: once
// nobody holds any of it by a guard.
func archiveUnbound(ctx context.Context, tx *store.Tx) error {
	if err := tx.LockConfiguration(); err != nil { // no group is made, renamed or bound meanwhile
		return err
	}
	if held, err := tx.AnythingHeld(ctx); err != nil || held {
		return err
	}
	c, err := tx.Configuration(ctx)
	if err != nil {
		return err
	}
	bindings, err := tx.Bindings(ctx, "")
	if err != nil {
		return err
	}
	used := map[string]bool{} // ids, and folded names
	for _, b := range bindings {
		for _, id := range b.AgentGroups {
			used[id] = true
		}
	}
	for _, r := range c.Rules {
		for _, out := range r.AgentGroups {
			used[schema.Fold(out.Name)] = true
		}
	}
	for _, g := range c.AgentGroups {
		if g.ManagedBy == directory.ByRule && !g.Archived && !used[g.ID] && !used[schema.Fold(g.Name)] {
			g.Archived = true
			if err := putWork(tx, g, workArchived); err != nil {
				return err
			}
		}
	}
	return nil
}

// Held tells, for everybody of whom the guard on a connection's pushes holds or withholds something, what approving it
// would change, seats too, and returns how many they are and what it comes to. It writes nothing.
func (e *Engine) Held(ctx context.Context, tenant, connection string, each func(PersonChange) error) (held int, sum store.Summary, err error) {
	reader := e.db.Reader(tenant)
	people, err := reader.PeopleHeld(ctx, connection, guardActor+connection, false)
	if err != nil || len(people) == 0 {
		return 0, sum, err
	}
	p, err := e.policy(ctx, reader, 0, false)
	if err != nil {
		return 0, sum, err
	}
	n := wording(p)
	room, err := p.room(ctx, reader, false)
	if err != nil {
		return 0, sum, err
	}
	for some := range slices.Chunk(people, releasedAtOnce) {
		found, err := reader.People(ctx, some...)
		if err != nil {
			return 0, sum, err
		}
		for _, before := range found {
			plan := p.approved(before, clone(before), connection, "")
			err := room.seat(plan, func() error {
				sum.Add(plan.summary())
				line := plan.line(n)
				line.Privileged, line.WillBePrivileged = p.privileged(before), slices.ContainsFunc(line.Gained, func(r RightChange) bool {
					return r.Kind == string(directory.RoleEntitlement) && p.privilegedRole(r.Target)
				})
				return each(line)
			})
			if err != nil {
				return 0, sum, err
			}
		}
	}
	return len(people), sum, room.finish()
}

// HeldPeople counts the people of whom the guard on a connection's pushes holds or withholds something.
func (e *Engine) HeldPeople(ctx context.Context, tenant, connection string) (int, error) {
	people, err := e.db.Reader(tenant).PeopleHeld(ctx, connection, guardActor+connection, false)
	return len(people), err
}

// actorName tells the guard's holds in words.
func (n *names) actorName(actor string) string {
	if connection, ok := strings.CutPrefix(actor, guardActor); ok {
		return guardActor + n.connections[connection]
	}
	return actor
}
