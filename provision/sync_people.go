package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// compiledAtOnce is how many people a plan reads and works out together.
const compiledAtOnce = 500

// compiler makes the lines of a plan out of what a survey gathered.
type compiler struct {
	*survey

	names   *names
	toll    toll
	sum     store.Summary
	cuts    int // people who are suspended or gone by this plan
	changes int
	again   bool // a name was taken by an account that may have given it up
	now     time.Time
	each    func(SyncChange) error
	news    map[string]*groupNews // by group id
	room    *room
}

// compile works everybody out: first who is new, because they may take the name of somebody who is gone.
func (c *compiler) compile(ctx context.Context, progress func(done int64)) error {
	var done int64
	for _, prefix := range []string{newPerson, knownPerson} {
		after := ""
		for {
			list, err := c.scratch.Subjects(ctx, prefix, after, compiledAtOnce)
			if err != nil {
				return err
			}
			if prefix == newPerson {
				err = c.newcomers(ctx, list)
			} else {
				err = c.knownPeople(ctx, list)
			}
			if err != nil {
				return err
			}
			done += int64(len(list))
			progress(done)
			if len(list) < compiledAtOnce {
				break
			}
			after = list[len(list)-1].Key
		}
	}
	return nil
}

// said is what the scratch has about one person.
type said struct {
	statement *statement
	account   directory.Account // with the stated attributes; UserName and Active are set
	line      personLine
	named     []string // groups that name them and did not before
	ends      bool     // the account ends, because somebody else has the name now
}

func (c *compiler) said(x store.Subject) (said, error) {
	var out said
	if b, ok := x.Parts[statedPart]; ok {
		out.statement = &statement{}
		if err := json.Unmarshal(b, out.statement); err != nil {
			return out, fmt.Errorf("provision: plan: %w", err)
		}
	}
	_, out.ends = x.Parts[endsPart]
	for _, part := range slices.Sorted(maps.Keys(x.Parts)) {
		kind, group := part[:1], part[1:]
		switch {
		case kind == joinPart:
			out.line.Joined = append(out.line.Joined, group)
			out.named = append(out.named, group)
		case kind == leavePart && c.news[group] != nil && c.news[group].stated && !c.news[group].all: // it may name them otherwise
		case kind == leavePart:
			out.line.Left = append(out.line.Left, group)
		case kind == arrivedPart && c.news[group] == nil && c.graph.byID[group] != nil && !c.graph.byID[group].gone:
			name := string(x.Parts[part])
			out.line.Joined = append(out.line.Joined, group)
			out.line.Arrived = append(out.line.Arrived, arrival{group, name})
		case kind == heirPart && c.news[group] == nil && c.graph.byID[group] != nil && !c.graph.byID[group].gone:
			of, err := strconv.ParseInt(string(x.Parts[part]), 10, 64)
			if err != nil {
				return out, fmt.Errorf("provision: plan: %w", err)
			}
			if !c.relocated.has(of) {
				out.line.Joined = append(out.line.Joined, group)
			}
		}
	}
	if out.statement == nil {
		return out, nil
	}
	c.own(&out)
	var err error
	if !out.statement.Gone {
		out.account, err = c.account(out.statement.Entry.ID, out.statement.Attributes)
	}
	return out, err
}

// own adds the groups that the entry itself says it is in, and takes those that it said before and says no longer.
func (c *compiler) own(x *said) {
	var parents []string
	for _, name := range x.statement.Parents {
		if n := c.graph.byName[name]; n != nil && !n.gone {
			parents = append(parents, n.id)
		}
	}
	slices.Sort(parents)
	parents = slices.Compact(parents)
	for _, g := range x.statement.Entry.Parents {
		if !slices.Contains(parents, g) && !slices.Contains(x.line.Joined, g) && !x.statement.Gone {
			x.line.Left = append(x.line.Left, g)
		}
	}
	x.line.Left = slices.DeleteFunc(x.line.Left, func(g string) bool { return slices.Contains(parents, g) })
	x.line.Joined = append(x.line.Joined, parents...)
	if !x.statement.Gone {
		x.statement.Entry.Parents = parents
	}
}

// account is what an entry's attributes make.
func (c *compiler) account(id string, attributes []byte) (directory.Account, error) {
	a := directory.Account{Connection: c.c.ID, ExternalID: id, Key: id}
	var err error
	if a.Attributes, err = schema.Decode(attributes); err != nil {
		return a, fmt.Errorf("provision: plan: %w", err)
	}
	return a, settleAccount(&a)
}

