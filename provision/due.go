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
	total := 0
	for {
		n := 0
		err := e.db.Write(ctx, tenant, func(tx *store.Tx) error {
			var err error
			n, err = tx.TakeDue(dueAtOnce)
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
