package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
)

var (
	userType  = schema.User
	groupType = schema.Group
)

const accountRow = `a.person, a.connection, a.external_id, COALESCE(a.key, ''), a.user_name, a.active, a.version, a.doc, a.created_at, a.modified_at`

func scanAccount(s scanner) (directory.Account, error) {
	var a directory.Account
	var doc []byte
	var created, modified int64
	if err := s.Scan(&a.Person, &a.Connection, &a.ExternalID, &a.Key, &a.UserName, &a.Active, &a.Version, &doc, &created, &modified); err != nil {
		return a, err
	}
	a.CreatedAt, a.ModifiedAt = instant(created), instant(modified)
	var err error
	a.Attributes, err = attributes(doc)
	return a, err
}

// Candidate is an account that a new one may belong to.
type Candidate struct {
	Person     string
	Connection string
	EndedAt    time.Time // zero: live
	ByKey      bool      // found by the correlation key, else by userName
	Key        string
}

// Candidates returns the accounts of the tenant, live and ended, that have this correlation key in this connection or
// this userName in any, and the tenant's configuration version. Of people who have a live account in this connection the
// ended ones do not count: their names and keys of before are free.
func (r Reader) Candidates(ctx context.Context, connection, key, userName string) ([]Candidate, int64, error) {
	var out []Candidate
	var version int64
	fold := schema.Fold(userName)
	arm := func(by, column, index string) string {
		return `SELECT ` + by + ` AS by_key, person, connection, ended, COALESCE(key, '') AS key FROM account WHERE tenant = ? AND ` + column + ` = ? AND ` + index
	}
	const gone = `connection = ? AND ended > 0 AND NOT EXISTS (SELECT 1 FROM account l
	  WHERE l.tenant = account.tenant AND l.person = account.person AND l.connection = account.connection AND l.ended = 0)`
	err := r.q.ask(ctx, question{
		`SELECT t.config_version, COALESCE(x.by_key, 0), COALESCE(x.person, ''), COALESCE(x.connection, ''), COALESCE(x.ended, 0), COALESCE(x.key, '')
		   FROM tenant t LEFT JOIN (` +
			arm("1", "key", "connection = ? AND ended = 0") + ` UNION ALL ` +
			arm("1", "key", gone) + ` UNION ALL ` +
			arm("0", "user_name_fold", "ended = 0") + ` UNION ALL ` +
			arm("0", "user_name_fold", gone) + `) x ON 1 = 1 WHERE t.id = ?`,
		[]any{r.tenant, key, connection, r.tenant, key, connection, r.tenant, fold, r.tenant, fold, connection, r.tenant},
		func(s scanner) error {
			var c Candidate
			var byKey, ended int64
			if err := s.Scan(&version, &byKey, &c.Person, &c.Connection, &ended, &c.Key); err != nil {
				return err
			}
			c.ByKey, c.EndedAt = byKey == 1, instant(ended)
			if c.Person != "" && (!c.ByKey || key != "") {
				out = append(out, c)
			}
			return nil
		},
	})
	return out, version, err
}

// Wanted is a new account to find candidates for.
type Wanted struct{ Key, UserName string }

// CandidatesOf is [Reader.Candidates] for several accounts at once, at most 500: the candidates of each, in the order of
// the accounts.
func (r Reader) CandidatesOf(ctx context.Context, connection string, wanted []Wanted) ([][]Candidate, error) {
	out := make([][]Candidate, len(wanted))
	if len(wanted) == 0 {
		return out, nil
	}
	keys, names := map[string][]int{}, map[string][]int{}
	for i, w := range wanted {
		fold := schema.Fold(w.UserName)
		names[fold] = append(names[fold], i)
		if w.Key != "" {
			keys[w.Key] = append(keys[w.Key], i)
		}
	}
	note := func(by map[string][]int, byKey bool) func(scanner) error {
		return func(s scanner) error {
			var value string
			var ended int64
			c := Candidate{ByKey: byKey}
			if err := s.Scan(&value, &c.Person, &c.Connection, &ended, &c.Key); err != nil {
				return err
			}
			c.EndedAt = instant(ended)
			for _, i := range by[value] {
				out[i] = append(out[i], c)
			}
			return nil
		}
	}
	const gone = `(account.connection = ? AND ended > 0 AND NOT EXISTS (SELECT 1 FROM account l
	  WHERE l.tenant = account.tenant AND l.person = account.person AND l.connection = account.connection AND l.ended = 0))`
	ask := func(column, live string, by map[string][]int, values ...any) question {
		in := padded(slices.Sorted(maps.Keys(by)))
		return question{
			`SELECT ` + column + `, person, connection, ended, COALESCE(key, '') FROM account WHERE tenant = ? AND ` + column + ` IN (` + list(len(in)) + `) AND (` + live + ` OR ` + gone + `)`,
			args(r.tenant, in, values), note(by, column == "key"),
		}
	}
	questions := []question{ask("user_name_fold", "ended = 0", names, connection)}
	if len(keys) > 0 {
		questions = append(questions, ask("key", "connection = ? AND ended = 0", keys, connection, connection))
	}
	return out, r.q.ask(ctx, questions...)
}

