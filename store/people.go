package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// Person is a user with everything that a plan about them needs.
type Person struct {
	directory.User

	Accounts    []directory.Account // live ones
	Departed    []string            // connections whose account of this person ended
	Memberships []Membership        // of directory groups, direct and by nesting
	Grants      []directory.Grant   // live ones
	Holds       []directory.Hold    // in force
	Expired     []directory.Hold    // whose time is over, and that no write has ended yet
	Absences    []directory.Absence // current and planned ones
	Claims      []directory.Claim   // of their last sign-in at each provider
	// ConfigVersion is the tenant's, as the locking statement saw it.
	ConfigVersion int64
	// ReadAt is the instant of that: held rights whose time was over by then are held no longer, absences have begun or not.
	ReadAt time.Time
}

// Account returns the person's live account of a connection, or nil.
func (p *Person) Account(connection string) *directory.Account {
	for i := range p.Accounts {
		if p.Accounts[i].Connection == connection {
			return &p.Accounts[i]
		}
	}
	return nil
}

// Membership is one group that somebody is in, with the rules that are bound to it.
type Membership struct {
	Group    string
	Direct   bool // false: through a nested group
	Bindings []directory.Binding
}

const personRow = `p.id, p.ord, p.state, p.onboarded, p.user_name, p.evaluated, p.doc, p.departed, p.created_at, p.modified_at, p.seat, p.seat_pool, p.status,
  p.absent, p.lacks, p.extension, p.name, p.search, p.claims, t.config_version`

// People locks the people with these ids, in ascending order, and returns those that exist with all that concerns them.
// At most 1,000 at a time. Outside a transaction that writes it locks nothing.
func (tx *Tx) People(ids ...string) ([]*Person, error) {
	return tx.people(tx.ctx, tx.db.dialect.lock("p"), ids)
}

// People returns the people with these ids that exist, with all that concerns them. At most 1,000 at a time.
func (r Reader) People(ctx context.Context, ids ...string) ([]*Person, error) {
	return r.people(ctx, "", ids)
}

func (r Reader) people(ctx context.Context, lock string, ids []string) ([]*Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []*Person
	err := r.q.ask(ctx, r.peopleQuestions(lock, ids, &found)...)
	return found, err
}

// peopleQuestions ask for people with their accounts and facts; the first one locks.
func (r Reader) peopleQuestions(lock string, ids []string, out *[]*Person) []question {
	in := padded(ids)
	found := map[string]*Person{}
	return []question{
		{
			`SELECT ` + personRow + ` FROM person p JOIN tenant t ON t.id = p.tenant WHERE p.tenant = ? AND p.id IN (` + list(len(in)) + `) ORDER BY p.id` + lock,
			args(r.tenant, in),
			func(s scanner) error {
				p, err := scanPerson(s)
				if err == nil && found[p.ID] == nil {
					p.ReadAt = r.db.now()
					found[p.ID] = p
					*out = append(*out, p)
				}
				return err
			},
		},
		{
			`SELECT ` + accountRow + ` FROM account a WHERE a.tenant = ? AND a.person IN (` + list(len(in)) + `) AND a.ended = 0`,
			args(r.tenant, in),
			func(s scanner) error {
				a, err := scanAccount(s)
				if p := found[a.Person]; err == nil && p != nil {
					p.Accounts = append(p.Accounts, a)
				}
				return err
			},
		},
		r.facts(in, func(id string) *Person { return found[id] }),
	}
}

func scanPerson(s scanner) (*Person, error) {
	p := &Person{}
	var doc []byte
	var state, departed, seat, lacks, claims string
	var created, modified int64
	if err := s.Scan(
		&p.ID, &p.DisplayID, &state, &p.Onboarded, &p.UserName, &p.EvaluatedAt, &doc, &departed, &created, &modified, &seat, &p.SeatPool, &p.Status,
		&p.Absent, &lacks, &p.HasExtension, &p.ListName, &p.ListText, &claims, &p.ConfigVersion,
	); err != nil {
		return nil, err
	}
	p.State, p.Seat, p.Departed, p.Incomplete = directory.State(state), directory.SeatState(seat), splitList(departed), splitList(lacks)
	p.CreatedAt, p.ModifiedAt = instant(created), instant(modified)
	var err error
	if claims != "" {
		if p.Claims, err = decoded[[]directory.Claim](claims); err != nil {
			return nil, err
		}
	}
	if doc == nil {
		return p, nil
	}
	p.Attributes, err = attributes(doc)
	return p, err
}

