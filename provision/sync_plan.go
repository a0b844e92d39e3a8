package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// SyncPlan is what a sync would change, line by line. It does not change any more: applying it executes these lines.
// Planning writes nothing to the database. A plan that nobody needs any more is closed.
type SyncPlan struct {
	actor   directory.Actor
	result  SyncResult
	header  planHeader
	scratch *store.Scratch // nil for a stored plan
	run     store.Run      // of a stored plan
	lines   int64
	runID   string // see [SyncOptions.RunID]
}

// planHeader is what a plan knows beside its lines.
type planHeader struct {
	Connection  string
	Version     int64 // of the configuration
	Cookie      []byte
	Fingerprint string
	Server      string
	Full        bool // a complete full reading
	Checked     bool // a complete reading
	Again       bool // of changes, among which is a name that somebody else has by now: they are read once more
	At          time.Time
	Entries     int64
	Absent      int64
	Changes     int // lines that somebody sees
	Failure     string
}

// Result is what the plan would do: planned, nothing, or failed. Guard says why it would be held.
func (p *SyncPlan) Result() SyncResult { return p.result }

// Close gives back what the plan needs while it lives.
func (p *SyncPlan) Close() error { return p.scratch.Close() }

// PlanSync reads a source and works out what it changes: for the connection that it belongs to, whose id is given. The
// actor is who asked. The only errors are those of this side; of a source that could not be read the result tells.
func (e *Engine) PlanSync(ctx context.Context, actor directory.Actor, connection string, src directory.Source, o SyncOptions) (plan *SyncPlan, err error) {
	r := e.db.Reader(actor.Tenant)
	version, err := r.ConfigVersion(ctx)
	if err != nil {
		return nil, err
	}
	p, err := e.policy(ctx, r, version, true)
	if err != nil {
		return nil, err
	}
	c, err := p.connection(connection)
	if err != nil {
		return nil, err
	}
	s, err := e.newSurvey(ctx, r, p, c)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.scratch.Close())
		}
	}()
	var since directory.Since
	if !o.Full && len(s.source.Cookie) > 0 {
		since = directory.Since{Cookie: s.source.Cookie, Fingerprint: s.source.Fingerprint}
	}
	reading, err := s.read(ctx, src, since, o.progress())
	if err != nil {
		return nil, err
	}
	if err := s.judge(ctx, &reading); err != nil {
		return nil, err
	}
	comp := &compiler{survey: s, now: time.Now().UTC(), each: o.Each, news: map[string]*groupNews{}}
	if reading.Users != directory.Failed {
		if err := comp.run(ctx, o); err != nil {
			return nil, err
		}
	}
	plan, err = comp.finish(ctx, actor, reading)
	if plan != nil {
		plan.runID = o.RunID
	}
	return plan, err
}

// newRun is the id of the run that applies or holds the plan.
func (p *SyncPlan) newRun() string { return cmp.Or(p.runID, store.NewID()) }

func (o SyncOptions) progress() func(Progress) {
	if o.Progress == nil {
		return func(Progress) {}
	}
	return o.Progress
}

