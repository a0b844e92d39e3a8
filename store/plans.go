package store

import "context"

// PlanLine is one line of a stored plan.
type PlanLine struct {
	Ordinal int64
	Subject string // person:ID or group:ID
	Status  string // open | done | stale | excepted
	Line    []byte // JSON
}

// InsertPlanLines stores lines of a run's plan.
func (tx *Tx) InsertPlanLines(run string, lines []PlanLine) error {
	for _, x := range lines {
		tx.exec(`INSERT INTO plan_line (tenant, run, ord, subject, status, line) VALUES (?, ?, ?, ?, ?, ?)`, tx.tenant, run, x.Ordinal, x.Subject, x.Status, x.Line)
		if err := tx.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// PlanLines returns up to limit lines of a run's plan that follow a place, in order.
func (r Reader) PlanLines(ctx context.Context, run string, after int64, limit int) ([]PlanLine, error) {
	var out []PlanLine
	err := r.q.ask(ctx, question{
		`SELECT ord, subject, status, line FROM plan_line WHERE tenant = ? AND run = ? AND ord > ? ORDER BY ord LIMIT ? + 0`,
		[]any{r.tenant, run, after, limit},
		func(s scanner) error {
			var x PlanLine
			err := s.Scan(&x.Ordinal, &x.Subject, &x.Status, &x.Line)
			out = append(out, x)
			return err
		},
	})
	return out, err
}

// MarkPlanLines notes what became of lines.
func (tx *Tx) MarkPlanLines(run, status string, ordinals []int64) {
	for _, o := range ordinals {
		tx.exec(`UPDATE plan_line SET status = ? WHERE tenant = ? AND run = ? AND ord = ?`, status, tx.tenant, run, o)
	}
}

// DeletePlan removes the lines of a plan that nobody will apply any more.
func (tx *Tx) DeletePlan(run string) {
	tx.exec(`DELETE FROM plan_line WHERE tenant = ? AND run = ?`, tx.tenant, run)
}