// facts asks for memberships with their bindings, grants, holds and absences that are not over in one statement.
func (r Reader) facts(in []any, person func(id string) *Person) question {
	n := list(len(in))
	return question{
		`WITH RECURSIVE g(person, grp, nested) AS (
		   SELECT m.person, m.grp, 0 FROM membership m WHERE m.tenant = ? AND m.person IN (` + n + `) AND m.ended = 0
		   UNION
		   SELECT g.person, n.parent, 1 FROM g JOIN nesting n ON n.tenant = ? AND n.child = g.grp AND n.ended = 0
		 )
		 SELECT 1, g.person, g.grp, COALESCE(b.rule, ''), COALESCE(b.connection, ''), COALESCE(b.agent_groups, ''), '', '', '', '', '', '',
		        COALESCE(b.confirmed, true), CAST(g.nested AS ` + r.db.dialect.types()["Int"] + `), 0
		   FROM g LEFT JOIN binding b ON b.tenant = ? AND b.grp = g.grp
		 UNION ALL
		 SELECT 2, person, kind, target, membership, origin, rule, grp, connection, actor, run, began_by, held, began_at, held_until
		   FROM grants WHERE tenant = ? AND person IN (` + n + `) AND ended = 0
		 UNION ALL
		 SELECT 3, person, id, subject, effect, actor, reason, value, run, '', '', '', true, until, 0
		   FROM hold WHERE tenant = ? AND person IN (` + n + `) AND ended = 0
		 UNION ALL
		 SELECT 4, person, id, kind, note, actor, connection, '', '', '', '', '', true, begins, ends
		   FROM absence WHERE tenant = ? AND person IN (` + n + `) AND ended = 0 AND (ends = 0 OR ends > ?)`,
		args(r.tenant, in, r.tenant, r.tenant, r.tenant, in, r.tenant, in, r.tenant, in, micros(r.db.now())),
		func(s scanner) error {
			var kind, number, until int64
			var id string
			var f [10]string
			var flag bool
			if err := s.Scan(&kind, &id, &f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &f[6], &f[7], &f[8], &f[9], &flag, &number, &until); err != nil {
				return err
			}
			p := person(id)
			if p == nil {
				return nil
			}
			switch kind {
			case 1:
				return p.addMembership(f, flag, number == 0)
			case 2:
				p.Grants = append(p.Grants, directory.Grant{
					Entitlement: directory.Entitlement{Kind: directory.EntitlementKind(f[0]), Target: f[1], Membership: directory.MembershipKind(f[2])},
					Origin: directory.Origin{
						Kind: directory.OriginKind(f[3]), Rule: f[4], Group: f[5], Connection: f[6], Actor: f[7], Run: f[8], Change: f[9], At: instant(number),
					},
					HeldUntil: instantOrNil(until),
				})
			case 3:
				h := directory.Hold{ID: f[0], Person: id, Subject: f[1], Effect: directory.Effect(f[2]), Actor: f[3], Reason: f[4], Until: instantOrNil(number), Run: f[6]}
				var err error
				if h.Value, err = holdValue(f[5]); err != nil {
					return err
				}
				if h.Until == nil || h.Until.After(r.db.now()) {
					p.Holds = append(p.Holds, h)
				} else {
					p.Expired = append(p.Expired, h)
				}
			case 4:
				p.Absences = append(p.Absences, directory.Absence{
					ID: f[0], Person: id, Kind: directory.AbsenceKind(f[1]), Note: f[2], Actor: f[3], Connection: f[4], From: instant(number), Until: instantOrNil(until),
				})
			}
			return nil
		},
	}
}

