package store

import "context"

// unlisted is somebody who is not gone and for whom lists and searches have nothing, although a directory names them: the
// release before wrote them, while both ran on one database. Who is due already, below [FirstConfigVersion], is none of them.
const unlisted = `p.name = '' AND p.user_fold = '' AND p.state <> 'deprovisioned' AND p.evaluated >= 2
  AND EXISTS (SELECT 1 FROM account a WHERE a.tenant = p.tenant AND a.person = p.id AND a.ended = 0)`

// Unlisted returns up to limit people of the tenant for whom lists and searches have nothing, because the release before
// wrote them while this one ran beside it.
func (r Reader) Unlisted(ctx context.Context, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT p.id FROM person p WHERE p.tenant = ? AND `+unlisted+` ORDER BY p.id LIMIT ? + 0`, r.tenant, limit)
}

// Unlisted returns the tenants that have such people.
func (o Ops) Unlisted(ctx context.Context) ([]string, error) {
	return o.column(ctx, `SELECT t.id FROM tenant t WHERE EXISTS (SELECT 1 FROM person p WHERE p.tenant = t.id AND `+unlisted+`) ORDER BY t.id`)
}
