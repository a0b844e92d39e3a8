package directory

import (
	"context"
	"time"
)

// Source is a directory that does not push: it is read, in full or for what changed. A Source holds connections; whoever
// opened one closes it.
type Source interface {
	// Read reads the directory and hands what it reads to each, page by page: people first, then groups. With since it
	// may read only what changed after that. An error of each ends the reading and is returned. A directory that cannot
	// be read is no error here: the Reading says how far it came, because unknown is not empty.
	Read(ctx context.Context, since Since, each func(Page) error) (Reading, error)
	// Close gives the connections back.
	Close() error
}

// Since is what a reading may begin from. The zero value asks for everything.
type Since struct {
	Cookie      []byte // of the last reading that was kept; opaque
	Fingerprint string // of that reading: a cookie counts only for the same question
}

// Page is some entries of one kind, in the order in which the server sent them. Who gets one may keep it.
type Page struct {
	Kind    EntryKind
	Entries []Entry
}

// EntryKind tells people from groups.
type EntryKind string

// The kinds of entries.
const (
	UserEntry  EntryKind = "user"
	GroupEntry EntryKind = "group"
)

// Entry is one object of a directory.
type Entry struct {
	ID    string // immutable and canonical: entryUUID, objectGUID, nsUniqueId, ipaUniqueID; survives moves and renames
	DN    string // as the server wrote it; for people to read
	Ref   string // the DN in the one form in which members and parents name it
	Alias string // another name that members or parents may use, such as "uid:fry" (memberUid) or "sid:S-1-5-…" ; "" for none
	// Hash covers everything that Resource, Parents and Members would say, whatever the order of values; of 16 bytes or
	// more. The same hash means that nothing changed.
	Hash []byte
	// Resource maps the entry to SCIM: attributes as [Attributes] has them, "active" among a user's. It is called only
	// for entries that changed. An error says what is wrong with the entry and what to do; the entry is skipped then,
	// which is not missing.
	Resource func() (Attributes, error)
	Parents  []string // refs or aliases of groups that the entry itself says it is in: memberOf, a primary group
	// Members are a group's, as refs or aliases. MembersKnown says whether these are all: of a partial list people are
	// only added.
	Members      []string
	MembersKnown Completeness
	Gone         bool // the server says that the entry left, in a reading of changes; only ID is set
}

// Completeness is how much of an answer arrived.
type Completeness string

// The degrees of completeness.
const (
	Complete Completeness = "complete"
	Partial  Completeness = "partial" // what came is true; what is missing is unknown
	Failed   Completeness = "failed"  // nothing came
)

// Worse returns the lesser of two degrees.
func (c Completeness) Worse(o Completeness) Completeness {
	rank := map[Completeness]int{Complete: 0, Partial: 1, Failed: 2}
	if rank[o] > rank[c] {
		return o
	}
	return c
}

// Reading is what became of one reading of a source.
type Reading struct {
	Server string `json:"server"` // openldap | active_directory | 389ds | freeipa
	Mode   string `json:"mode"`   // full, or how changes were read: syncrepl | usn | dirsync | timestamp
	Delta  bool   `json:"delta"`  // only what changed was read: who was not mentioned is not missing
	// Users and Groups tell each search's completeness. What is wrong is among the Problems.
	Users    Completeness `json:"users"`
	Groups   Completeness `json:"groups"`
	Problems []Problem    `json:"problems,omitempty"`
	// Fingerprint names the question: server, bases, filters, mapping. When it differs from the last one, who is not
	// found may be somebody who was not asked for.
	Fingerprint string        `json:"fingerprint"`
	Cookie      []byte        `json:"-"` // for the next reading; nil where the server offers nothing
	Took        time.Duration `json:"took"`
}

// Completeness is that of the whole reading: without people it failed, and without groups it is partial.
func (r Reading) Completeness() Completeness {
	if r.Users == Complete && r.Groups != Complete {
		return Partial
	}
	return r.Users
}

// Problem is something that an administrator should look at: an entry that was skipped, a referral, a search cut short.
type Problem struct {
	Kind    string `json:"kind"`              // skipped | conflict | search | referral | canary | members | guard | stale | forbidden
	Subject string `json:"subject,omitempty"` // a DN, a filter, a userName
	Message        // what is wrong
	Fix     string `json:"fix,omitempty"` // what to do
}