// knownPeople works out those who have an entry already, or are in a group that changed.
func (c *compiler) knownPeople(ctx context.Context, list []store.Subject) error {
	ids := make([]string, len(list))
	for i, x := range list {
		ids[i] = strings.TrimPrefix(x.Key, knownPerson)
	}
	people, err := c.r.People(ctx, ids...)
	if err != nil {
		return err
	}
	byID := make(map[string]*store.Person, len(people))
	for _, x := range people {
		byID[x.ID] = x
	}
	for i, x := range list {
		before := byID[ids[i]]
		if before == nil {
			continue // erased
		}
		if err := c.known(ctx, x, before); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) known(ctx context.Context, x store.Subject, before *store.Person) error {
	if _, claimed := x.Parts[claimedPart]; claimed {
		return nil
	}
	in, err := c.said(x)
	if c.skip(err, in.statement) {
		delete(x.Parts, statedPart) // what groups say counts all the same
		in, err = c.said(x)
	}
	if err != nil {
		return err
	}
	in.line.ID, in.line.Stamp = before.ID, stamp(before)
	was := before.Account(c.c.ID)
	why := ""
	switch s := in.statement; {
	case in.ends && was != nil:
		return c.end(ctx, in, before)
	case s == nil:
	case s.Gone && was != nil && c.c.Capabilities.Suspend:
		why = fmt.Sprintf("not found in %d complete readings", c.grace())
		if was.Active {
			attributes := maps.Clone(was.Attributes)
			attributes["active"] = false
			if in.line.Account, err = keepAccount(was.ExternalID, attributes); err != nil {
				return err
			}
		}
	case s.Gone && was != nil && was.Active:
		in.statement = nil // missed again each time, until the connection may suspend
	case s.Gone:
	case was == nil:
		return c.comesBack(ctx, in, before)
	case !reflect.DeepEqual(was.Attributes, in.account.Attributes) || was.ExternalID != in.account.ExternalID:
		if err := mayUpdate(c.c, *was, in.account); err != nil {
			c.problems.add(directory.Problem{Kind: "forbidden", Subject: in.account.UserName, Message: directory.MessageOf(err), Fix: "allow it in the connection's capabilities, or leave it: the account stays as it is"})
			in.statement.Entry.Hash = []byte{0} // read anew next time
			break
		}
		taken, err := c.taken(ctx, in, was.UserName)
		if err != nil {
			return err
		}
		if taken {
			in.statement.Entry.Hash = []byte{0}
			break
		}
		if !in.account.Active && was.Active {
			why = "the directory says that the account is not active"
		}
		in.line.Account = in.stated()
	}
	return c.plan(ctx, in, before, why)
}

// skip reports an entry that cannot become an account. It is skipped, which is not missing.
func (c *compiler) skip(err error, s *statement) bool {
	if err == nil || directory.KindOf(err) != directory.Invalid || s == nil {
		return false
	}
	c.problems.add(directory.Problem{Kind: "skipped", Subject: s.DN, Message: directory.MessageOf(err), Fix: "correct the entry in the directory, or the connection's attributes"})
	return true
}

func keepAccount(external string, attributes directory.Attributes) (*lineAccount, error) {
	doc, err := schema.Encode(attributes)
	if err != nil {
		return nil, fmt.Errorf("provision: plan: %w", err)
	}
	return &lineAccount{external, doc}, nil
}

// stated is the account as the entry states it.
func (x said) stated() *lineAccount {
	return &lineAccount{x.account.ExternalID, x.statement.Attributes}
}

// taken reports, as a problem, that another account of the connection has the name that an account changes to.
func (c *compiler) taken(ctx context.Context, in said, before string) (bool, error) {
	fold := schema.Fold(in.account.UserName)
	if fold == schema.Fold(before) {
		return false, nil
	}
	found, err := c.r.CandidatesOf(ctx, c.c.ID, []store.Wanted{{UserName: in.account.UserName}})
	if err != nil {
		return false, err
	}
	first, err := c.scratch.Name(ctx, "name:"+fold, in.statement.Entry.ID)
	if err != nil {
		return false, err
	}
	live := slices.ContainsFunc(found[0], func(f store.Candidate) bool { return f.Connection == c.c.ID && f.EndedAt.IsZero() })
	if live || !first {
		c.again = true
		c.tellConflict(in, directory.Say("another account of this connection has the userName %s", in.account.UserName), "rename one of the two in the directory; if it was renamed already, the next sync sees it")
		return true, nil
	}
	return false, nil
}

// tellConflict tells why an account is left as it is. The state of nobody changes by it.
func (c *compiler) tellConflict(in said, why directory.Message, fix string) {
	c.problems.add(directory.Problem{Kind: "conflict", Subject: in.statement.DN, Message: why, Fix: fix})
}

// plan makes the line of somebody, if anything changes for them.
func (c *compiler) plan(ctx context.Context, in said, before *store.Person, why string) error {
	after, err := c.p.advance(before, &in.line, c.c.ID, c.graph, c.now)
	if err != nil {
		return err
	}
	c.trim(&in.line, before)
	plan := c.p.plan(before, after)
	plan.Joined, plan.Left = in.line.Joined, in.line.Left
	var entry *store.SourceEntry
	if in.statement != nil {
		entry = &in.statement.Entry
	}
	if plan.Empty() {
		if entry != nil {
			return c.line(ctx, quietly, syncLine{Entry: entry})
		}
		return nil
	}
	return c.room.seat(plan, func() error { return c.tell(ctx, in, plan, entry, why) })
}

// tell makes the line of a plan that changes something, once it is known whether the person finds a seat.
func (c *compiler) tell(ctx context.Context, in said, plan *Plan, entry *store.SourceEntry, why string) error {
	before, after := plan.Before, plan.After
	loss := c.p.loss(before, after)
	c.toll.add(after.ID, loss)
	if loss&lostState != 0 {
		c.cuts++
	}
	c.sum.Add(plan.summary())
	change := c.names.tell(plan, c.c.ID, why)
	if before == nil && in.statement != nil {
		change.Reason = strings.Trim("new in "+c.c.Name+"; "+change.Reason, "; ")
	}
	phase := peopleChange
	if len(plan.Lost) > 0 || loss != 0 && loss != gainedPrivileged || in.ends {
		phase = peopleLose
	}
	c.changes++
	if c.each != nil {
		if err := c.each(*change); err != nil {
			return err
		}
	}
	return c.line(ctx, phase, syncLine{Change: change, Person: &in.line, Entry: entry})
}

// trim keeps of the groups only those that somebody really joins or leaves.
func (c *compiler) trim(l *personLine, before *store.Person) {
	in := func(g string) bool { return before != nil && isMember(before, g) }
	slices.Sort(l.Joined)
	slices.Sort(l.Left)
	l.Joined = slices.DeleteFunc(slices.Compact(l.Joined), in)
	l.Left = slices.DeleteFunc(slices.Compact(l.Left), func(g string) bool { return !in(g) })
}
