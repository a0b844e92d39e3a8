package store

import (
	"context"
)

// ActiveAccounts counts the live accounts of a connection that say active, or, for "", of people whom no connection owns.
// It stops counting at enough, so that a guard that lets fifty people pass reads hundreds of rows and not a million.
func (r Reader) ActiveAccounts(ctx context.Context, connection string, enough int64) (n int64, err error) {
	err = r.q.ask(ctx, r.activeAccounts(connection, enough, &n))
	return n, err
}

func (r Reader) activeAccounts(connection string, enough int64, n *int64) question {
	return question{
		`SELECT COUNT(*) FROM (SELECT 1 FROM account WHERE tenant = ? AND shelf = ? AND active = ? LIMIT ? + 0) z`,
		[]any{r.tenant, connection, true, enough},
		func(s scanner) error { return s.Scan(n) },
	}
}
