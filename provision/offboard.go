package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Offboarding says what becomes of the accounts and groups of a connection that goes.
type Offboarding struct {
	Connection string // id of the one that goes
	Name       string // its name, for people
	Do         string // directory.OffboardKeep, OffboardSuspend or OffboardMove
	To         string // of OffboardMove: the id of the connection that takes them over
}

// Offboard takes the accounts and groups of a connection away from it, so that the connection can go. With keep and
// suspend no connection owns them any more, suspend making the accounts inactive; with move another connection does,
// without external ids, so that it finds them by their names. Where the other connection has an account of the person or
// a group of the name already, that one stays and this one ends; so does, with keep and suspend, the account of somebody
// whom another connection owns too.
//
// Nobody's rights change here. Everybody concerned is left due, for [Engine.Settle] to evaluate under the configuration
// that is published next. It works in batches, each in a commit of its own, and goes on where one that broke off stopped.
// The connection is paused first, so that nothing is written to it meanwhile. A userName that somebody else has in the
// other connection is an error of kind Conflict.
func (e *Engine) Offboard(ctx context.Context, actor directory.Actor, o Offboarding, progress func(done int)) (store.Summary, error) {
	s := offboarding{e: e, o: o, actor: actor, reader: e.db.Reader(actor.Tenant)}
	s.actor.Connection = ""
	if progress == nil {
		progress = func(int) {}
	}
	if err := s.begin(ctx); err != nil {
		return s.sum, err
	}
	for done := 0; ; progress(done) {
		ids, err := s.reader.PeopleOf(ctx, o.Connection, settledAtOnce)
		if err != nil {
			return s.sum, err
		}
		if len(ids) == 0 {
			break
		}
		if err := s.people(ctx, ids); err != nil {
			return s.sum, err
		}
		done += len(ids)
	}
	if err := s.groups(ctx); err != nil {
		return s.sum, err
	}
	return s.sum, e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		s.run.Status, s.run.Summary, s.run.FinishedAt = string(SyncApplied), s.sum, tx.Now()
		tx.PutRun(s.run)
		return nil
	})
}

// offboarding is one on its way.
type offboarding struct {
	e      *Engine
	o      Offboarding
	actor  directory.Actor
	reader store.Reader
	run    store.Run
	sum    store.Summary
}

// begin pauses the connection and begins the run, or goes on with the one that broke off.
func (s *offboarding) begin(ctx context.Context) error {
	open, err := s.reader.OpenRun(ctx, "offboard", s.o.Connection)
	if err != nil {
		return err
	}
	s.run = store.Run{ID: store.NewID(), Kind: "offboard", Status: "applying", Connection: s.o.Connection}
	if open != "" {
		if s.run, err = s.reader.Run(ctx, open); err != nil {
			return err
		}
		s.sum = s.run.Summary
	}
	s.actor.Run = s.run.ID
	return s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error {
		x, err := tx.LockSource(s.o.Connection)
		if err != nil {
			return err
		}
		x.Status = store.SourcePaused
		tx.PutSource(x)
		if open == "" {
			s.run.Actor, s.run.CreatedAt = s.actor, tx.Now()
			tx.PutRun(s.run)
		}
		return nil
	})
}

// people moves the accounts of a batch of people in one commit.
func (s *offboarding) people(ctx context.Context, ids []string) error {
	var sum store.Summary
	err := s.e.write(ctx, s.actor, func(tx *store.Tx, _ *policy) error {
		sum = store.Summary{}
		people, err := tx.People(ids...)
		if err != nil {
			return err
		}
		for _, before := range people {
			if before.Account(s.o.Connection) == nil {
				continue // somebody was faster
			}
			if err := s.person(ctx, tx, before); err != nil {
				return err
			}
			sum.Updated++
		}
		tx.MarkDue(1, ids)
		total := s.sum
		total.Add(sum)
		s.run.Summary = total
		tx.PutRun(s.run)
		return nil
	})
	if err == nil {
		s.sum.Add(sum)
	}
	return err
}

