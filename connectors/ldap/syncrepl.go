package ldap

import (
	"context"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// syncrepl follows a server by content synchronisation (RFC 4533), in its mode refreshOnly: the server remembers in a
// cookie what it told, and next time tells what was added, changed and deleted since.
//
// OpenLDAP can tell who was deleted only as long as its overlay syncprov remembers: syncprov-sessionlog says how many
// changes, until it restarts. Beyond that it lists who is still present (RFC 4533 §1.3.1), which takes a list of all who
// were there to compare; everything is read then.
type syncrepl struct{ x *session }

func (*syncrepl) mode() string { return bySync }

// begin asks for the cookie of now, by a synchronisation of one entry with a filter that nothing matches: it costs the
// server nothing. OpenLDAP's cookie names the database's state, not the search, so it serves for other searches, too.
func (s *syncrepl) begin(ctx context.Context) ([]byte, error) {
	p := position{Mode: bySync}
	for _, v := range []*view{s.x.users, s.x.groups} {
		if v == nil {
			continue
		}
		now, err := s.refresh(ctx, baseRequest(v.base, "(!(objectClass=*))", []string{"1.1"}), nil)
		if err != nil {
			return nil, err
		}
		if len(now.cookie) == 0 {
			return nil, errReadAll
		}
		if v == s.x.users {
			p.Users = now.cookie
		} else {
			p.Groups = now.cookie
		}
	}
	return p.pack(), nil
}

func (s *syncrepl) changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error) {
	from, err := unpack(cookie)
	if err != nil || len(from.Users) == 0 || (s.x.groups != nil && len(from.Groups) == 0) {
		return outcome{}, errReadAll
	}
	users, done, err := s.since(ctx, s.x.users, from.Users)
	if done || err != nil {
		return outcome{users: directory.Failed, groups: directory.Failed}, err
	}
	groups := &refresh{}
	if s.x.groups != nil {
		if groups, done, err = s.since(ctx, s.x.groups, from.Groups); done || err != nil {
			return outcome{users: directory.Failed, groups: directory.Failed}, err
		}
		if s.x.byMemberOf() && s.concerns(groups, users) {
			return outcome{}, errReadAll
		}
	}
	out, err := s.x.tell(&users.changed, &groups.changed, each)
	if err == nil && out.users.Worse(out.groups) == directory.Complete {
		out.cookie = position{Mode: bySync, Users: users.cookie, Groups: groups.cookie}.pack()
	}
	return out, err
}

// since reads what changed of a view. It reports true when nothing can be said, with the problem among the session's.
func (s *syncrepl) since(ctx context.Context, v *view, cookie []byte) (*refresh, bool, error) {
	request := v.request()
	request.Filter = "(|" + request.Filter + parents + ")"
	request.Attributes = append([]string{hasSubordinates}, request.Attributes...)
	r, err := s.refresh(ctx, request, cookie)
	switch {
	case ctx.Err() != nil:
		return nil, true, ctx.Err()
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultBusy, goldap.LDAPResultUnavailable), err != nil && err != errReadAll && !refused(err): //nolint:errorlint // ours, unwrapped
		s.x.problems.add(describe(searchFault(err, request, s.x.wire.hush.Load(), r.came, false)))
		return nil, true, nil
	case err != nil, !r.tells(cookie):
		return nil, true, errReadAll
	}
	return r, false, nil
}

// hasSubordinates is the attribute of an entry with others below it.
const hasSubordinates = "hasSubordinates"

// parents finds entries that have others below them: on OpenLDAP and other servers that know the attribute, and on 389
// Directory Server.
const parents = "(hasSubordinates=TRUE)(numSubordinates>=1)"

// hasChildren reports whether an entry that was found with [parents] has others below it.
func hasChildren(e *goldap.Entry) bool {
	return strings.EqualFold(e.GetEqualFoldAttributeValue(hasSubordinates), "TRUE") || len(strings.TrimLeft(e.GetEqualFoldAttributeValue("numSubordinates"), "0")) > 0
}

// refresh is what one synchronisation told.
type refresh struct {
	changed
	came    int    // entries
	cookie  []byte // the last one
	done    bool   // the server ended it properly
	deletes bool   // it told everybody who left
	strange bool   // it told something that cannot be used
}

// tells reports whether the answer says all that changed since the cookie, and completes its own.
func (r *refresh) tells(since []byte) bool {
	if !r.done || !r.deletes || r.strange || r.toomany {
		return false
	}
	if len(r.cookie) == 0 {
		// Without a new cookie nothing changed. A server that does not understand the old one tells everything and has none.
		r.cookie = since
		return len(r.entries) == 0 && len(r.gone) == 0
	}
	return true
}

// concerns reports whether anything among groups changed: entries, or leavers that are no people who changed.
func (s *syncrepl) concerns(groups, people *refresh) bool {
	if len(groups.entries) > 0 {
		return true
	}
	left := map[string]bool{}
	for _, id := range groups.gone {
		left[id] = true
	}
	for _, e := range people.entries {
		delete(left, s.x.users.identifier(e))
	}
	return len(left) > 0
}

// refresh runs a synchronisation to its end. What it cannot use it reads and forgets, so that the connection stays good.
func (s *syncrepl) refresh(ctx context.Context, request *goldap.SearchRequest, cookie []byte) (*refresh, error) {
	r := &refresh{}
	once := *request // Syncrepl adds its control to the request that it is given
	once.Controls = nil
	start := func(ctx context.Context) goldap.Response {
		return s.x.Syncrepl(ctx, &once, 64, goldap.SyncRequestModeRefreshOnly, cookie, false)
	}
	err := s.x.stream(ctx, start, func(answer goldap.Response) error {
		if answer.Referral() != "" {
			r.strange = true // a part that another server holds; a full reading says so
		}
		if e := answer.Entry(); e != nil {
			r.came++
			r.entry(e, answer.Controls())
			return nil
		}
		for _, c := range answer.Controls() {
			r.control(c)
		}
		return nil
	})
	return r, err
}

// entry takes an entry with its state (RFC 4533 §2.3).
func (r *refresh) entry(e *goldap.Entry, controls []goldap.Control) {
	state, ok := goldap.FindControl(controls, goldap.ControlTypeSyncState).(*goldap.ControlSyncState)
	if !ok {
		r.strange = true
		return
	}
	switch state.State {
	case goldap.SyncStateAdd, goldap.SyncStateModify:
		if hasChildren(e) {
			r.strange = true
			return
		}
		r.add(e)
	case goldap.SyncStateDelete:
		r.leave(state.EntryUUID.String())
	case goldap.SyncStatePresent:
		r.strange = true
	default:
		r.strange = true
	}
}

// control takes what comes between entries (RFC 4533 §2.5) and at the end (§2.4).
func (r *refresh) control(c goldap.Control) {
	switch c := c.(type) {
	case *goldap.ControlSyncInfo:
		switch {
		case c.NewCookie != nil:
			r.cookie = c.NewCookie.Cookie
		case c.SyncIdSet != nil && c.SyncIdSet.RefreshDeletes:
			for _, id := range c.SyncIdSet.SyncUUIDs {
				r.leave(id.String())
			}
		case c.SyncIdSet != nil, c.RefreshPresent != nil:
			r.strange = true // who is still there, instead of who left
		case c.RefreshDelete != nil && len(c.RefreshDelete.Cookie) > 0:
			r.cookie = c.RefreshDelete.Cookie
		}
	case *goldap.ControlSyncDone:
		r.done, r.deletes = true, c.RefreshDeletes
		if len(c.Cookie) > 0 {
			r.cookie = c.Cookie
		}
	}
}
