package store

import (
	"context"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// PeopleOf returns up to limit people who have a live account of the connection, in the order of lists.
func (r Reader) PeopleOf(ctx context.Context, connection string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT person FROM account WHERE tenant = ? AND shelf = ? ORDER BY ord LIMIT ? + 0`, r.tenant, connection, limit)
}

// NamesTaken returns up to limit userNames of live accounts that cannot pass from one connection to another, "" for none,
// because somebody else has the name there. Whose account would end and not pass, because there is another, is none of them.
func (r Reader) NamesTaken(ctx context.Context, from, to string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT a.user_name FROM account a
	  JOIN account b ON b.tenant = a.tenant AND b.user_name_fold = a.user_name_fold AND b.connection = ? AND b.ended = 0 AND b.person <> a.person
	  WHERE a.tenant = ? AND a.shelf = ? AND NOT EXISTS (SELECT 1 FROM account o WHERE o.tenant = a.tenant AND o.person = a.person
	    AND (o.connection = ? OR ? = '' AND o.connection <> a.connection) AND o.ended = 0)
	  ORDER BY a.ord LIMIT ? + 0`, to, r.tenant, from, to, to, limit)
}

// OpenRun returns the id of the unfinished run of that kind of a connection, or "".
func (r Reader) OpenRun(ctx context.Context, kind, connection string) (string, error) {
	found, err := r.ids(ctx, `SELECT id FROM run WHERE tenant = ? AND finished_at = 0 AND kind = ? AND connection = ? ORDER BY id LIMIT 1`, r.tenant, kind, connection)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// MoveGrants makes the rights that somebody has through groups of one connection those through groups of another.
func (tx *Tx) MoveGrants(person, from, to string) {
	tx.exec(`UPDATE grants SET connection = ? WHERE tenant = ? AND person = ? AND ended = 0 AND origin = ? AND connection = ?`,
		to, tx.tenant, person, string(directory.FromRule), from)
}

// MoveGroup gives a live group to another connection, which knows it by its name alone: the external id is cleared. With
// uniqueName a second live group of the folded name there is a [*Taken] displayName. ordinal is the group's; the rules that
// are bound to it stay bound.
func (tx *Tx) MoveGroup(g directory.Group, to string, uniqueName bool) error {
	doc, fold, err := document(groupType, "", g.Attributes)
	if err != nil {
		return err
	}
	key := g.ID
	if uniqueName {
		key = schema.Fold(g.DisplayName)
	}
	tx.exec(`UPDATE grp SET connection = ?, shelf = ?, external_id = '', name_key = ?, version = version + 1, doc = ?, fold = ?, modified_at = ?
	  WHERE tenant = ? AND id = ? AND ended = 0`, to, to, key, doc, string(fold), micros(tx.at), tx.tenant, g.ID)
	// A rule binds one group of its name in a connection. That it has bound two is kept by the second one's slot.
	tx.exec(`UPDATE binding SET connection = ?, slot = CASE WHEN slot = '' AND EXISTS (SELECT 1 FROM binding o
	    WHERE o.tenant = binding.tenant AND o.rule = binding.rule AND o.connection = ? AND o.slot = '') THEN grp ELSE slot END
	  WHERE tenant = ? AND grp = ?`, to, to, tx.tenant, g.ID)
	tx.db.groupNames.forget(tx.tenant, g.ID)
	return nil
}

// ForgetSource removes what the directory of a connection that goes said last, and how far its reading was.
func (tx *Tx) ForgetSource(connection string) {
	tx.exec(`DELETE FROM entry WHERE tenant = ? AND shelf = ?`, tx.tenant, connection)
	tx.exec(`DELETE FROM awaited WHERE tenant = ? AND connection = ?`, tx.tenant, connection)
	tx.exec(`DELETE FROM source WHERE tenant = ? AND connection = ?`, tx.tenant, connection)
}
