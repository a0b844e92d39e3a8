package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// survey compares what a source says with what it said last, and gathers the difference. It holds groups in memory, one
// bit for each known entry, and the difference in a scratch; people stream through.
type survey struct {
	e       *Engine
	r       store.Reader
	p       *policy
	c       directory.Connection
	source  store.Source
	graph   *graph
	scratch *store.Scratch

	seen       bits
	relocated  bits  // people who have another DN by now
	people     int64 // user entries that were read
	groupsRead int64
	nameless   int64 // entries without an immutable id
	ordinal    int64 // the next one
	groups     []*groupNews
	problems   problems
	unsure     bool  // not everybody was read: a name that nobody is known by may be somebody's new one
	absent     int64 // entries that are missing and not gone yet, after this reading
}

// statement is what a source says about a person, as it waits in the scratch.
type statement struct {
	Entry      store.SourceEntry
	DN         string
	Attributes json.RawMessage // nil where the person is gone
	Parents    []string        // refs and aliases
	Gone       bool
}

// The keys and parts of the scratch: "p:ID" is a known person, "n:ID" a new entry, "a:ID" whom a group awaits.
const (
	knownPerson = "p:"
	newPerson   = "n:"
	awaitedBy   = "a:"

	statedPart  = "s"
	touchedPart = "t"
	joinPart    = "+"
	leavePart   = "-"
	arrivedPart = "w" // joins a group that awaited them
	heirPart    = "h" // has the DN that somebody in a group had, unless those moved
)

