package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rollcall/store"
)

// backlogMetrics read from the database what waits for a running serve, when metrics are asked for. Tenants are labelled by
// their keys.
type backlogMetrics struct {
	db  *store.DB
	log *slog.Logger
}

var (
	backlogLabels = []string{"tenant"}
	ledgerBehind  = prometheus.NewDesc("rollcall_ledger_behind_seconds", "For how long the oldest committed change has waited for its place in the ledger, and thereby for the feed of eligibility; 0 where none waits.", backlogLabels, nil)
	peopleDue     = prometheus.NewDesc("rollcall_people_due", "People who are still to be brought to the published rules.", backlogLabels, nil)
)

// Describe names the metrics.
func (b backlogMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- ledgerBehind
	out <- peopleDue
}

// Collect reads them. A database that does not answer leaves them out.
func (b backlogMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := b.db.Ops().Backlogs(ctx)
	if err != nil {
		b.log.WarnContext(ctx, "the metrics of what waits are left out", "err", err)
		return
	}
	for _, x := range list {
		behind := 0.0
		if !x.Oldest.IsZero() {
			behind = max(0, b.db.Clock().Sub(x.Oldest).Seconds())
		}
		out <- prometheus.MustNewConstMetric(ledgerBehind, prometheus.GaugeValue, behind, x.Tenant)
		out <- prometheus.MustNewConstMetric(peopleDue, prometheus.GaugeValue, float64(x.Due), x.Tenant)
	}
}
