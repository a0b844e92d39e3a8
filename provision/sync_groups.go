package provision

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// groupNews is what a reading says about one group that is not known.
type groupNews struct {
	node       *node
	entry      store.SourceEntry // as it will be
	attributes directory.Attributes
	children   map[string]bool // groups in it
	parents    []string        // refs and aliases of groups that it says it is in
	all        bool            // its members are known to be all of them
	stated     bool            // it states its members
	awaits     int64
}

func (s *survey) takeGroups(ctx context.Context, entries []directory.Entry) error {
	if !s.p.mayGroups(s.c) {
		return nil
	}
	people, err := s.peopleAmong(ctx, entries)
	if err != nil {
		return err
	}
	for _, e := range entries {
		s.groupsRead++
		if e.ID == "" {
			s.nameless++
			continue
		}
		n := s.graph.byEntry[e.ID]
		switch {
		case e.Gone && n != nil:
			s.seen.set(n.entry.Ordinal)
			if err := s.miss(ctx, n.entry); err != nil {
				return err
			}
			continue
		case e.Gone, n != nil && s.seen.has(n.entry.Ordinal):
			continue
		case people[e.ID]:
			s.twofold(e)
			continue
		}
		if n != nil && n.entry.ID != "" {
			s.seen.set(n.entry.Ordinal)
			if k := n.entry; k.Missing == 0 && bytes.Equal(k.Hash, e.Hash) && k.Ref == e.Ref && k.Alias == e.Alias {
				continue
			}
		}
		attributes, err := e.Resource()
		if err == nil {
			err = checkGroup(directory.Group{DisplayName: groupName(attributes)})
		}
		if err != nil {
			if n != nil { // groups around it may name it by a new name already
				s.graph.byName[e.Ref] = n
			}
			s.problems.add(directory.Problem{Kind: "skipped", Subject: e.DN, Message: directory.MessageOf(err), Fix: "correct the group in the directory, or narrow the filter so that it is not asked for"})
			continue
		}
		if err := s.takeGroup(ctx, n, e, attributes); err != nil {
			return err
		}
	}
	return nil
}

func groupName(a directory.Attributes) string {
	name, _ := a["displayName"].(string)
	return name
}

func (s *survey) takeGroup(ctx context.Context, n *node, e directory.Entry, attributes directory.Attributes) error {
	name := groupName(attributes)
	if n == nil {
		n = s.graph.unclaimed(name)
	}
	x := store.SourceEntry{ID: e.ID, Kind: directory.GroupEntry, Ref: e.Ref, Alias: e.Alias, Hash: e.Hash}
	switch {
	case n == nil:
		n = &node{id: store.NewID(), name: name, fresh: true}
		s.graph.add(n)
		x.Ordinal = s.next()
	case n.entry.ID == "": // left to this connection by another source
		x.Ordinal = s.next()
	default:
		x.Ordinal = n.entry.Ordinal
	}
	n.renamed, n.claimed = !n.fresh && n.name != name, !n.fresh && n.external != e.ID
	n.name, n.external, x.Object = name, e.ID, n.id
	for _, name := range []string{n.entry.Ref, n.entry.Alias} {
		if s.graph.byName[name] == n { // nobody else took it meanwhile
			delete(s.graph.byName, name)
		}
	}
	old := n.entry
	n.entry = x
	s.graph.enter(n)
	g := &groupNews{
		node: n, entry: x, attributes: attributes, children: map[string]bool{}, parents: e.Parents,
		all: e.MembersKnown == directory.Complete, stated: s.c.LDAP == nil || !memberOf(s.c.LDAP),
	}
	if !g.all && g.stated {
		s.problems.add(directory.Problem{
			Kind: "members", Subject: e.DN, Message: directory.Say("not all members of the group could be read, so nobody is removed from it"),
			Fix: "see the problems of the search, and sync again",
		})
		g.entry.Hash = old.Hash // read anew next time
		if len(g.entry.Hash) == 0 {
			g.entry.Hash = []byte{0}
		}
	}
	s.groups = append(s.groups, g)
	if !g.stated {
		return nil
	}
	return s.members(ctx, g, e.Members)
}

func memberOf(l *directory.LDAPSettings) bool { return schema.Fold(l.Membership) == "memberof" }

// members compares who is in a group with who should be. One group's members are in memory at a time.
func (s *survey) members(ctx context.Context, g *groupNews, names []string) error {
	wanted := make(map[string]bool, len(names))
	for chunk := range slices.Chunk(names, 1000) {
		people, others, err := s.resolve(ctx, chunk)
		if err != nil {
			return err
		}
		for _, key := range people {
			wanted[key] = true
		}
		for _, name := range others { // which groups have the names is known once all of them were read
			if err := s.scratch.Put(ctx, awaitedBy+g.node.id, name, nil); err != nil {
				return err
			}
		}
	}
	if !g.node.fresh {
		if err := s.present(ctx, g, wanted); err != nil {
			return err
		}
	}
	for key := range wanted {
		if err := s.scratch.Put(ctx, key, joinPart+g.node.id, nil); err != nil {
			return err
		}
	}
	return nil
}

// present takes who is in the group already out of who is wanted, and has those leave who are not wanted.
func (s *survey) present(ctx context.Context, g *groupNews, wanted map[string]bool) error {
	var after directory.Member
	for {
		page, err := s.r.Members(ctx, g.node.id, after, 1000)
		if err != nil {
			return err
		}
		ids := make([]string, 0, len(page))
		for _, m := range page {
			if m.Kind == directory.UserMember {
				ids = append(ids, m.ID)
			}
		}
		own, err := s.byThemselves(ctx, g.node, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			key := knownPerson + id
			switch {
			case own[id]: // the entry says so itself: that is another statement
			case wanted[key]:
				delete(wanted, key)
			case g.all:
				if err := s.scratch.Put(ctx, key, leavePart+g.node.id, nil); err != nil {
					return err
				}
			}
		}
		if len(page) < 1000 || page[len(page)-1].Kind == directory.GroupMember {
			return nil
		}
		after = page[len(page)-1]
	}
}