// read streams the source through the survey: while one page is compared, the next is read.
func (s *survey) read(ctx context.Context, src directory.Source, since directory.Since, progress func(Progress)) (directory.Reading, error) {
	var reading directory.Reading
	pages := make(chan directory.Page, 2)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() (err error) {
		defer close(pages)
		reading, err = src.Read(ctx, since, func(page directory.Page) error {
			select {
			case pages <- page:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		return err
	})
	work.Go(func() error {
		var done int64
		for page := range pages {
			if err := s.take(ctx, page); err != nil {
				return err
			}
			done += int64(len(page.Entries))
			progress(Progress{Phase: "reading", Done: done, Total: s.source.Entries})
		}
		return nil
	})
	err := work.Wait()
	return reading, err
}

// judge decides what the reading may be believed: what is unknown is not empty.
func (s *survey) judge(ctx context.Context, reading *directory.Reading) error {
	for _, x := range reading.Problems {
		s.problems.add(x)
	}
	reading.Problems = nil
	doubt := func(which *directory.Completeness, why directory.Message, fix string) {
		*which = which.Worse(directory.Partial)
		s.problems.add(directory.Problem{Kind: "search", Message: why, Fix: fix})
	}
	if s.nameless > 0 {
		doubt(&reading.Users, directory.Say("%d entries came without their immutable id, so nobody counts as missing", s.nameless), "let the bind DN read the server's unique id (entryUUID, objectGUID, nsUniqueId)")
		doubt(&reading.Groups, directory.Say("so no group counts as missing either"), "")
	}
	if !reading.Delta {
		if s.people == 0 && reading.Users == directory.Complete && s.source.Entries > 0 {
			doubt(&reading.Users, directory.Say("the search for people found nobody, although people were found before: nobody is taken for gone"), "check base, filter and what the bind DN may read; to offboard the source write state: absent")
		}
		if s.groupsRead == 0 && reading.Groups == directory.Complete && len(s.graph.byEntry) > 0 && s.p.mayGroups(s.c) {
			doubt(&reading.Groups, directory.Say("the search for groups found none, although there were groups before: none is taken for gone"), "check base, filter and what the bind DN may read")
		}
	}
	s.unsure = reading.Completeness() != directory.Complete
	return s.sweep(ctx, *reading)
}

// run works the plan out, once everything is gathered.
func (c *compiler) run(ctx context.Context, o SyncOptions) error {
	if err := c.settleGroups(ctx); err != nil {
		return err
	}
	configuration := c.p.Configuration
	var err error
	if c.names, err = everyName(ctx, c.r, configuration); err != nil {
		return err
	}
	for _, n := range c.graph.byID {
		c.names.groups[n.id] = n.name
	}
	for _, g := range c.groups {
		c.news[g.node.id] = g
	}
	if err := c.groupLines(ctx); err != nil {
		return err
	}
	if c.room, err = c.p.room(ctx, c.r, false); err != nil {
		return err
	}
	if err := c.compile(ctx, func(done int64) { o.progress()(Progress{Phase: "planning", Done: done}) }); err != nil {
		return err
	}
	return c.room.finish()
}

// groupLines makes the lines about groups themselves.
func (c *compiler) groupLines(ctx context.Context) error {
	var moves []syncLine
	for _, g := range c.groups {
		doc, err := schema.Encode(g.attributes)
		if err != nil {
			return fmt.Errorf("provision: plan: %w", err)
		}
		n := g.node
		l := groupLine{ID: n.id, External: n.external, Attributes: json.RawMessage(doc), Fresh: n.fresh, Changed: n.renamed || n.claimed}
		if n.fresh || n.renamed || n.claimed {
			change := SyncChange{UserName: n.name, Change: "group_created", Fields: []string{"displayName"}, Reason: "new in " + c.c.Name}
			if !n.fresh {
				change.Change, change.Reason = "group_renamed", "renamed in "+c.c.Name
			}
			first := g.entry
			first.Hash, first.Pending = []byte{0}, 0 // its members are not in it yet: a run that is cut off is not taken for done
			if err := c.show(ctx, groupsBegin, syncLine{Change: &change, Group: &l, Entry: &first}); err != nil {
				return err
			}
		}
		end := groupLine{ID: n.id, Forgets: true}
		if err := c.scratch.Parts(ctx, awaitedBy+n.id, func(names []string) error {
			for _, name := range names {
				if c.graph.byName[name] == nil {
					end.Awaits = append(end.Awaits, name)
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if err := c.line(ctx, groupsEnd, syncLine{Group: &end, Entry: &g.entry}); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.graph.byID)) {
		n := c.graph.byID[id]
		switch {
		case n.gone:
			change := SyncChange{UserName: n.name, Change: "group_deleted", Fields: []string{}, Reason: fmt.Sprintf("not found in %d complete readings", c.grace())}
			if err := c.show(ctx, groupsEnd, syncLine{Change: &change, Group: &groupLine{ID: id, Ends: true}, Entry: &n.entry}); err != nil {
				return err
			}
		case !maps.Equal(n.parents, n.was):
			moves = append(moves, c.moved(n))
		}
	}
	for _, l := range moves { // after every group that comes to be
		if err := c.show(ctx, groupsBegin, l); err != nil {
			return err
		}
	}
	return nil
}

// moved is the line of a group that is put into other groups, or taken out of them.
func (c *compiler) moved(n *node) syncLine {
	l := groupLine{ID: n.id}
	change := SyncChange{UserName: n.name, Change: "group_nested", Fields: []string{"groups"}, Reason: "nested otherwise in " + c.c.Name}
	for _, p := range slices.Sorted(maps.Keys(n.parents)) {
		if !n.was[p] {
			l.Enters = append(l.Enters, p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(n.was)) {
		if !n.parents[p] {
			l.Leaves = append(l.Leaves, p)
		}
	}
	change.Values = []FieldChange{{"groups", c.names.groupNames(l.Leaves), c.names.groupNames(l.Enters)}}
	return syncLine{Change: &change, Group: &l}
}

// show adds a line that people see.
func (c *compiler) show(ctx context.Context, phase int64, l syncLine) error {
	c.changes++
	if c.each != nil {
		if err := c.each(*l.Change); err != nil {
			return err
		}
	}
	return c.line(ctx, phase, l)
}

// finish seals the plan.
func (c *compiler) finish(ctx context.Context, actor directory.Actor, reading directory.Reading) (*SyncPlan, error) {
	actor.Connection = c.c.ID
	whole := reading.Completeness()
	out := &SyncPlan{
		actor: actor, scratch: c.scratch,
		header: planHeader{
			Connection: c.c.ID, Version: c.p.Tenant.ConfigVersion, Cookie: reading.Cookie, Fingerprint: reading.Fingerprint, Server: reading.Server,
			Full: whole == directory.Complete && !reading.Delta, Checked: whole == directory.Complete, Again: c.again, At: c.now, Entries: c.ordinal, Absent: c.absent, Changes: c.changes,
		},
		result: SyncResult{
			Connection: c.c.Name, Status: SyncPlanned, Version: c.p.Tenant.ConfigVersion, Completeness: whole, Summary: c.sum, Missing: c.absent, Problems: c.problems.list, More: c.problems.more, Reading: &reading,
		},
	}
	out.lines = c.scratch.Len()
	if out.result.Problems == nil {
		out.result.Problems = []directory.Problem{}
	}
	if whole != directory.Complete {
		out.header.Failure = "the reading was not complete"
		if len(c.problems.list) > 0 {
			out.header.Failure = c.problems.list[0].Text
		}
	}
	switch {
	case reading.Users == directory.Failed:
		out.result.Status = SyncFailed
		return out, nil
	case c.changes == 0:
		out.result.Status = SyncNothing
		if whole != directory.Complete || len(out.result.Problems) > 0 {
			out.result.Status = SyncPartial // nothing that could be done; what could not is told
		}
		return out, nil
	}
	limit, err := c.p.guardLimit(ctx, c.r, c.c.ID)
	if err != nil {
		return nil, err
	}
	out.result.Guard = c.toll.reasons(limit)
	if c.source.Fingerprint != "" && c.source.Fingerprint != reading.Fingerprint && c.cuts > 0 {
		out.result.Guard = append(out.result.Guard, directory.Say("base, filter or mapping changed since the last sync, and %v would be suspended: it may be that they were not asked for", peopleCount(c.cuts)))
	}
	return out, nil
}
