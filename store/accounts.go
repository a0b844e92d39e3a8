package store

import (
	"context"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
)

var (
	userType  = schema.User
	groupType = schema.Group
)

const accountRow = `a.person, a.connection, a.external_id, a.key, a.user_name, a.active, a.version, a.doc, a.created_at, a.modified_at`

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
// this userName in any, and the tenant's configuration version.
func (r Reader) Candidates(ctx context.Context, connection, key, userName string) ([]Candidate, int64, error) {
	var out []Candidate
	var version int64
	fold := schema.Fold(userName)
	arm := func(by, column, index string) string {
		return `SELECT ` + by + ` AS by_key, person, connection, ended, key FROM account WHERE tenant = ? AND ` + column + ` = ? AND ` + index
	}
	err := r.q.ask(ctx, question{
		`SELECT t.config_version, COALESCE(x.by_key, 0), COALESCE(x.person, ''), COALESCE(x.connection, ''), COALESCE(x.ended, 0), COALESCE(x.key, '')
		   FROM tenant t LEFT JOIN (` +
			arm("1", "key", "connection = ? AND ended = 0 AND key <> ''") + ` UNION ALL ` +
			arm("1", "key", "connection = ? AND ended > 0") + ` UNION ALL ` +
			arm("0", "user_name_fold", "ended = 0") + ` UNION ALL ` +
			arm("0", "user_name_fold", "connection = ? AND ended > 0") + `) x ON 1 = 1 WHERE t.id = ?`,
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

// PeopleByIdentifier returns the live people who have the identifier: kind is email, phone or employee_number. At most
// three, which is enough to see that there is more than one.
func (r Reader) PeopleByIdentifier(ctx context.Context, kind, value string) ([]string, error) {
	var ids []string
	err := r.q.ask(ctx, question{
		`SELECT person FROM identifier WHERE tenant = ? AND kind = ? AND value = ? ORDER BY person LIMIT 3`,
		[]any{r.tenant, kind, schema.Fold(value)},
		func(s scanner) error {
			var id string
			err := s.Scan(&id)
			ids = append(ids, id)
			return err
		},
	})
	return ids, err
}

// InsertAccount begins an account. ordinal is the person's display id.
func (tx *Tx) InsertAccount(a directory.Account, ordinal int64, change string) error {
	doc, fold, err := document(userType, a.ExternalID, a.Attributes)
	if err != nil {
		return err
	}
	tx.exec(`INSERT INTO account (tenant, person, connection, ord, external_id, key, user_name, user_name_fold, active, version, doc, fold, created_at, modified_at, began_by)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, a.Person, a.Connection, ordinal, a.ExternalID, a.Key, a.UserName, schema.Fold(a.UserName), a.Active, a.Version, doc, string(fold),
		micros(a.CreatedAt), micros(a.ModifiedAt), change)
	return nil
}

// UpdateAccount writes a live account whose version the caller has raised.
func (tx *Tx) UpdateAccount(a directory.Account) error {
	doc, fold, err := document(userType, a.ExternalID, a.Attributes)
	if err != nil {
		return err
	}
	tx.exec(`UPDATE account SET external_id = ?, key = ?, user_name = ?, user_name_fold = ?, active = ?, version = ?, doc = ?, fold = ?, modified_at = ?
	  WHERE tenant = ? AND person = ? AND connection = ? AND ended = 0`,
		a.ExternalID, a.Key, a.UserName, schema.Fold(a.UserName), a.Active, a.Version, doc, string(fold), micros(a.ModifiedAt), tx.tenant, a.Person, a.Connection)
	return nil
}

// EndAccount ends an account; its row stays as history.
func (tx *Tx) EndAccount(person, connection, change string) {
	tx.exec(`UPDATE account SET ended = ?, ended_by = ? WHERE tenant = ? AND person = ? AND connection = ? AND ended = 0`,
		micros(tx.at), change, tx.tenant, person, connection)
}

// LastVersion returns the highest version that the person's accounts of the connection ever had, so that a restored
// account does not repeat an ETag.
func (tx *Tx) LastVersion(person, connection string) (int64, error) {
	var v int64
	err := tx.ask(tx.ctx, question{
		`SELECT COALESCE(MAX(version), 0) FROM account WHERE tenant = ? AND person = ? AND connection = ?`,
		[]any{tx.tenant, person, connection}, func(s scanner) error { return s.Scan(&v) },
	})
	return v, err
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
	for i := range had {
		if has[i] {
			continue
		}
		tx.exec(`DELETE FROM identifier WHERE tenant = ? AND kind = ? AND value = ? AND person = ?`, tx.tenant, i.Kind, i.Value, person)
		tx.exec(`UPDATE identifier SET conflict = false WHERE tenant = ? AND kind = ? AND value = ?
		  AND person = (SELECT MIN(person) FROM identifier WHERE tenant = ? AND kind = ? AND value = ?)
		  AND NOT EXISTS (SELECT 1 FROM identifier WHERE tenant = ? AND kind = ? AND value = ? AND conflict = false)`,
			tx.tenant, i.Kind, i.Value, tx.tenant, i.Kind, i.Value, tx.tenant, i.Kind, i.Value)
	}
	for i := range has {
		if had[i] {
			continue
		}
		tx.exec(`INSERT INTO identifier (tenant, kind, value, person, conflict)
		  SELECT ?, ?, ?, ?, EXISTS (SELECT 1 FROM identifier WHERE tenant = ? AND kind = ? AND value = ? AND conflict = false)
		  ON CONFLICT (tenant, kind, value, person) DO NOTHING`,
			tx.tenant, i.Kind, i.Value, person, tx.tenant, i.Kind, i.Value)
	}
}

func foldedSet(ids []Identifier) map[Identifier]bool {
	set := make(map[Identifier]bool, len(ids))
	for _, i := range ids {
		set[Identifier{i.Kind, schema.Fold(i.Value)}] = true
	}
	return set
}
