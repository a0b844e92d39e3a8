package main

import (
	"io"
	"testing"

	"rollcall/store"
)

// metrics are those of a gateway over the site's database whose jobs do not run.
func (s *site) metrics() *metrics {
	s.t.Helper()
	in, err := (&program{environ: s.env, stdout: io.Discard, stderr: io.Discard, config: "rollcall.yaml"}).open(s.t.Context(), reading)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := in.close(nil); err != nil {
			s.t.Error(err)
		}
	})
	m := newMetrics()
	m.watch(in)
	return m
}

// value is that of a metric with one label.
func (m *metrics) value(t *testing.T, name, label string) float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, x := range f.GetMetric() {
			if f.GetName() == name && len(x.GetLabel()) == 1 && x.GetLabel()[0].GetValue() == label {
				return x.GetGauge().GetValue()
			}
		}
	}
	t.Errorf("there is no metric %s of %s", name, label)
	return -1
}

func TestMetricsTellWhatWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		r := s.serve()
		r.ask(201, "POST", "/scim/v2/Users", token, userBody("ada"))
		m := s.metrics()
		await(t, "nothing waits", func() bool {
			return m.value(t, "rollcall_ledger_behind_seconds", "acme") == 0 && m.value(t, "rollcall_people_due", "acme") == 0
		})
		r.end()

		db, err := store.Open(t.Context(), s.dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		tenant, err := db.Ops().Tenant(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		people, err := db.Reader(tenant.ID).PeopleNamed(t.Context(), "ada")
		if err != nil || len(people) != 1 {
			t.Fatalf("%q, %v", people, err)
		}
		err = db.Write(t.Context(), tenant.ID, func(tx *store.Tx) error {
			tx.MarkDue(1, people)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		s.must("apikey", "create", "--tenant", "acme", "--name", "a change that waits")
		if behind := m.value(t, "rollcall_ledger_behind_seconds", "acme"); behind <= 0 {
			t.Errorf("the ledger is behind by %f seconds", behind)
		}
		if due := m.value(t, "rollcall_people_due", "acme"); due != 1 {
			t.Errorf("%f people are due, want 1", due)
		}
	})
}

func TestMetricsTellHowFullSeatPoolsAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.must("apply", "-f", s.file("acme.yaml", manifest+"settings: {seats.policy: hard_cap}\nseat_pools: [{key: users, limit: 1}]\n"))
		token := s.must("token", "create", "--tenant", "acme", "--connection", "okta")
		r := s.serve()
		for _, name := range []string{"ada", "bob", "eve"} {
			r.ask(201, "POST", "/scim/v2/Users", token[:len(token)-1], userBody(name))
		}
		r.end()
		m := s.metrics()
		for name, want := range map[string]float64{"rollcall_seats_limit": 1, "rollcall_seats_held": 1, "rollcall_seats_kept": 0, "rollcall_seats_waiting": 2} {
			if got := m.value(t, name, "acme/users"); got != want {
				t.Errorf("%s is %f, want %f", name, got, want)
			}
		}
	})
}
