package store

import (
	"bytes"
	"context"
	"strings"
	"time"

	"rollcall/directory"
)

// AuditQuery asks for a page of the change log in the ledger's order. What is left empty asks nothing.
type AuditQuery struct {
	Subject      string // "person:ID", "group:ID" or "config"
	Action       string // as in user.suspended; one that ends in a dot stands for all that begin with it
	ActorKind    directory.ActorKind
	Actor        string // id
	Connection   string // id
	Run          string // id
	Since, Until time.Time
	After        int64 // a place: the page begins behind it, or with NewestFirst before it; 0 begins at the end that the order has first
	NewestFirst  bool
	Limit        int
}

// AuditEntry is one change as an auditor sees it.
type AuditEntry struct {
	directory.Change

	Altered bool // what is stored is not what was sealed when the change was made
}

// AuditPage is a page of the change log.
type AuditPage struct {
	Entries []AuditEntry
	Next    int64 // where the next page goes on; 0 when there is no more
}

// auditSpan is how many places of the ledger one page looks at, at most: a question that fits hardly anything is answered
// in several pages, some of them empty, rather than in one that takes long.
const auditSpan = 50_000

// AuditChanges returns a page of the changes that the sequencer has given a place. A page may have fewer entries than asked
// for, or none, and still have a next one.
func (r Reader) AuditChanges(ctx context.Context, q AuditQuery) (AuditPage, error) {
	low, high, err := r.auditBounds(ctx, q)
	if err != nil || low >= high-1 {
		return AuditPage{}, err
	}
	where, values := q.conditions()
	order := ""
	if q.NewestFirst {
		order = " DESC"
	}
	switch {
	case q.Subject != "": // few, found by their subject
	case q.NewestFirst:
		low = max(low, high-auditSpan-1)
	default:
		high = min(high, low+auditSpan+1)
	}
	var page AuditPage
	text := `SELECT ` + loggedRow + `, l.seq FROM ledger l JOIN change c ON c.tenant = l.tenant AND c.id = l.change
	  WHERE l.tenant = ? AND l.seq > ? AND l.seq < ?` + where + ` ORDER BY l.seq` + order + ` LIMIT ? + 0`
	if q.Subject != "" {
		text = `SELECT ` + loggedRow + `, l.seq FROM change c JOIN ledger l ON l.tenant = c.tenant AND l.change = c.id
	  WHERE c.tenant = ? AND l.seq > ? AND l.seq < ?` + where + ` ORDER BY l.seq` + order + ` LIMIT ? + 0`
	}
	err = r.q.ask(ctx, question{marker + text, args(r.tenant, low, high, values, q.Limit), func(s scanner) error {
		var seq int64
		c, err := scanLogged(both{s, []any{&seq}})
		if err != nil {
			return err
		}
		x, err := c.change(r.tenant, seq)
		page.Entries = append(page.Entries, AuditEntry{x, c.payload != nil && !bytes.Equal(digest(c.salt, c.payload), c.digest)})
		return err
	}})
	if err != nil {
		return AuditPage{}, err
	}
	page.Next, err = r.auditNext(ctx, q, page, low, high)
	return page, err
}

// auditNext tells where the next page goes on.
func (r Reader) auditNext(ctx context.Context, q AuditQuery, page AuditPage, low, high int64) (int64, error) {
	if n := len(page.Entries); n == q.Limit {
		return page.Entries[n-1].Sequence, nil
	}
	if q.NewestFirst {
		q.After = low + 1
	} else {
		q.After = high - 1
	}
	low, high, err := r.auditBounds(ctx, q)
	if err != nil || low >= high-1 {
		return 0, err
	}
	return q.After, nil
}

// auditBounds are the places between which a question looks, both excluded.
func (r Reader) auditBounds(ctx context.Context, q AuditQuery) (low, high int64, err error) {
	err = r.q.ask(ctx, question{
		`SELECT seq + 1 FROM ledger WHERE tenant = ? ORDER BY seq DESC LIMIT 1`,
		[]any{r.tenant},
		func(s scanner) error { return s.Scan(&high) },
	})
	switch {
	case err != nil || high == 0:
		return 0, 0, err
	case q.After > 0 && q.NewestFirst:
		high = min(high, q.After)
	case q.After > 0:
		low = q.After
	}
	// Places are given in the order of commits, which is almost that of time: the bounds of a window lie a little outside.
	if !q.Since.IsZero() {
		at, err := r.placeFrom(ctx, idAt(q.Since.Add(-clockSkew)))
		if err != nil || at == 0 {
			return 0, 0, err // nothing is that young
		}
		low = max(low, at-1)
	}
	if !q.Until.IsZero() {
		at, err := r.placeFrom(ctx, idAt(q.Until.Add(clockSkew)))
		if err != nil {
			return 0, 0, err
		}
		if at > 0 {
			high = min(high, at)
		}
	}
	return low, high, nil
}

// placeFrom is the place of the first change whose id is not less; 0 when there is none.
func (r Reader) placeFrom(ctx context.Context, id string) (seq int64, err error) {
	err = r.q.ask(ctx, question{
		`SELECT l.seq FROM change c JOIN ledger l ON l.tenant = c.tenant AND l.change = c.id WHERE c.tenant = ? AND c.id >= ? ORDER BY c.id LIMIT 1`,
		[]any{r.tenant, id},
		func(s scanner) error { return s.Scan(&seq) },
	})
	return seq, err
}

// conditions writes what a change must satisfy besides its place.
func (q AuditQuery) conditions() (where string, values []any) {
	add := func(text string, value any) { where, values = where+" AND "+text, append(values, value) }
	if q.Subject != "" {
		add(`c.subject = ?`, q.Subject)
	}
	switch {
	case strings.HasSuffix(q.Action, "."):
		add(`c.action >= ?`, q.Action)
		add(`c.action < ?`, strings.TrimSuffix(q.Action, ".")+"/") // the character after the dot
	case q.Action != "":
		add(`c.action = ?`, q.Action)
	}
	if q.ActorKind != "" {
		add(`c.actor_kind = ?`, string(q.ActorKind))
	}
	if q.Actor != "" {
		add(`c.actor = ?`, q.Actor)
	}
	if q.Connection != "" {
		add(`c.connection = ?`, q.Connection)
	}
	if q.Run != "" {
		add(`c.run = ?`, q.Run)
	}
	if !q.Since.IsZero() {
		add(`c.at >= ?`, micros(q.Since))
	}
	if !q.Until.IsZero() {
		add(`c.at < ?`, micros(q.Until))
	}
	return where, values
}
