package ldap

import (
	"context"
	"slices"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// modifyTimestamp is when a server says that an entry was last changed (RFC 4512 §3.4.4).
const modifyTimestamp = "modifyTimestamp"

// timestampMargin covers what servers count coarsely, and changes that arrive late from a replica with the time at which
// they were made. What falls within it is told again.
const timestampMargin = time.Minute

// timestamp follows a server that offers nothing better by the times of last changes. It does not tell who left; a full
// reading finds that out. Only the server's times count, never ours: the newest one that was seen, less as long as the
// reading took, because what changed behind its back may be older than what it saw last.
type timestamp struct {
	x       *session
	newest  time.Time
	started time.Time
}

// newTimestamp has the session ask for the times of changes, too.
func newTimestamp(x *session) *timestamp {
	return &timestamp{x: x, started: time.Now()}
}

func (*timestamp) mode() string { return byTimestamp }

// begin returns a cookie from which nobody can go on; learnt has the real one.
func (t *timestamp) begin(context.Context) ([]byte, error) {
	for _, v := range []*view{t.x.users, t.x.groups} {
		if v != nil && !slices.Contains(v.attributes, modifyTimestamp) {
			v.attributes = append(slices.Clip(v.attributes), modifyTimestamp)
		}
	}
	t.started = time.Now()
	return position{Mode: byTimestamp}.pack(), nil
}

func (t *timestamp) saw(e *goldap.Entry) {
	if at, ok := changedAt(e); ok && at.After(t.newest) {
		t.newest = at
	}
}

// changedAt reads the time of an entry's last change.
func changedAt(e *goldap.Entry) (time.Time, bool) {
	at, err := ber.ParseGeneralizedTime(e.GetEqualFoldRawAttributeValue(modifyTimestamp))
	return at, err == nil
}

func (t *timestamp) learnt([]byte) []byte {
	if t.newest.IsZero() {
		return nil
	}
	return t.position(t.newest.Add(-time.Since(t.started) - timestampMargin))
}

func (*timestamp) position(at time.Time) []byte {
	return position{Mode: byTimestamp, Time: at.UTC().Format("20060102150405Z")}.pack()
}

func (t *timestamp) changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error) {
	from, err := unpack(cookie)
	if err != nil {
		return outcome{}, errReadAll
	}
	since, err := ber.ParseGeneralizedTime([]byte(from.Time))
	if err != nil {
		return outcome{}, errReadAll
	}
	t.started = time.Now()
	users, groups := &changed{}, &changed{}
	for _, v := range []*view{t.x.users, t.x.groups} {
		if v == nil {
			continue
		}
		to := users
		if v == t.x.groups {
			to = groups
		}
		came, err := t.since(ctx, v, from.Time, to)
		if err != nil || came != directory.Complete {
			return outcome{users: came, groups: came}, err
		}
	}
	if users.toomany || groups.toomany || (t.x.byMemberOf() && len(groups.entries) > 0) {
		return outcome{}, errReadAll
	}
	next := t.newest.Add(-time.Since(t.started) - timestampMargin)
	out, err := t.x.tell(users, groups, each)
	if err == nil && out.users.Worse(out.groups) == directory.Complete {
		out.cookie = cookie
		if next.After(since) {
			out.cookie = t.position(next)
		}
	}
	return out, err
}

// since finds what changed of a view.
func (t *timestamp) since(ctx context.Context, v *view, at string, to *changed) (directory.Completeness, error) {
	request := v.request()
	request.Filter = "(&(" + modifyTimestamp + ">=" + at + ")(|" + request.Filter + parents + "))"
	request.Attributes = append([]string{hasSubordinates, "numSubordinates", modifyTimestamp}, request.Attributes...)
	came, faults, err := t.x.search(ctx, request, func(entries []*goldap.Entry) error {
		for _, e := range entries {
			t.saw(e)
			if hasChildren(e) {
				to.toomany = true
				continue
			}
			to.add(e)
		}
		return nil
	})
	for _, p := range faults {
		t.x.problems.add(p)
	}
	return came, err
}