func (e *Engine) newSurvey(ctx context.Context, r store.Reader, p *policy, c directory.Connection) (*survey, error) {
	s := &survey{e: e, r: r, p: p, c: c}
	var err error
	if s.source, err = r.Source(ctx, c.ID); err != nil {
		return nil, err
	}
	next, err := r.NextEntry(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	s.source.Entries = max(s.source.Entries, next)
	s.ordinal = s.source.Entries
	if s.graph, err = loadGraph(ctx, r, c.ID); err != nil {
		return nil, err
	}
	s.scratch, err = e.db.Scratch(ctx)
	return s, err
}

// take gathers what one page says that is not known.
func (s *survey) take(ctx context.Context, page directory.Page) error {
	if page.Kind == directory.GroupEntry {
		return s.takeGroups(ctx, page.Entries)
	}
	for chunk := range slices.Chunk(page.Entries, 1000) {
		if err := s.takePeople(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// known looks the entries of a page up.
func (s *survey) known(ctx context.Context, entries []directory.Entry) (map[string]store.SourceEntry, error) {
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.ID != "" {
			ids = append(ids, e.ID)
		}
	}
	found, err := s.r.Entries(ctx, s.c.ID, ids)
	out := make(map[string]store.SourceEntry, len(found))
	for _, k := range found {
		out[k.ID] = k
	}
	return out, err
}

func (s *survey) takePeople(ctx context.Context, entries []directory.Entry) error {
	known, err := s.known(ctx, entries)
	if err != nil {
		return err
	}
	var arrived []store.SourceEntry
	for _, e := range entries {
		k, old := known[e.ID]
		switch {
		case e.Gone:
			if old && k.Kind == directory.UserEntry { // of a group the search for groups tells
				s.seen.set(k.Ordinal)
				if err := s.miss(ctx, k); err != nil {
					return err
				}
			}
			continue
		case old && k.Kind != directory.UserEntry:
			s.twofold(e)
			continue
		case old && s.seen.has(k.Ordinal):
			continue // the server sent it twice: it moved while we read
		}
		s.people++
		if e.ID == "" {
			s.nameless++
			continue
		}
		if old {
			s.seen.set(k.Ordinal)
			if k.Ref != e.Ref {
				s.relocated.set(k.Ordinal)
			}
		}
		if old && k.Missing == 0 && bytes.Equal(k.Hash, e.Hash) && k.Ref == e.Ref && k.Alias == e.Alias {
			continue
		}
		attributes, err := e.Resource()
		if err != nil {
			s.problems.add(directory.Problem{Kind: "skipped", Subject: e.DN, Message: directory.MessageOf(err), Fix: "correct the entry in the directory, or narrow the filter so that it is not asked for"})
			if old && k.Object != "" { // groups may name them by a new name already
				if _, err := s.scratch.Name(ctx, e.Ref, personKey(k)); err != nil {
					return err
				}
			}
			continue
		}
		x := store.SourceEntry{ID: e.ID, Kind: directory.UserEntry, Ref: e.Ref, Alias: e.Alias, Hash: e.Hash}
		if old {
			x.Ordinal, x.Object, x.Parents = k.Ordinal, k.Object, k.Parents
		} else {
			if fresh, err := s.scratch.Name(ctx, "id:"+e.ID, newPerson+e.ID); err != nil {
				return err
			} else if !fresh {
				continue
			}
			x.Ordinal = s.next()
		}
		if err := s.state(ctx, x, e, attributes); err != nil {
			return err
		}
		if !old || k.Ref != e.Ref || k.Alias != e.Alias {
			arrived = append(arrived, x)
		}
	}
	return s.arrive(ctx, arrived)
}

// peopleAmong tells which of the entries that are no known groups are people's.
func (s *survey) peopleAmong(ctx context.Context, entries []directory.Entry) (map[string]bool, error) {
	out := map[string]bool{}
	for chunk := range slices.Chunk(entries, 1000) {
		chunk = slices.DeleteFunc(slices.Clone(chunk), func(e directory.Entry) bool { return s.graph.byEntry[e.ID] != nil })
		known, err := s.known(ctx, chunk)
		if err != nil {
			return nil, err
		}
		names := make([]string, len(chunk))
		for i, e := range chunk {
			names[i] = "id:" + e.ID
			out[e.ID] = known[e.ID].Kind == directory.UserEntry
		}
		staged, err := s.scratch.Named(ctx, names)
		if err != nil {
			return nil, err
		}
		for name := range staged {
			out[strings.TrimPrefix(name, "id:")] = true
		}
	}
	return out, nil
}

// twofold tells of an object that is found among people and among groups: it stays what it is.
func (s *survey) twofold(e directory.Entry) {
	s.problems.add(directory.Problem{
		Kind: "skipped", Subject: e.DN, Message: directory.Say("this is found among people and among groups, so it stays what it was first"),
		Fix: "narrow the filter of people or that of groups, so that only one of them finds it",
	})
}

func (s *survey) next() int64 {
	s.ordinal++
	return s.ordinal - 1
}

// state notes what an entry says.
func (s *survey) state(ctx context.Context, x store.SourceEntry, e directory.Entry, attributes directory.Attributes) error {
	doc, err := json.Marshal(attributes)
	if err != nil {
		return fmt.Errorf("provision: %s: %w", e.DN, err)
	}
	return s.note(ctx, personKey(x), statement{Entry: x, DN: e.DN, Attributes: doc, Parents: e.Parents})
}

func (s *survey) note(ctx context.Context, key string, x statement) error {
	b, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	return s.scratch.Put(ctx, key, statedPart, b)
}

func personKey(x store.SourceEntry) string {
	if x.Object != "" {
		return knownPerson + x.Object
	}
	return newPerson + x.ID
}

// arrive makes entries known by their names, and lets them join the groups that awaited them.
func (s *survey) arrive(ctx context.Context, entries []store.SourceEntry) error {
	byName := map[string]string{}
	var names []string
	for _, x := range entries {
		for _, name := range []string{x.Ref, x.Alias} {
			if name == "" {
				continue
			}
			if _, err := s.scratch.Name(ctx, name, personKey(x)); err != nil {
				return err
			}
			byName[name] = personKey(x)
			names = append(names, name)
		}
	}
	for chunk := range slices.Chunk(names, 1000) {
		if err := s.succeed(ctx, chunk, byName); err != nil {
			return err
		}
		awaiting, err := s.r.Awaiting(ctx, s.c.ID, chunk)
		if err != nil {
			return err
		}
		for name, groups := range awaiting {
			for _, g := range groups {
				if err := s.scratch.Put(ctx, byName[name], arrivedPart+g, []byte(name)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// succeed lets entries that have the DN of others by now join the groups that name it: those look as they did.
func (s *survey) succeed(ctx context.Context, names []string, byName map[string]string) error {
	list, err := s.r.EntriesNamed(ctx, s.c.ID, names)
	if err != nil {
		return err
	}
	for _, x := range list {
		key := byName[x.Ref]
		if key == "" || key == personKey(x) || x.Kind != directory.UserEntry {
			continue
		}
		groups, err := s.r.GroupsOf(ctx, x.Object, s.c.ID)
		if err != nil {
			return err
		}
		for _, g := range groups {
			if slices.Contains(x.Parents, g) {
				continue // the entry itself said so
			}
			if err := s.scratch.Put(ctx, key, heirPart+g, []byte(strconv.FormatInt(x.Ordinal, 10))); err != nil {
				return err
			}
		}
	}
	return nil
}

// miss notes that a complete reading did not find an entry. After as many as the connection says, it is gone.
func (s *survey) miss(ctx context.Context, k store.SourceEntry) error {
	if k.Missing >= store.GoneForGood {
		return nil
	}
	k.Missing++
	switch n := s.graph.byEntry[k.ID]; {
	case k.Missing < s.grace():
		s.absent++
		return s.quiet(ctx, k)
	case n != nil:
		n.gone = true
		return nil
	default:
		k.Missing = store.GoneForGood
		return s.note(ctx, knownPerson+k.Object, statement{Entry: k, Gone: true})
	}
}

// quiet writes what a source says about an object without changing the object.
func (s *survey) quiet(ctx context.Context, x store.SourceEntry) error {
	return s.line(ctx, quietly, syncLine{Entry: &x})
}

func (s *survey) grace() int64 {
	if s.c.LDAP == nil {
		return 1
	}
	return int64(max(1, s.c.LDAP.GraceRuns))
}

// sweep finds who was not read, in a complete reading; in one of changes, who was missing before and was not mentioned.
func (s *survey) sweep(ctx context.Context, reading directory.Reading) error {
	counts := func(k directory.EntryKind) bool {
		if k == directory.GroupEntry {
			return reading.Groups == directory.Complete && s.p.mayGroups(s.c)
		}
		return reading.Users == directory.Complete
	}
	pass := func(list []store.SourceEntry) error {
		for _, k := range list {
			if s.seen.has(k.Ordinal) || !counts(k.Kind) {
				continue
			}
			if err := s.miss(ctx, k); err != nil {
				return err
			}
		}
		return nil
	}
	if reading.Delta {
		if s.source.Absent == 0 {
			return nil
		}
		list, err := s.r.AbsentEntries(ctx, s.c.ID)
		if err != nil {
			return err
		}
		return pass(list)
	}
	for at := s.seen.firstUnset(0); at < s.source.Entries; {
		list, err := s.r.EntriesFrom(ctx, s.c.ID, at, 500)
		if err != nil {
			return err
		}
		if err := pass(list); err != nil {
			return err
		}
		if len(list) < 500 {
			return nil
		}
		at = s.seen.firstUnset(list[len(list)-1].Ordinal + 1)
	}
	return nil
}

// mayGroups reports whether a connection may change groups.
func (p *policy) mayGroups(c directory.Connection) bool { return c.Capabilities.Groups }
