package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// endsPart marks a person whose account ends because their entry is gone and somebody else has the name now.
const endsPart = "e"

// claimedPart marks a person whose line is that of a new entry, which says what was gathered here too.
const claimedPart = "c"

// newcomers works out entries that nobody is known by: somebody new, or somebody whom another connection, or none, owns.
func (c *compiler) newcomers(ctx context.Context, list []store.Subject) error {
	var ins []said
	var wanted []store.Wanted
	for _, x := range list {
		in, err := c.said(x)
		if c.skip(err, in.statement) {
			if err := c.awaited(ctx, in); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if in.statement == nil {
			continue // a member that was skipped
		}
		ins, wanted = append(ins, in), append(wanted, store.Wanted{Key: in.account.Key, UserName: in.account.UserName})
	}
	found, err := c.r.CandidatesOf(ctx, c.c.ID, wanted)
	if err != nil {
		return err
	}
	for i, in := range ins {
		if err := c.newcomer(ctx, in, found[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) newcomer(ctx context.Context, in said, found []store.Candidate) error {
	if !c.c.Capabilities.Create {
		c.problems.add(directory.Problem{Kind: "forbidden", Subject: in.account.UserName, Message: directory.Say("connection %s may not create users", c.c.Name), Fix: "allow it in the connection's capabilities, or leave it"})
		return c.awaited(ctx, in)
	}
	first, err := c.scratch.Name(ctx, "name:"+schema.Fold(in.account.UserName), in.statement.Entry.ID)
	if err != nil {
		return err
	}
	if !first {
		return c.conflict(ctx, in, directory.Say("another entry has the userName %s", in.account.UserName), "rename one of the two in the directory, or map another attribute to userName")
	}
	found, own, err := c.unclaimed(ctx, found)
	if err != nil {
		return err
	}
	if own != "" {
		return c.adopts(ctx, in, own)
	}
	what, person, err := correlate(ctx, c.r, c.p, c.c, in.account, found)
	if kind := directory.KindOf(err); err != nil && kind == directory.Conflict {
		if slices.ContainsFunc(found, func(f store.Candidate) bool { return f.Connection == c.c.ID && f.EndedAt.IsZero() }) {
			return c.conflict(ctx, in, directory.Say("another entry had the userName %s so far", in.account.UserName),
				fmt.Sprintf("rename one of the two in the directory; where the other entry is gone, this one is taken for somebody new after %d complete readings without it", c.grace()))
		}
		return c.conflict(ctx, in, directory.MessageOf(err), "see the text; until then the entry is left as it is")
	}
	if err != nil {
		return err
	}
	in.line.Account, in.line.Situation, in.line.Begins = in.stated(), what, true
	if what == absent {
		in.line.ID = store.NewID()
		in.statement.Entry.Object = in.line.ID
		return c.plan(ctx, in, nil, "")
	}
	people, err := c.r.People(ctx, person)
	if err != nil || len(people) == 0 {
		return err
	}
	return c.joins(ctx, in, people[0])
}

// conflict tells why nobody is made of an entry, or comes back by it.
func (c *compiler) conflict(ctx context.Context, in said, why directory.Message, fix string) error {
	c.tellConflict(in, why, fix)
	return c.awaited(ctx, in)
}

// awaited has the groups that name somebody who is left out await them, so that they join once they are there; those of
// somebody whose entry is known are read anew next time.
func (c *compiler) awaited(ctx context.Context, in said) error {
	for _, g := range in.named {
		l := syncLine{Group: &groupLine{ID: g}}
		if in.statement.Entry.Object == "" {
			l.Group.Awaits = []string{in.statement.Entry.Ref}
		} else {
			e := c.news[g].entry
			e.Hash, l.Entry = []byte{0}, &e
		}
		if err := c.line(ctx, groupsEnd, l); err != nil {
			return err
		}
	}
	return nil
}

// unclaimed looks through accounts of this connection that have the name. One without a key was left to the connection by
// another source: it is the entry's. One whose entry is gone gives the name up.
func (c *compiler) unclaimed(ctx context.Context, found []store.Candidate) (rest []store.Candidate, own string, err error) {
	for _, f := range found {
		if f.Connection != c.c.ID || !f.EndedAt.IsZero() || f.ByKey {
			rest = append(rest, f)
			continue
		}
		if f.Key == "" {
			return nil, f.Person, nil
		}
		entries, err := c.r.EntriesOf(ctx, c.c.ID, []string{f.Person})
		if err != nil {
			return nil, "", err
		}
		if !slices.ContainsFunc(entries, func(x store.SourceEntry) bool { return x.Missing >= store.GoneForGood }) {
			rest, c.again = append(rest, f), true
			continue
		}
		if err := c.scratch.Put(ctx, knownPerson+f.Person, endsPart, nil); err != nil {
			return nil, "", err
		}
	}
	return rest, "", nil
}

// adopts gives an entry to an account that waits for one.
func (c *compiler) adopts(ctx context.Context, in said, person string) error {
	people, err := c.r.People(ctx, person)
	if err != nil || len(people) == 0 {
		return err
	}
	before := people[0]
	in.line.ID, in.line.Stamp = before.ID, stamp(before)
	in.statement.Entry.Object = before.ID
	in.line.Account = in.stated()
	if err := c.gathered(ctx, &in); err != nil {
		return err
	}
	return c.plan(ctx, in, before, "found in "+c.c.Name+" by its userName")
}

// gathered adds what groups say about somebody who was known before their entry was: which they are in no longer. Those
// that name the entry have them already.
func (c *compiler) gathered(ctx context.Context, in *said) error {
	key := knownPerson + in.line.ID
	x := store.Subject{Key: key, Parts: map[string][]byte{}}
	err := c.scratch.Parts(ctx, key, func(page []string) error {
		for _, part := range page {
			x.Parts[part] = nil
		}
		return nil
	})
	if _, stated := x.Parts[statedPart]; err != nil || stated || len(x.Parts) == 0 {
		return err
	}
	known, err := c.said(x)
	if err != nil {
		return err
	}
	for _, g := range known.line.Left {
		if slices.Contains(in.line.Joined, g) {
			in.line.Joined = slices.DeleteFunc(in.line.Joined, func(j string) bool { return j == g })
		} else {
			in.line.Left = append(in.line.Left, g)
		}
	}
	return c.scratch.Put(ctx, key, claimedPart, nil)
}

// joins begins an account of somebody who is there already.
func (c *compiler) joins(ctx context.Context, in said, before *store.Person) error {
	why := map[situation]string{gone: "comes back", unowned: "owned by no connection until now", linkable: "linked by " + c.c.Link}[in.line.Situation]
	switch free := before.Account("") != nil; {
	case before.Account(c.c.ID) != nil:
		return c.conflict(ctx, in, directory.Say("another entry was linked to the same person"), "correct the attribute by which accounts are linked")
	case free && in.line.Situation != gone && c.p.privileged(before):
		return c.conflict(ctx, in, directory.Say("this is an administrator whom no connection owns"), "an administrator has to link the two")
	}
	first, err := c.scratch.Name(ctx, "person:"+before.ID, in.statement.Entry.ID)
	if err != nil {
		return err
	}
	if !first {
		return c.conflict(ctx, in, directory.Say("another entry was linked to the same person"), "correct the attribute by which accounts are linked")
	}
	in.line.ID, in.line.Stamp = before.ID, stamp(before)
	in.statement.Entry.Object = before.ID
	if err := c.gathered(ctx, &in); err != nil {
		return err
	}
	if in.line.Situation == gone {
		if err := c.restore(ctx, &in.line); err != nil {
			return err
		}
	}
	return c.plan(ctx, in, before, why)
}

// comesBack begins an account again that ended while its entry stayed known.
func (c *compiler) comesBack(ctx context.Context, in said, before *store.Person) error {
	in.line.Account, in.line.Situation, in.line.Begins = in.stated(), gone, true
	if taken, err := c.taken(ctx, in, ""); err != nil || taken {
		return errors.Join(err, c.awaited(ctx, in))
	}
	if err := c.restore(ctx, &in.line); err != nil {
		return err
	}
	return c.plan(ctx, in, before, "comes back")
}

// restore adds what the end of the account had taken: groups that still live, and rights that people had given.
func (c *compiler) restore(ctx context.Context, l *personLine) error {
	last, err := c.r.LastEnded(ctx, l.ID, c.c.ID)
	if err != nil {
		return err
	}
	groups, grants, err := c.r.TakenBy(ctx, l.ID, last.By)
	if err != nil {
		return err
	}
	for _, g := range groups {
		n := c.graph.byID[g]
		if n == nil || n.gone || slices.Contains(l.Left, g) || c.c.LDAP != nil && memberOf(c.c.LDAP) { // there the entry says it
			continue
		}
		if news := c.news[g]; news != nil && news.all {
			continue // it names them, or it does not
		}
		l.Joined = append(l.Joined, g)
		if n.entry.ID == "" {
			continue
		}
		e := n.entry
		e.Hash = []byte{0} // it may have dropped them while they were away: it is read anew next time
		if err := c.line(ctx, groupsEnd, syncLine{Group: &groupLine{ID: g}, Entry: &e}); err != nil {
			return err
		}
	}
	if c.p.Setting("rehire.restore") == "restore" {
		l.Restored = grants
	}
	return nil
}

// end ends an account whose entry is gone, because another entry has its name.
func (c *compiler) end(ctx context.Context, in said, before *store.Person) error {
	in.line.Ends = true
	direct, _ := c.graph.split(before.Memberships)
	in.line.Left = append(in.line.Left, direct...)
	in.line.Joined = nil
	return c.plan(ctx, in, before, strings.TrimSpace("gone from "+c.c.Name+", and another entry has the userName "+before.Account(c.c.ID).UserName))
}
