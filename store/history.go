package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
)

// Selection names changes of people: those of a run, one, or those that a connection made in a window of time.
type Selection struct {
	Run        string
	Change     string
	Connection string
	// Since and Until bound a window, the second one excluded; for a run they are when it began and ended, and need not be
	// exact. A zero Until is open.
	Since, Until time.Time
}

// clockSkew is how far the clocks of two replicas may be apart. Ids carry the time at which they were made.
const clockSkew = 5 * time.Minute

// bounds are the ids between which the selection's changes lie, the second one excluded.
func (s Selection) bounds() (from, to string) {
	if s.Change != "" {
		return s.Change, s.Change + "~"
	}
	from, to = idAt(s.Since.Add(-clockSkew)), "~" // after every id
	if !s.Until.IsZero() {
		to = idAt(s.Until.Add(clockSkew))
	}
	return from, to
}

// condition is what a change must satisfy besides its id. A large push is a run of its own, whose actor is the connection.
func (s Selection) condition() (text string, args []any) {
	switch {
	case s.Run != "":
		return ` AND c.run = ?`, []any{s.Run}
	case s.Connection != "":
		until := int64(1) << 62
		if !s.Until.IsZero() {
			until = micros(s.Until)
		}
		return ` AND c.at >= ? AND c.at < ? AND (c.connection = ? OR c.actor_kind = ? AND c.actor = ?)`,
			[]any{micros(s.Since), until, s.Connection, string(directory.ActorConnection), s.Connection}
	}
	return "", nil
}

const personSubject = "person:"

// PeopleChanged returns the ids of the people whom the selection's changes are about, in order.
func (r Reader) PeopleChanged(ctx context.Context, s Selection) ([]string, error) {
	from, to := s.bounds()
	text, more := s.condition()
	seen := map[string]bool{}
	err := r.q.ask(ctx, question{
		`SELECT c.subject FROM change c WHERE c.tenant = ? AND c.id >= ? AND c.id < ?` + text,
		args(r.tenant, from, to, more),
		func(s scanner) error {
			var subject string
			err := s.Scan(&subject)
			if id, ok := strings.CutPrefix(subject, personSubject); ok {
				seen[id] = true
			}
			return err
		},
	})
	out := make([]string, 0, len(seen))
	for id := range seen {
		out = append(out, id)
	}
	slices.Sort(out)
	return out, err
}

// ChangesOfPeople returns the selection's changes of these people, by person, the newest first. At most 1,000 people.
func (r Reader) ChangesOfPeople(ctx context.Context, s Selection, people []string) (map[string][]directory.Change, error) {
	if len(people) == 0 {
		return nil, nil
	}
	subjects := make([]string, len(people))
	for i, id := range people {
		subjects[i] = personSubject + id
	}
	in := padded(subjects)
	from, to := s.bounds()
	text, more := s.condition()
	found, err := r.changes(ctx, `SELECT `+loggedRow+`, 0 FROM change c WHERE c.tenant = ? AND c.subject IN (`+list(len(in))+`) AND c.id >= ? AND c.id < ?`+text+
		` ORDER BY c.id DESC`, args(r.tenant, in, from, to, more)...)
	out := map[string][]directory.Change{}
	for _, c := range found {
		id := strings.TrimPrefix(c.Subject, personSubject)
		out[id] = append(out[id], c)
	}
	return out, err
}

// Change returns one change. One that does not exist is an error of kind NotFound.
func (r Reader) Change(ctx context.Context, id string) (directory.Change, error) {
	found, err := r.changes(ctx, `SELECT `+loggedRow+`, COALESCE(l.seq, 0) FROM change c LEFT JOIN ledger l ON l.tenant = c.tenant AND l.change = c.id
	  WHERE c.tenant = ? AND c.id = ?`, r.tenant, id)
	if err == nil && len(found) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no change %q", id)
	}
	if err != nil {
		return directory.Change{}, err
	}
	return found[0], nil
}

// Span says which change began a row and which ended it; one that lives has no end.
type Span struct{ BeganBy, EndedBy string }

// Past is what a person has and had, each with the changes that began and ended it.
type Past struct {
	Accounts    []PastAccount    // all of them, the oldest first
	Grants      []PastGrant      // live, or ended by the selection's changes and later ones
	Holds       []PastHold       // the same
	Memberships []PastMembership // the same
}

// PastAccount is an account that lives or lived.
type PastAccount struct {
	directory.Account
	Span
}

// PastGrant is a right that is or was in force.
type PastGrant struct {
	directory.Grant
	Span
}

// PastHold is a hold that is or was in force.
type PastHold struct {
	directory.Hold
	Span
}

// PastMembership is a direct membership, of a group that still lives.
type PastMembership struct {
	Group, Connection string
	Span
}

// Pasts returns the past of these people as far as the selection may concern it, by person. At most 1,000 people. Inside
// a transaction the groups of memberships are kept from being deleted.
func (tx *Tx) Pasts(s Selection, people []string) (map[string]*Past, error) {
	return tx.pasts(tx.ctx, tx.db.dialect.share("g"), s, people)
}

// Pasts is [Tx.Pasts] outside a transaction.
func (r Reader) Pasts(ctx context.Context, s Selection, people []string) (map[string]*Past, error) {
	return r.pasts(ctx, "", s, people)
}

