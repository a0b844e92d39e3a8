package ldap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// The ways in which servers tell what changed, as [directory.Reading] names them.
const (
	bySync      = "syncrepl"  // content synchronisation (RFC 4533): OpenLDAP with its overlay syncprov
	byDirSync   = "dirsync"   // Active Directory, where the account may
	byUSN       = "usn"       // update sequence numbers of one domain controller of Active Directory
	byTimestamp = "timestamp" // modifyTimestamp: every other server; it does not tell who left
)

// maxChanges and maxChangedValues bound what is held of one reading of changes. A directory in which more changed is read
// in full, page by page.
const (
	maxChanges       = 5_000
	maxChangedValues = 500_000
)

// delta follows a server in the first of several ways that it lets us go. It is never nil; with no way it asks for
// everything.
//
// Changes cannot be told where memberships are read off people's entries ("memberOf") and a group changed: servers write
// memberOf without the person's entry counting as changed. They cannot be told either when an entry with others below it
// changed: its name may be another one now, and with it the names of all that are below, none of which counts as changed.
type delta struct {
	x    *session
	ways []follower
	used string
}

// follower returns the ways in which the session's server can be followed.
func (x *session) follower() *delta {
	d := &delta{x: x}
	switch {
	case x.byMemberOf() && x.groups == nil: // nobody would see that a group changed
	case x.kind == directory.ActiveDirectory:
		if ad := newUSN(x); ad != nil {
			if x.root.offers(goldap.ControlTypeDirSync) {
				d.ways = append(d.ways, &dirSync{ad})
			}
			d.ways = append(d.ways, ad)
		}
	default:
		if x.root.offers(goldap.ControlTypeSyncRequest) && profileOf(x.kind).id == "entryUUID" {
			d.ways = append(d.ways, &syncrepl{x})
		}
		d.ways = append(d.ways, newTimestamp(x))
	}
	return d
}

// byMemberOf reports whether memberships are read off the entries of people.
func (x *session) byMemberOf() bool { return x.users.parents >= 0 }

func (d *delta) mode() string { return d.used }

// begin asks each way for a cookie until one has it.
func (d *delta) begin(ctx context.Context) ([]byte, error) {
	for _, way := range d.ways {
		cookie, err := way.begin(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && cookie != nil {
			d.used = way.mode()
			return cookie, nil
		}
		if err != nil {
			d.x.source.log.DebugContext(ctx, "the directory does not tell changes in one way", "mode", way.mode(), "err", err)
		}
	}
	return nil, nil
}

// changes reads them in the way that the cookie is from.
func (d *delta) changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error) {
	from, err := unpack(cookie)
	if err != nil {
		return outcome{}, err
	}
	for _, way := range d.ways {
		if way.mode() == from.Mode {
			d.used = from.Mode
			return way.changes(ctx, cookie, each)
		}
	}
	return outcome{}, errReadAll
}

// learner is a follower that knows only after everything was read from where a later reading may go on.
type learner interface {
	// saw is told each entry that is read in full.
	saw(*goldap.Entry)
	// learnt returns the cookie, instead of begin's.
	learnt(begun []byte) []byte
}

// saw tells the way that is used about an entry.
func (d *delta) saw(e *goldap.Entry) {
	for _, way := range d.ways {
		if l, ok := way.(learner); ok && way.mode() == d.used {
			l.saw(e)
		}
	}
}

// learnt returns the cookie of a full reading that has ended, from the one with which it began.
func (d *delta) learnt(begun []byte) []byte {
	for _, way := range d.ways {
		if l, ok := way.(learner); ok && way.mode() == d.used {
			return l.learnt(begun)
		}
	}
	return begun
}

// position is what a cookie says. A byte for its version comes first.
type position struct {
	Mode   string            `json:"mode"`
	Users  []byte            `json:"users,omitempty"`  // syncrepl: the server's own, of the search for people
	Groups []byte            `json:"groups,omitempty"` // of the search for groups
	Server string            `json:"server,omitempty"` // usn: whose numbers these are
	USN    int64             `json:"usn,omitempty"`
	Parts  map[string][]byte `json:"parts,omitempty"` // dirsync: the server's own, by naming context
	Time   string            `json:"time,omitempty"`  // timestamp: generalised time (RFC 4517 §3.3.13)
}

const cookieVersion = 1

func (p position) pack() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("strings and bytes that are no JSON: %v", err))
	}
	return append([]byte{cookieVersion}, b...)
}

// unpack reads a cookie. One that is not ours, or of another version, leads nowhere.
func unpack(cookie []byte) (position, error) {
	var p position
	if len(cookie) < 2 || cookie[0] != cookieVersion || json.Unmarshal(cookie[1:], &p) != nil {
		return position{}, errReadAll
	}
	return p, nil
}

// changed gathers what changed in one search, within bounds.
type changed struct {
	entries []*goldap.Entry
	gone    []string // canonical identifiers
	values  int
	toomany bool
}

func (c *changed) add(e *goldap.Entry) {
	if c.values += weight(e); c.toomany || len(c.entries) >= maxChanges || c.values > maxChangedValues {
		c.entries, c.toomany = nil, true
		return
	}
	c.entries = append(c.entries, e)
}

func (c *changed) leave(id string) {
	if len(c.gone) >= 20*maxChanges {
		c.toomany = true
		return
	}
	c.gone = append(c.gone, id)
}

// identifier is the canonical one of an entry, or "" where it has none.
func (v *view) identifier(e *goldap.Entry) string {
	id, err := v.identify(e.GetEqualFoldAttributeValues(v.profile.id))
	if err != nil {
		return ""
	}
	return id
}

// tell hands over what changed among people and groups, of whom there are none where none are read. Who left one of the searches
// but is found in either has not left: servers may tell of the entries that do not match a search as of ones that left it.
// It reports for each how complete that is.
func (x *session) tell(users, groups *changed, each func(directory.Page) error) (outcome, error) {
	out := outcome{users: directory.Complete, groups: directory.Complete}
	found := map[string]bool{}
	for _, e := range users.entries {
		found[x.users.identifier(e)] = true
	}
	for _, e := range groups.entries {
		found[x.groups.identifier(e)] = true
	}
	err := x.tellOne(x.users, users, found, &out.users, each)
	if err == nil && x.groups != nil {
		err = x.tellOne(x.groups, groups, found, &out.groups, each)
	}
	return out, err
}

func (x *session) tellOne(v *view, c *changed, found map[string]bool, completeness *directory.Completeness, each func(directory.Page) error) error {
	for part := range slices.Chunk(c.entries, x.size) {
		page, lost := x.page(v, part)
		if lost > 0 {
			*completeness = directory.Partial
		}
		if len(page.Entries) == 0 {
			continue
		}
		if err := each(page); err != nil {
			return err
		}
	}
	page := directory.Page{Kind: v.kind}
	slices.Sort(c.gone)
	for _, id := range slices.Compact(c.gone) {
		if !found[id] {
			page.Entries = append(page.Entries, directory.Entry{ID: id, Gone: true})
		}
	}
	if len(page.Entries) == 0 {
		return nil
	}
	return each(page)
}

// refused reports whether the server answered that it will not, in contrast to a connection that was lost.
func refused(err error) bool {
	e, ok := errors.AsType[*goldap.Error](err)
	return ok && (e.ResultCode < goldap.ErrorNetwork || e.ResultCode >= goldap.LDAPResultSyncRefreshRequired)
}