func (p *Person) addMembership(f [10]string, confirmed, direct bool) error {
	i := slices.IndexFunc(p.Memberships, func(m Membership) bool { return m.Group == f[0] })
	if i < 0 {
		i = len(p.Memberships)
		p.Memberships = append(p.Memberships, Membership{Group: f[0]})
	}
	m := &p.Memberships[i]
	m.Direct = m.Direct || direct
	if f[1] == "" || slices.ContainsFunc(m.Bindings, func(b directory.Binding) bool { return b.Rule == f[1] }) {
		return nil
	}
	groups, err := decoded[[]string](f[3])
	m.Bindings = append(m.Bindings, directory.Binding{Rule: f[1], Connection: f[2], Group: f[0], AgentGroups: groups, Confirmed: confirmed})
	return err
}

// PutPerson writes the person's own row, and makes it if it is not there. ordinal is needed for making it only.
func (tx *Tx) PutPerson(u directory.User, departed []string) error {
	var doc []byte
	if u.Attributes != nil {
		var err error
		if doc, _, err = document(userType, "", u.Attributes); err != nil {
			return err
		}
	}
	tx.exec(`INSERT INTO person (tenant, id, ord, state, onboarded, user_name, evaluated, departed, doc, created_at, modified_at, seat, seat_pool, status,
	    absent, lacks, extension, name, search, user_fold)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, onboarded = excluded.onboarded, user_name = excluded.user_name,
	    evaluated = excluded.evaluated, departed = excluded.departed, doc = excluded.doc, modified_at = excluded.modified_at, seat = excluded.seat,
	    seat_pool = excluded.seat_pool, status = excluded.status, absent = excluded.absent, lacks = excluded.lacks,
	    extension = excluded.extension, name = excluded.name, search = excluded.search,
	    user_fold = excluded.user_fold`,
		tx.tenant, u.ID, u.DisplayID, string(u.State), u.Onboarded, u.UserName, u.EvaluatedAt, joined(departed), doc, micros(u.CreatedAt), micros(u.ModifiedAt),
		string(cmp.Or(u.Seat, directory.SeatExempt)), u.SeatPool, u.Status, u.Absent, joined(u.Incomplete), u.HasExtension, u.ListName, u.ListText,
		schema.Fold(u.UserName))
	return nil
}

// MarkEvaluated notes that people's grants are those of the configuration version.
func (tx *Tx) MarkEvaluated(version int64, people []string) {
	for chunk := range slices.Chunk(people, 512) {
		in := padded(chunk)
		tx.exec(`UPDATE person SET evaluated = ? WHERE tenant = ? AND id IN (`+list(len(in))+`)`, args(version, tx.tenant, in)...)
	}
}

// MarkDue makes people due for evaluation: revocations (urgency 0) before the rest (urgency 1).
func (tx *Tx) MarkDue(urgency int64, people []string) {
	for chunk := range slices.Chunk(people, 512) {
		in := padded(chunk)
		tx.exec(`UPDATE person SET evaluated = ? WHERE tenant = ? AND evaluated > ? AND state <> 'deprovisioned' AND id IN (`+list(len(in))+`)`,
			args(urgency, tx.tenant, urgency, in)...)
	}
}

// Due returns up to limit people whose evaluation is older than the configuration version, the most urgent first.
func (r Reader) Due(ctx context.Context, version int64, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT id FROM person WHERE tenant = ? AND evaluated < ? ORDER BY evaluated LIMIT ? + 0`, r.tenant, version, limit)
}

// PeopleAfter returns up to limit ids of people, deprovisioned ones too, that follow an id, in order.
func (r Reader) PeopleAfter(ctx context.Context, after string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT id FROM person WHERE tenant = ? AND id > ? ORDER BY id LIMIT ? + 0`, r.tenant, after, limit)
}