// person moves one account. Only facts are written: rights, state and what is effective follow by evaluation.
func (s *offboarding) person(ctx context.Context, tx *store.Tx, before *store.Person) error {
	after, change := clone(before), store.NewID()
	was, there := before.Account(s.o.Connection), before.Account(s.o.To)
	s.o.transfer(after, tx.Now())
	deltas := []store.Delta{store.AccountDelta(s.o.Connection, before.DisplayID, -1)}
	tx.EndAccount(before.ID, s.o.Connection, change)
	from, to := map[string]any{"connection": s.o.Connection}, map[string]any{}
	if now := after.Account(s.o.To); there == nil && now != nil {
		last, err := tx.LastEnded(ctx, before.ID, s.o.To)
		if err != nil {
			return err
		}
		now.Version = max(was.Version, last.Version) + 1 // no ETag of before is repeated
		if _, err := tx.InsertAccount(*now, before.DisplayID, change); err != nil {
			return err
		}
		deltas = append(deltas, store.AccountDelta(s.o.To, before.DisplayID, 1))
		to["connection"] = s.o.To
		if was.Active != now.Active {
			from["active"], to["active"] = was.Active, now.Active
		}
	}
	if !slices.Equal(before.Departed, after.Departed) {
		if err := tx.PutPerson(after.User, after.Departed); err != nil {
			return err
		}
	}
	tx.MoveGrants(before.ID, s.o.Connection, s.o.To)
	tx.PutIdentifiers(before.ID, identifiers(before), identifiers(after))
	c := directory.Change{ID: change, Subject: "person:" + before.ID, Action: "user.updated", Actor: s.actor, Reason: s.o.reason()}
	var err error
	if c.Before, err = json.Marshal(from); err != nil {
		return fmt.Errorf("provision: change: %w", err)
	}
	if c.After, err = json.Marshal(to); err != nil {
		return fmt.Errorf("provision: change: %w", err)
	}
	return tx.AppendChange(c, deltas...)
}

// reason is how the log and a plan call it.
func (o Offboarding) reason() string {
	done := map[string]string{directory.OffboardKeep: "kept", directory.OffboardSuspend: "suspended", directory.OffboardMove: "moved"}[o.Do]
	return "offboarding of " + o.Name + ": " + done
}

// transfer makes a person what they are once their account of the connection is nobody's or another's. Their groups stay
// what they are; rights that groups of the connection give are from then on those of its heir.
func (o Offboarding) transfer(x *store.Person, now time.Time) {
	i := slices.IndexFunc(x.Accounts, func(a directory.Account) bool { return a.Connection == o.Connection })
	if i >= 0 {
		a := x.Accounts[i]
		x.Accounts = slices.Delete(x.Accounts, i, i+1)
		a.Connection, a.ExternalID, a.Key, a.ModifiedAt = o.To, "", "", now
		if o.Do == directory.OffboardSuspend && a.Active {
			a.Active, a.Attributes = false, maps.Clone(a.Attributes)
			a.Attributes["active"] = false
		}
		if x.Account(o.To) == nil && (o.To != "" || len(x.Accounts) == 0) {
			x.Accounts = append(x.Accounts, a)
			x.Departed = slices.DeleteFunc(x.Departed, func(c string) bool { return c == o.To })
		}
	}
	for i, g := range x.Grants {
		if g.Origin.Kind == directory.FromRule && g.Origin.Connection == o.Connection {
			x.Grants[i].Origin.Connection = o.To
		}
	}
}

