package provision

import (
	"context"

	"rollcall/store"
)

// dueAtOnce is how many people one transaction marks as due.
const dueAtOnce = 500

// Awaken marks everybody in the tenant as due for evaluation for whom an instant has come: an absence begins or ends, a hold
// or what a guard held runs out. It returns how many instants there were. What was missed while nothing ran is caught up
// with. [Engine.Settle] does the rest, and is told.
func (e *Engine) Awaken(ctx context.Context, tenant string) (int, error) {
	return e.markDue(ctx, tenant, func(tx *store.Tx) (int, error) { return tx.TakeDue(dueAtOnce) })
}

// Enlist marks people in the tenant as due for evaluation whom the release before wrote while an upgrade was under way: it
// knows nothing of what lists and searches look for. It returns how many they were.
func (e *Engine) Enlist(ctx context.Context, tenant string) (int, error) {
	return e.markDue(ctx, tenant, func(tx *store.Tx) (int, error) {
		people, err := tx.Unlisted(ctx, dueAtOnce)
		if err == nil {
			tx.MarkDue(1, people)
		}
		return len(people), err
	})
}

// markDue lets people be marked, dueAtOnce in a transaction, until there are no more.
func (e *Engine) markDue(ctx context.Context, tenant string, mark func(*store.Tx) (int, error)) (int, error) {
	total := 0
	for {
		n := 0
		err := e.db.Write(ctx, tenant, func(tx *store.Tx) error {
			var err error
			n, err = mark(tx)
			return err
		})
		total += n
		if n > 0 {
			e.Wake()
		}
		if err != nil || n < dueAtOnce {
			return total, err
		}
	}
}