// PeopleNamed returns the people that a text names: by id, display id, a live account's userName, or e-mail address.
// Where nobody live has it, people who are gone are looked for by userName.
func (r Reader) PeopleNamed(ctx context.Context, text string) ([]string, error) {
	ordinal, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		ordinal = -1
	}
	fold := schema.Fold(text)
	ids, err := r.ids(ctx, `SELECT id FROM person WHERE tenant = ? AND id = ?
	  UNION SELECT id FROM person WHERE tenant = ? AND ord = ?
	  UNION SELECT person FROM account WHERE tenant = ? AND user_name_fold = ? AND ended = 0
	  UNION SELECT person FROM identifier WHERE tenant = ? AND kind = 'email' AND value = ?`,
		r.tenant, text, r.tenant, ordinal, r.tenant, fold, r.tenant, fold)
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	return r.ids(ctx, `SELECT DISTINCT person FROM account WHERE tenant = ? AND user_name_fold = ? AND ended > 0`, r.tenant, fold)
}

// ids reads a column of ids.
func (r Reader) ids(ctx context.Context, text string, values ...any) ([]string, error) {
	var out []string
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		var id string
		err := s.Scan(&id)
		out = append(out, id)
		return err
	}})
	return out, err
}

// PutHold places or replaces a hold; EndHold ends one.
func (tx *Tx) PutHold(h directory.Hold, change string) {
	var until int64
	if h.Until != nil {
		until = micros(*h.Until)
	}
	value := ""
	if h.Value != nil {
		value = encoded(h.Value)
	}
	tx.exec(`INSERT INTO hold (tenant, person, id, subject, effect, actor, reason, value, run, until, began_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, h.Person, h.ID, h.Subject, string(h.Effect), h.Actor, h.Reason, value, h.Run, until, change)
}

// holdValue reads a hold's value as documents are read, so that the two compare.
func holdValue(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	whole, err := schema.Decode([]byte(`{"value":` + text + `}`))
	if err != nil {
		return nil, fmt.Errorf("store: stored hold: %w", err)
	}
	return whole["value"], nil
}

// EndHold ends a hold.
func (tx *Tx) EndHold(person, id, change string) {
	tx.exec(`UPDATE hold SET ended = ?, ended_by = ? WHERE tenant = ? AND person = ? AND id = ? AND ended = 0`,
		micros(tx.at), change, tx.tenant, person, id)
}

// PutGrant records a right; the same right from the same origin is recorded once.
func (tx *Tx) PutGrant(person string, g directory.Grant, change string) {
	o := g.Origin
	tx.exec(`INSERT INTO grants (tenant, person, kind, target, membership, origin, rule, grp, connection, actor, run, held, held_until, began_at, began_by)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		tx.tenant, person, string(g.Kind), g.Target, string(g.Membership), string(o.Kind), o.Rule, o.Group, o.Connection, o.Actor, o.Run, g.HeldUntil != nil,
		heldUntil(g), micros(o.At), change)
}

// HoldGrant marks a live right as held until the instant in g, or, without one, as held no longer.
func (tx *Tx) HoldGrant(person string, g directory.Grant) {
	o := g.Origin
	tx.exec(`UPDATE grants SET held = ?, held_until = ? WHERE tenant = ? AND person = ? AND ended = 0 AND kind = ? AND target = ? AND membership = ?
	    AND origin = ? AND rule = ? AND grp = ? AND connection = ? AND actor = ?`,
		g.HeldUntil != nil, heldUntil(g), tx.tenant, person, string(g.Kind), g.Target, string(g.Membership), string(o.Kind), o.Rule, o.Group, o.Connection, o.Actor)
}

func heldUntil(g directory.Grant) int64 {
	if g.HeldUntil == nil {
		return 0
	}
	return micros(*g.HeldUntil)
}

// EndGrant ends a right of exactly this origin.
func (tx *Tx) EndGrant(person string, g directory.Grant, change string) {
	o := g.Origin
	tx.exec(`UPDATE grants SET ended = ?, ended_by = ? WHERE tenant = ? AND person = ? AND ended = 0 AND kind = ? AND target = ? AND membership = ?
	    AND origin = ? AND rule = ? AND grp = ? AND connection = ? AND actor = ?`,
		micros(tx.at), change, tx.tenant, person, string(g.Kind), g.Target, string(g.Membership), string(o.Kind), o.Rule, o.Group, o.Connection, o.Actor)
}