func (r Reader) pasts(ctx context.Context, lock string, s Selection, people []string) (map[string]*Past, error) {
	if len(people) == 0 {
		return nil, nil
	}
	out := make(map[string]*Past, len(people))
	for _, id := range people {
		out[id] = &Past{}
	}
	in := padded(people)
	from, _ := s.bounds()
	n := list(len(in))
	err := r.q.ask(ctx,
		question{
			`SELECT ` + accountRow + `, a.began_by, a.ended_by FROM account a WHERE a.tenant = ? AND a.person IN (` + n + `)`,
			args(r.tenant, in),
			func(s scanner) error {
				var x PastAccount
				a, err := scanAccount(both{s, []any{&x.BeganBy, &x.EndedBy}})
				x.Account = a
				out[a.Person].Accounts = append(out[a.Person].Accounts, x)
				return err
			},
		},
		question{
			`SELECT person, kind, target, membership, origin, rule, grp, connection, actor, run, began_at, began_by, ended_by
			   FROM grants WHERE tenant = ? AND person IN (` + n + `) AND (ended = 0 OR ended_by >= ?)`,
			args(r.tenant, in, from),
			func(s scanner) error {
				var x PastGrant
				var person, kind, as, origin string
				var at int64
				o := &x.Origin
				err := s.Scan(&person, &kind, &x.Target, &as, &origin, &o.Rule, &o.Group, &o.Connection, &o.Actor, &o.Run, &at, &x.BeganBy, &x.EndedBy)
				x.Kind, x.Membership, o.Kind, o.At = directory.EntitlementKind(kind), directory.MembershipKind(as), directory.OriginKind(origin), instant(at)
				out[person].Grants = append(out[person].Grants, x)
				return err
			},
		},
		question{
			`SELECT person, id, subject, effect, actor, reason, value, run, until, began_by, ended_by
			   FROM hold WHERE tenant = ? AND person IN (` + n + `) AND (ended = 0 OR ended_by >= ?)`,
			args(r.tenant, in, from),
			func(s scanner) error {
				var x PastHold
				var effect, value string
				var until int64
				err := s.Scan(&x.Person, &x.ID, &x.Subject, &effect, &x.Actor, &x.Reason, &value, &x.Run, &until, &x.BeganBy, &x.EndedBy)
				if err == nil {
					x.Value, err = holdValue(value)
				}
				x.Effect, x.Until = directory.Effect(effect), instantOrNil(until)
				out[x.Person].Holds = append(out[x.Person].Holds, x)
				return err
			},
		},
		question{
			`SELECT m.person, m.grp, g.connection, m.began_by, m.ended_by FROM membership m JOIN grp g ON g.tenant = m.tenant AND g.id = m.grp AND g.ended = 0
			  WHERE m.tenant = ? AND m.person IN (` + n + `) AND (m.ended = 0 OR m.ended_by >= ?) ORDER BY m.grp` + lock,
			args(r.tenant, in, from),
			func(s scanner) error {
				var x PastMembership
				var person string
				err := s.Scan(&person, &x.Group, &x.Connection, &x.BeganBy, &x.EndedBy)
				out[person].Memberships = append(out[person].Memberships, x)
				return err
			},
		},
	)
	for _, x := range out {
		slices.SortFunc(x.Accounts, func(a, b PastAccount) int { return cmp.Compare(a.BeganBy, b.BeganBy) })
	}
	return out, err
}

// both scans the columns of a shared row and then some more.
type both struct {
	scanner

	more []any
}

// Scan fills dest and what follows it.
func (b both) Scan(dest ...any) error { return b.scanner.Scan(append(dest, b.more...)...) }

// Belonging returns what being a direct member of these groups means: the groups themselves and those around them, with
// the rules that are bound to each.
func (r Reader) Belonging(ctx context.Context, groups []string) ([]Membership, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	var x Person
	in := padded(groups)
	err := r.q.ask(ctx, question{
		`WITH RECURSIVE g(grp, nested) AS (
		   SELECT id, 0 FROM grp WHERE tenant = ? AND id IN (` + list(len(in)) + `) AND ended = 0
		   UNION
		   SELECT n.parent, 1 FROM g JOIN nesting n ON n.tenant = ? AND n.child = g.grp AND n.ended = 0
		 )
		 SELECT g.grp, COALESCE(b.rule, ''), COALESCE(b.connection, ''), COALESCE(b.agent_groups, ''), COALESCE(b.confirmed, true),
		        CAST(g.nested AS ` + r.db.dialect.types()["Int"] + `)
		   FROM g LEFT JOIN binding b ON b.tenant = ? AND b.grp = g.grp`,
		args(r.tenant, in, r.tenant, r.tenant),
		func(s scanner) error {
			var f [10]string
			var confirmed bool
			var nested int64
			if err := s.Scan(&f[0], &f[1], &f[2], &f[3], &confirmed, &nested); err != nil {
				return err
			}
			return x.addMembership(f, confirmed, nested == 0)
		},
	})
	return x.Memberships, err
}

// ActiveHolders returns up to limit active people who have one of the roles.
func (r Reader) ActiveHolders(ctx context.Context, roles []string, limit int) ([]string, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	in := padded(roles)
	return r.ids(ctx, `SELECT DISTINCT g.person FROM grants g JOIN person p ON p.tenant = g.tenant AND p.id = g.person AND p.state = ?
	  WHERE g.tenant = ? AND g.ended = 0 AND g.kind = ? AND g.target IN (`+list(len(in))+`) LIMIT ? + 0`,
		args(string(directory.Active), r.tenant, string(directory.RoleEntitlement), in, limit)...)
}