// groups moves the groups, a batch in each commit, the oldest first. One whose name another connection has already ends.
func (s *offboarding) groups(ctx context.Context) error {
	heads, err := s.reader.GroupHeads(ctx, s.o.Connection)
	if err != nil {
		return err
	}
	ends, err := s.o.ends(ctx, s.reader, heads)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(heads, groupsAtOnce) {
		err := s.e.write(ctx, s.actor, func(tx *store.Tx, p *policy) error {
			p, err := s.e.shared(ctx, tx, p) // no rule is published meanwhile
			if err != nil {
				return err
			}
			for _, h := range batch {
				if ends[h.ID] {
					err = s.endGroup(ctx, tx, h.ID)
				} else {
					err = s.moveGroup(ctx, tx, p, h.ID)
				}
				if err != nil && directory.KindOf(err) != directory.NotFound { // deleted meanwhile
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// groupsAtOnce is how many groups one commit moves: few, as each may end a membership of many people.
const groupsAtOnce = 50

// ends tells which of a connection's groups, the oldest first, end because their heir has one of the name by then. Of
// groups that no connection owns, a name may be there twice.
func (o Offboarding) ends(ctx context.Context, r store.Reader, heads []store.GroupHead) (map[string]bool, error) {
	ends := map[string]bool{}
	if o.To == "" {
		return ends, nil
	}
	taken := map[string]bool{}
	theirs, err := r.GroupHeads(ctx, o.To)
	for _, h := range theirs {
		taken[schema.Fold(h.Name)] = true
	}
	for _, h := range heads {
		name := schema.Fold(h.Name)
		ends[h.ID], taken[name] = taken[name], true
	}
	return ends, err
}

func (s *offboarding) moveGroup(ctx context.Context, tx *store.Tx, p *policy, id string) error {
	g, err := tx.Group(s.o.Connection, id, store.Exclusive)
	if err != nil {
		return err
	}
	ordinal, err := tx.GroupOrdinal(id)
	if err != nil {
		return err
	}
	heir, err := p.connection(s.o.To)
	if err != nil {
		return err
	}
	if err := tx.MoveGroup(g, s.o.To, heir.Dialect == directory.Entra && s.o.To != ""); err != nil {
		return err
	}
	people, err := everybodyIn(ctx, tx, id)
	if err != nil {
		return err
	}
	tx.MarkDue(1, people)
	return s.groupChange(tx, store.NewID(), "group.updated", id, map[string]any{"connection": s.o.To},
		store.GroupListDelta(s.o.Connection, ordinal, -1), store.GroupListDelta(s.o.To, ordinal, 1))
}

func (s *offboarding) endGroup(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.Group(s.o.Connection, id, store.Exclusive); err != nil {
		return err
	}
	if err := tx.LockNested(id); err != nil {
		return err
	}
	ordinal, err := tx.GroupOrdinal(id)
	if err != nil {
		return err
	}
	people, err := everybodyIn(ctx, tx, id)
	if err != nil {
		return err
	}
	parents, err := tx.ParentsOf(ctx, id)
	if err != nil {
		return err
	}
	bindings, err := tx.Bindings(ctx, id)
	if err != nil {
		return err
	}
	deltas := []store.Delta{store.GroupListDelta(s.o.Connection, ordinal, -1)}
	for _, parent := range parents {
		deltas = append(deltas, store.GroupDelta(parent, -1))
	}
	change := store.NewID()
	tx.EndGroup(id, change)
	if err := s.groupChange(tx, change, "group.deleted", id, nil, deltas...); err != nil {
		return err
	}
	tx.MarkDue(0, people)
	return archive(ctx, tx, bindings)
}

func (s *offboarding) groupChange(tx *store.Tx, id, action, group string, after map[string]any, deltas ...store.Delta) error {
	c := directory.Change{ID: id, Subject: "group:" + group, Action: action, Actor: s.actor, Reason: s.o.reason()}
	var err error
	if c.Before, err = json.Marshal(map[string]any{"connection": s.o.Connection}); err != nil {
		return fmt.Errorf("provision: change: %w", err)
	}
	if after != nil {
		if c.After, err = json.Marshal(after); err != nil {
			return fmt.Errorf("provision: change: %w", err)
		}
	}
	return tx.AppendChange(c, deltas...)
}
