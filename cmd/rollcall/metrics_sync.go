package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/store"
)

// syncMetrics tell of directories that are read and of what guards hold. Connections are labelled tenant/name.
type syncMetrics struct {
	runs   *prometheus.CounterVec
	took   *prometheus.HistogramVec
	people *prometheus.CounterVec
	holds  *prometheus.CounterVec
}

func newSyncMetrics() syncMetrics {
	return syncMetrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_sync_runs_total", Help: "Syncs that this process ran by schedule, by connection (tenant/name) and status (nothing, applied, partial, held, failed).",
		}, []string{"connection", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_sync_duration_seconds", Help: "How long those syncs took, by connection.", Buckets: []float64{.1, 1, 5, 15, 60, 300, 1800},
		}, []string{"connection"}),
		people: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_sync_people_total", Help: "People whom those syncs changed, by change (created, updated, suspended, reactivated, deprovisioned).",
		}, []string{"change"}),
		holds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_guard_holds_total", Help: "People of whom the guard on pushes withheld something, by connection (name).",
		}, []string{"connection"}),
	}
}

func (m syncMetrics) register(r *prometheus.Registry) {
	r.MustRegister(m.runs, m.took, m.people, m.holds)
}

// synced notes a sync of the schedule.
func (m syncMetrics) synced(x jobs.Synced) {
	name, status := x.Tenant+"/"+x.Connection, x.Result.Status
	if x.Err != nil || status == "" {
		status = provision.SyncFailed
	}
	m.runs.WithLabelValues(name, string(status)).Inc()
	m.took.WithLabelValues(name).Observe(x.Took.Seconds())
	if status == provision.SyncHeld {
		return // nobody was changed
	}
	for change, n := range map[string]int{
		"created": x.Result.Summary.Created, "updated": x.Result.Summary.Updated, "suspended": x.Result.Summary.Suspended,
		"reactivated": x.Result.Summary.Reactivated, "deprovisioned": x.Result.Summary.Deprovisioned,
	} {
		m.people.WithLabelValues(change).Add(float64(n))
	}
}

// heldPeople notes that the guard on pushes withheld something.
func (m syncMetrics) heldPeople(connection string, people int) {
	m.holds.WithLabelValues(connection).Add(float64(people))
}

// sources reads from the database how the connections are when metrics are asked for, so that every replica tells the
// same, whichever of them synced.
type sources struct {
	db     *store.DB
	engine *provision.Engine
	log    *slog.Logger
}

var (
	sourceLabels = []string{"connection"}
	sourceRead   = prometheus.NewDesc("rollcall_sync_last_complete_timestamp_seconds", "When a directory was last read completely; 0 for never.", sourceLabels, nil)
	sourceFails  = prometheus.NewDesc("rollcall_sync_failures", "Readings of a directory in a row that were not complete.", sourceLabels, nil)
	sourceStale  = prometheus.NewDesc("rollcall_sync_stale", "Whether a directory was not read completely for three of its intervals.", sourceLabels, nil)
	sourcePaused = prometheus.NewDesc("rollcall_sync_paused", "Whether a connection is paused.", sourceLabels, nil)
	sourceHeld   = prometheus.NewDesc("rollcall_sync_quarantined", "Whether a guard holds a plan, or rights, of a connection.", sourceLabels, nil)
	peopleHeld   = prometheus.NewDesc("rollcall_guard_held_people", "People who wait for somebody to approve or discard what a guard holds of a connection.", sourceLabels, nil)
)

// Describe names the metrics.
func (s sources) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sourceRead, sourceFails, sourceStale, sourcePaused, sourceHeld, peopleHeld} {
		out <- d
	}
}

// Collect reads them. A database that does not answer leaves them out, for the other metrics are worth having.
func (s sources) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := s.db.Ops().Sources(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the metrics of connections are left out", "err", err)
		return
	}
	now := time.Now()
	for _, x := range list {
		label := x.TenantKey + "/" + x.Connection.Name
		gauge := func(d *prometheus.Desc, value float64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, label)
		}
		is := map[string]float64{}
		for _, a := range jobs.Alerts(x, now) {
			is[a.Kind] = 1
		}
		if x.Connection.Kind == directory.LDAP {
			at := 0.0
			if !x.Source.CheckedAt.IsZero() {
				at = float64(x.Source.CheckedAt.UnixMilli()) / 1000
			}
			gauge(sourceRead, at)
			gauge(sourceFails, float64(x.Source.Failures))
			gauge(sourceStale, is[jobs.AlertStale])
		}
		gauge(sourcePaused, is[jobs.AlertPaused])
		gauge(sourceHeld, is[jobs.AlertQuarantined])
		held, err := s.held(ctx, x)
		if err != nil {
			s.log.WarnContext(ctx, "the people whom a guard holds cannot be counted", "connection", label, "err", err)
			continue
		}
		gauge(peopleHeld, float64(held))
	}
}

// held counts who waits for an approval.
func (s sources) held(ctx context.Context, x store.SourceState) (int64, error) {
	switch {
	case x.Source.HeldRun != "":
		return s.db.Reader(x.Tenant).PlannedPeople(ctx, x.Source.HeldRun)
	case x.Source.Status == store.SourceQuarantined:
		n, err := s.engine.HeldPeople(ctx, x.Tenant, x.Connection.ID)
		return int64(n), err
	}
	return 0, nil
}