// PeopleByIdentifier returns the live people who have the identifier: kind is email, phone or employee_number. At most
// three, which is enough to see that there is more than one.
func (r Reader) PeopleByIdentifier(ctx context.Context, kind, value string) ([]string, error) {
	return r.ids(ctx, `SELECT person FROM identifier WHERE tenant = ? AND kind = ? AND value = ? ORDER BY person LIMIT 3`, r.tenant, kind, schema.Fold(value))
}

// InsertAccount begins an account and returns its stored form. ordinal is the person's display id.
func (tx *Tx) InsertAccount(a directory.Account, ordinal int64, change string) ([]byte, error) {
	doc, fold, err := document(userType, a.ExternalID, a.Attributes)
	if err != nil {
		return nil, err
	}
	tx.exec(`INSERT INTO account (tenant, person, connection, shelf, ord, external_id, key, user_name, user_name_fold, active, version, doc, fold, created_at, modified_at, began_by)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, a.Person, a.Connection, a.Connection, ordinal, a.ExternalID, orNull(a.Key), a.UserName, schema.Fold(a.UserName), a.Active, a.Version, doc, string(fold),
		micros(a.CreatedAt), micros(a.ModifiedAt), change)
	return doc, nil
}

// UpdateAccount writes a live account whose version the caller has raised, and returns its stored form.
func (tx *Tx) UpdateAccount(a directory.Account) ([]byte, error) {
	doc, fold, err := document(userType, a.ExternalID, a.Attributes)
	if err != nil {
		return nil, err
	}
	tx.exec(`UPDATE account SET external_id = ?, key = ?, user_name = ?, user_name_fold = ?, active = ?, version = ?, doc = ?, fold = ?, modified_at = ?
	  WHERE tenant = ? AND person = ? AND connection = ? AND ended = 0`,
		a.ExternalID, orNull(a.Key), a.UserName, schema.Fold(a.UserName), a.Active, a.Version, doc, string(fold), micros(a.ModifiedAt), tx.tenant, a.Person, a.Connection)
	return doc, nil
}

// AccountDocument returns the stored form of an account that nothing changed.
func AccountDocument(a directory.Account) ([]byte, error) {
	doc, _, err := document(userType, a.ExternalID, a.Attributes)
	return doc, err
}

// EndAccount ends an account; its row stays as history.
func (tx *Tx) EndAccount(person, connection, change string) {
	tx.exec(`UPDATE account SET ended = ?, ended_by = ?, shelf = NULL WHERE tenant = ? AND person = ? AND connection = ? AND ended = 0`,
		micros(tx.at), change, tx.tenant, person, connection)
}

// Ended is the last account that a person had in a connection, for coming back.
type Ended struct {
	Version   int64 // so that a restored account does not repeat an ETag
	CreatedAt time.Time
	Key       string // its correlation key
	By        string // the change that ended it
}

// LastEnded returns the last account that the person had in the connection.
func (r Reader) LastEnded(ctx context.Context, person, connection string) (Ended, error) {
	var e Ended
	err := r.q.ask(ctx, question{
		`SELECT version, created_at, COALESCE(key, ''), ended_by FROM account WHERE tenant = ? AND person = ? AND connection = ? AND ended > 0 ORDER BY ended DESC LIMIT 1`,
		[]any{r.tenant, person, connection},
		func(s scanner) error {
			var created int64
			err := s.Scan(&e.Version, &created, &e.Key, &e.By)
			e.CreatedAt = instant(created)
			return err
		},
	})
	return e, err
}

// EndedWith returns what a change took from a person: the memberships of groups that still live, and the grants that
// people, not rules, had given. The groups are kept from being deleted.
func (tx *Tx) EndedWith(person, change string) (groups []string, grants []directory.Grant, err error) {
	return tx.endedWith(tx.ctx, tx.db.dialect.share("g"), person, change)
}

// TakenBy is [Tx.EndedWith] for plans, which lock nothing.
func (r Reader) TakenBy(ctx context.Context, person, change string) (groups []string, grants []directory.Grant, err error) {
	return r.endedWith(ctx, "", person, change)
}

func (r Reader) endedWith(ctx context.Context, lock, person, change string) (groups []string, grants []directory.Grant, err error) {
	at := r.db.now()
	err = r.q.ask(ctx,
		question{
			`SELECT m.grp FROM membership m JOIN grp g ON g.tenant = m.tenant AND g.id = m.grp AND g.ended = 0
			  WHERE m.tenant = ? AND m.person = ? AND m.ended > 0 AND m.ended_by = ? ORDER BY m.grp` + lock,
			[]any{r.tenant, person, change},
			func(s scanner) error {
				var id string
				err := s.Scan(&id)
				groups = append(groups, id)
				return err
			},
		},
		question{
			`SELECT kind, target, membership, origin, actor, run FROM grants WHERE tenant = ? AND person = ? AND ended > 0 AND ended_by = ? AND origin = ?`,
			[]any{r.tenant, person, change, string(directory.FromPerson)},
			func(s scanner) error {
				var g directory.Grant
				var kind, as, origin string
				err := s.Scan(&kind, &g.Target, &as, &origin, &g.Origin.Actor, &g.Origin.Run)
				g.Kind, g.Membership, g.Origin.Kind = directory.EntitlementKind(kind), directory.MembershipKind(as), directory.OriginKind(origin)
				g.Origin.At = at
				grants = append(grants, g)
				return err
			},
		},
	)
	return groups, grants, err
}

// Identifier is an e-mail address, a phone number or an employee number of somebody.
type Identifier struct {
	Kind  string // email | phone | employee_number
	Value string // as sent
}

// PutIdentifiers replaces what somebody has by what they have now. An identifier that another live person has is kept in
// conflict: found, but nobody signs in with it.
func (tx *Tx) PutIdentifiers(person string, before, after []Identifier) {
	had, has := foldedSet(before), foldedSet(after)
	tx.lockIdentifiers(had, has)
	for i := range had {
		if has[i] {
			continue
		}
		tx.exec(`DELETE FROM identifier WHERE tenant = ? AND kind = ? AND value = ? AND person = ?`, tx.tenant, i.Kind, i.Value, person)
		tx.exec(`UPDATE identifier SET claim = value WHERE tenant = ? AND kind = ? AND value = ?
		  AND person = (SELECT MIN(person) FROM identifier WHERE tenant = ? AND kind = ? AND value = ?)
		  AND NOT EXISTS (SELECT 1 FROM identifier WHERE tenant = ? AND kind = ? AND claim = ?)`,
			tx.tenant, i.Kind, i.Value, tx.tenant, i.Kind, i.Value, tx.tenant, i.Kind, i.Value)
	}
	for i := range has {
		if had[i] {
			continue
		}
		tx.exec(`INSERT INTO identifier (tenant, kind, value, person, claim)
		  SELECT ?, ?, ?, ?, CASE WHEN EXISTS (SELECT 1 FROM identifier WHERE tenant = ? AND kind = ? AND claim = ?) THEN NULL ELSE CAST(? AS TEXT) END
		  ON CONFLICT (tenant, kind, value, person) DO NOTHING`,
			tx.tenant, i.Kind, i.Value, person, tx.tenant, i.Kind, i.Value, i.Value)
	}
}

// lockIdentifiers has whoever owns an identifier keep it while others look, in an order in which nobody waits in a circle.
func (tx *Tx) lockIdentifiers(had, has map[Identifier]bool) {
	if tx.db.dialect == sqlite {
		return
	}
	var moved []Identifier
	for _, i := range slices.Concat(slices.Collect(maps.Keys(had)), slices.Collect(maps.Keys(has))) {
		if had[i] != has[i] {
			moved = append(moved, i)
		}
	}
	slices.SortFunc(moved, func(a, b Identifier) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value))
	})
	for _, i := range moved {
		tx.exec(`SELECT 1 FROM identifier i WHERE i.tenant = ? AND i.kind = ? AND i.claim = ?`+tx.db.dialect.lock("i"), tx.tenant, i.Kind, i.Value)
	}
}

func foldedSet(ids []Identifier) map[Identifier]bool {
	set := make(map[Identifier]bool, len(ids))
	for _, i := range ids {
		set[Identifier{i.Kind, schema.Fold(i.Value)}] = true
	}
	return set
}
