package store

import "context"

// Nesting is one group in another.
type Nesting struct{ Child, Parent string }

// NestingAbove returns how the groups that a person is in directly are nested in others, as far up as it goes. It visits
// each group once, so that a cycle ends.
func (r Reader) NestingAbove(ctx context.Context, person string) ([]Nesting, error) {
	var out []Nesting
	err := r.q.ask(ctx, question{
		`WITH RECURSIVE g(grp) AS (
		   SELECT m.grp FROM membership m WHERE m.tenant = ? AND m.person = ? AND m.ended = 0
		   UNION SELECT n.parent FROM g JOIN nesting n ON n.tenant = ? AND n.child = g.grp AND n.ended = 0)
		 SELECT n.child, n.parent FROM g JOIN nesting n ON n.tenant = ? AND n.child = g.grp AND n.ended = 0 ORDER BY n.child, n.parent`,
		[]any{r.tenant, person, r.tenant, r.tenant},
		func(s scanner) error {
			var x Nesting
			err := s.Scan(&x.Child, &x.Parent)
			out = append(out, x)
			return err
		},
	})
	return out, err
}
