package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rollcall/store"
)

// seatMetrics read from the database how full seat pools are, when metrics are asked for. Pools are labelled tenant/key.
type seatMetrics struct {
	db  *store.DB
	log *slog.Logger
}

var (
	seatLabels  = []string{"pool"}
	seatLimit   = prometheus.NewDesc("rollcall_seats_limit", "Seats that were agreed for a pool; 0 for none.", seatLabels, nil)
	seatHeld    = prometheus.NewDesc("rollcall_seats_held", "People who sit in a pool.", seatLabels, nil)
	seatKept    = prometheus.NewDesc("rollcall_seats_kept", "Seats of a pool that are kept until the next invoice for people who left.", seatLabels, nil)
	seatWaiting = prometheus.NewDesc("rollcall_seats_waiting", "People who wait for a seat of a pool, and get no work.", seatLabels, nil)
)

// Describe names the metrics.
func (s seatMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{seatLimit, seatHeld, seatKept, seatWaiting} {
		out <- d
	}
}

// Collect reads them. A database that does not answer leaves them out.
func (s seatMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	use, err := s.db.Ops().SeatUse(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the metrics of seats are left out", "err", err)
		return
	}
	tenants, err := s.db.Ops().Tenants(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the metrics of seats are left out", "err", err)
		return
	}
	for _, t := range tenants {
		for _, u := range use[t.ID] {
			for d, n := range map[*prometheus.Desc]int{seatLimit: u.Limit, seatHeld: u.Held, seatKept: u.Kept, seatWaiting: u.Waiting} {
				out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), t.Key+"/"+u.Pool)
			}
		}
	}
}
