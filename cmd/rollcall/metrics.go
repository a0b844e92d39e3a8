package main

import (
	"database/sql"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rollcall/jobs"
	"rollcall/provision"
)

// metrics are what Prometheus reads. None has a label that a client can invent.
type metrics struct {
	registry *prometheus.Registry
	syncs    syncMetrics
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	inFlight prometheus.Gauge
	people   *prometheus.CounterVec
	rights   *prometheus.HistogramVec
	jobs     *prometheus.CounterVec
	jobItems *prometheus.CounterVec
	jobTook  *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
	asked    prometheus.Histogram
	revoked  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		syncs:    newSyncMetrics(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_requests_total", Help: "Requests answered, by route, connection (tenant/name) and outcome (HTTP status).",
		}, []string{"route", "connection", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_request_seconds", Help: "How long requests took, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "rollcall_requests_in_flight", Help: "Requests that are being answered."}),
		people: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_plans_total", Help: "Plans of single people that were applied, by the state that the person is in then.",
		}, []string{"state"}),
		rights: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_plan_rights", Help: "Rights gained and lost in one plan.", Buckets: []float64{0, 1, 2, 5, 10, 50, 100, 500},
		}, []string{"change"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_jobs_total", Help: "Pieces of work that jobs did, by outcome (done, failed).",
		}, []string{"job", "outcome"}),
		jobItems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_job_items_total", Help: "Changes sequenced, people settled, ledger heads written.",
		}, []string{"job"}),
		jobTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_job_seconds", Help: "How long pieces of work took.", Buckets: []float64{.001, .01, .1, 1, 10, 60, 600},
		}, []string{"job"}),
	}
	m.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rollcall_sign_ins_total", Help: "Sign-ins, sign-outs, back-channel logouts and questions about sessions, by what became of them.",
	}, []string{"event", "outcome"})
	m.asked = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "rollcall_session_question_seconds", Help: "How long the database took to say whether a session is live, which each request of somebody signed in asks: what is ended in between is seen by the next request.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .1, .5, 1, 5},
	})
	m.revoked = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "rollcall_revocation_seconds",
		Help:    "How long after its end (ended_at) this replica accepted a credential last, by kind (session): 0 unless it did afterwards. Observed once for each session that this replica accepted and then refused because it was ended. The end is dated by the clock of whoever wrote it, before its commit: clocks that differ and the commit itself are in the figure.",
		Buckets: []float64{0, .001, .005, .01, .05, .1, .5, 1, 5, 60},
	}, []string{"kind"})
	m.revoked.WithLabelValues("session") // it is there before the first one
	m.registry.MustRegister(
		m.asked, m.revoked,
		m.requests, m.took, m.inFlight, m.people, m.rights, m.jobs, m.jobItems, m.jobTook, m.signIns,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.syncs.register(m.registry)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// signIn notes what became of a sign-in and of what belongs to it.
func (m *metrics) signIn(event, outcome string) { m.signIns.WithLabelValues(event, outcome).Inc() }

// sessionTook notes how long something about a session took.
func (m *metrics) sessionTook(what string, took time.Duration) {
	if what == "question" {
		m.asked.Observe(took.Seconds())
		return
	}
	m.revoked.WithLabelValues("session").Observe(took.Seconds())
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// request notes an answered request. A route begins with the method, which a client can invent.
func (m *metrics) request(route, connection, outcome string, took time.Duration) {
	if method, path, ok := strings.Cut(route, " "); ok && !slices.Contains(methods, method) {
		route = "OTHER " + path
	}
	m.requests.WithLabelValues(route, connection, outcome).Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
}

// count notes the requests that a mux answers, by its patterns.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		out := &answered{ResponseWriter: w}
		next.ServeHTTP(out, r)
		route := r.Pattern
		if route == "" {
			route = "unknown"
		}
		m.request(route, "", strconv.Itoa(out.status), time.Since(began))
	})
}

// plan notes what was applied to one person.
func (m *metrics) plan(p *provision.Plan) {
	m.people.WithLabelValues(string(p.After.State)).Inc()
	m.rights.WithLabelValues("gained").Observe(float64(len(p.Gained)))
	m.rights.WithLabelValues("lost").Observe(float64(len(p.Lost)))
}

// job notes a piece of work.
func (m *metrics) job(d jobs.Done) {
	outcome := "done"
	if d.Err != nil {
		outcome = "failed"
	}
	m.jobs.WithLabelValues(d.Job, outcome).Inc()
	m.jobItems.WithLabelValues(d.Job).Add(float64(d.N))
	m.jobTook.WithLabelValues(d.Job).Observe(d.Took.Seconds())
}

// watch adds what the database's pool holds, how connections are, how full seat pools are, and what waits.
func (m *metrics) watch(in *installation) {
	db := in.db
	m.registry.MustRegister(sources{db, in.engine, in.log}, seatMetrics{db, in.log}, backlogMetrics{db, in.log})
	gauge := func(name, help string, value func(sql.DBStats) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(db.Stats()) })
	}
	counter := func(name, help string, value func(sql.DBStats) float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return value(db.Stats()) })
	}
	m.registry.MustRegister(
		gauge("rollcall_database_connections_open", "Connections to the database that are open.", func(s sql.DBStats) float64 { return float64(s.OpenConnections) }),
		gauge("rollcall_database_connections_in_use", "Connections to the database that are in use.", func(s sql.DBStats) float64 { return float64(s.InUse) }),
		gauge("rollcall_database_connections_max", "Connections to the database that may be open.", func(s sql.DBStats) float64 { return float64(s.MaxOpenConnections) }),
		counter("rollcall_database_waits_total", "Times that a connection to the database had to be waited for.", func(s sql.DBStats) float64 { return float64(s.WaitCount) }),
		counter("rollcall_database_wait_seconds_total", "How long connections to the database were waited for.", func(s sql.DBStats) float64 { return s.WaitDuration.Seconds() }),
	)
}
