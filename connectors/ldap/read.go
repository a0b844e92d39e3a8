package ldap

import (
	"context"
	"errors"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// session is one reading: a bound connection and what is known about the server at its other end.
type session struct {
	*conn
	source   *Source
	root     *root  // the server's root DSE
	kind     string // of server: directory.OpenLDAP …
	users    *view
	groups   *view // nil when the settings name no base for groups
	problems problems
}

// follower reads what changed since an earlier reading, in a way that the server offers. delta.go chooses one.
type follower interface {
	// mode names the way, for [directory.Reading].
	mode() string
	// begin is called before everything is read. It returns the cookie from which a later reading may go on: what changes
	// while everything is read is then read again.
	begin(ctx context.Context) ([]byte, error)
	// changes hands each what changed since the cookie, people first. The outcome's cookie is for the next time. It
	// returns [errReadAll] when the server no longer knows the cookie or cannot tell what left.
	changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error)
}

// outcome is what became of reading the changes. Problems go to the session's.
type outcome struct {
	users, groups directory.Completeness
	cookie        []byte
}

// errReadAll says that changes cannot be told from here: everything has to be read.
var errReadAll = errors.New("the directory cannot tell what changed")

// page makes a page of what the server sent for v. Entries without an identifier are not in it but among the session's
// problems; lost counts them, and a search that lost one is partial.
func (x *session) page(v *view, entries []*goldap.Entry) (p directory.Page, lost int) {
	p = directory.Page{Kind: v.kind, Entries: make([]directory.Entry, 0, len(entries))}
	for _, raw := range entries {
		if e, ok := v.entry(raw, &x.problems); ok {
			p.Entries = append(p.Entries, e)
		} else {
			lost++
		}
	}
	return p, lost
}