// byThemselves tells which people are in a group because their own entry says so, as a primary group does.
func (s *survey) byThemselves(ctx context.Context, n *node, people []string) (map[string]bool, error) {
	if n.entry.Alias == "" || len(people) == 0 {
		return nil, nil
	}
	list, err := s.r.EntriesOf(ctx, s.c.ID, people)
	own := map[string]bool{}
	for _, x := range list {
		if slices.Contains(x.Parents, n.id) {
			own[x.Object] = true
		}
	}
	return own, err
}

// resolve tells whom names mean: people by their keys, and the names of groups and of nobody. At most 1,000.
func (s *survey) resolve(ctx context.Context, names []string) (people, others []string, err error) {
	var ask []string
	for _, name := range names {
		if s.graph.byName[name] != nil {
			others = append(others, name)
		} else {
			ask = append(ask, name)
		}
	}
	staged, err := s.scratch.Named(ctx, ask)
	if err != nil {
		return nil, nil, err
	}
	ask = slices.DeleteFunc(ask, func(name string) bool {
		key, ok := staged[name]
		if ok {
			people = append(people, key)
		}
		return ok
	})
	list, err := s.r.EntriesNamed(ctx, s.c.ID, ask)
	if err != nil {
		return nil, nil, err
	}
	found := map[string]bool{}
	for _, x := range list {
		if x.Kind == directory.UserEntry {
			people = append(people, personKey(x))
			found[x.Ref], found[x.Alias] = true, true
		}
	}
	for _, name := range ask {
		if !found[name] {
			others = append(others, name)
		}
	}
	return people, others, nil
}

// settleGroups brings the graph to what the reading says, once all groups are known, and notes everybody whom that
// concerns.
func (s *survey) settleGroups(ctx context.Context) error {
	for _, g := range s.groups {
		if err := s.nest(ctx, g); err != nil {
			return err
		}
	}
	for _, g := range s.groups {
		if s.graph.chainTooLong(g.node) {
			clear(g.node.parents)
			s.problems.add(directory.Problem{
				Kind: "members", Subject: g.node.name, Message: directory.Say("the group lies more than %d groups deep, so the groups around it give its people nothing", deepest),
				Fix: "nest the groups less deeply",
			})
		}
		if g.node.fresh || g.node.renamed {
			if err := s.graph.bind(ctx, s.r, s.p, s.c.ID, g.node); err != nil {
				return err
			}
		}
	}
	for _, n := range s.graph.byID {
		if !n.fresh && (n.gone || n.rebound || !maps.Equal(n.parents, n.was)) {
			if err := s.touch(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// nest settles which groups are in a group, now that every group has been read.
func (s *survey) nest(ctx context.Context, g *groupNews) error {
	nested := s.c.LDAP == nil || s.c.LDAP.Nested
	err := s.scratch.Parts(ctx, awaitedBy+g.node.id, func(names []string) error {
		for _, name := range names {
			if n := s.graph.byName[name]; n != nil {
				g.children[n.id] = true
			} else {
				g.awaits++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	g.entry.Pending = g.awaits
	if s.unsure && g.all && g.awaits > 0 && !g.node.fresh {
		g.all, g.entry.Hash = false, []byte{0} // read anew next time
		s.problems.add(directory.Problem{
			Kind: "members", Subject: g.node.name, Message: directory.Say("the group names %d members whom nobody is known by, and not everybody could be read, so nobody is removed from it", g.awaits),
			Fix: "see the problems of the search, and sync again",
		})
	}
	if !nested {
		clear(g.children)
	}
	delete(g.children, g.node.id)
	if g.stated {
		if g.all && !g.node.fresh {
			for _, n := range s.graph.byID {
				delete(n.parents, g.node.id)
			}
		}
		for id := range g.children {
			s.graph.byID[id].parents[g.node.id] = true
		}
		return nil
	}
	clear(g.node.parents)
	for _, name := range g.parents {
		if n := s.graph.byName[name]; n != nil && n != g.node && nested {
			g.node.parents[n.id] = true
		}
	}
	return nil
}

// touch has everybody in a group evaluated, and those who are in one that goes leave it.
func (s *survey) touch(ctx context.Context, n *node) error {
	if n.gone {
		var after directory.Member
		for {
			page, err := s.r.Members(ctx, n.id, after, 1000)
			if err != nil {
				return err
			}
			for _, m := range page {
				if m.Kind == directory.UserMember {
					if err := s.scratch.Put(ctx, knownPerson+m.ID, leavePart+n.id, nil); err != nil {
						return err
					}
				}
			}
			if len(page) < 1000 || page[len(page)-1].Kind == directory.GroupMember {
				break
			}
			after = page[len(page)-1]
		}
		for _, child := range s.graph.byID {
			delete(child.parents, n.id)
		}
	}
	after := ""
	for {
		page, err := s.r.PeopleIn(ctx, n.id, after, 1000)
		if err != nil {
			return err
		}
		for _, id := range page {
			if err := s.scratch.Put(ctx, knownPerson+id, touchedPart, nil); err != nil {
				return err
			}
		}
		if len(page) < 1000 {
			return nil
		}
		after = page[len(page)-1]
	}
}
