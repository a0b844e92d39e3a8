package store

import (
	"context"

	"rollcall/directory"
)

// HeldByHand returns up to limit people to whom a person gave an entitlement that they still have. What a rule gives is
// not counted: it ends with the rule.
func (r Reader) HeldByHand(ctx context.Context, kind directory.EntitlementKind, target string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT DISTINCT person FROM grants WHERE tenant = ? AND target = ? AND ended = 0 AND kind = ? AND origin NOT IN (?, ?) ORDER BY person LIMIT ? + 0`,
		r.tenant, target, string(kind), string(directory.FromRule), string(directory.FromDirect), limit)
}

// InStatus reports whether anybody who is not gone is in a status.
func (r Reader) InStatus(ctx context.Context, key string) (bool, error) {
	return r.exists(ctx, `SELECT 1 FROM person WHERE tenant = ? AND status = ? AND state <> ? LIMIT 1`, r.tenant, key, string(directory.Deprovisioned))
}
