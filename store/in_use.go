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

// SupervisorsByHand returns up to limit people to whom a person gave a membership of an agent group as supervisor or both.
func (r Reader) SupervisorsByHand(ctx context.Context, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT DISTINCT person FROM grants WHERE tenant = ? AND ended = 0 AND kind = ? AND membership IN (?, ?) AND origin NOT IN (?, ?) ORDER BY person LIMIT ? + 0`,
		r.tenant, string(directory.AgentGroupEntitlement), string(directory.AsSupervisor), string(directory.AsBoth),
		string(directory.FromRule), string(directory.FromDirect), limit)
}
