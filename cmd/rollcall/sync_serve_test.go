package main

import (
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/store/storetest"
)

func TestServeReadsDirectoriesByTheirSchedules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := ldaptest.OpenLDAP(t)
		crew(server, names(7)...)
		s.must("apply", "-f", s.file("a.yaml", ldapManifest(server, "schedule: 1h")))
		r := s.serve()
		await(t, "the directory is read", func() bool {
			return strings.Contains(string(r.ask(200, "GET", "/metrics", "", "").body), `rollcall_sync_runs_total{connection="acme/headquarters",status="applied"} 1`)
		})
		metrics := string(r.ask(200, "GET", "/metrics", "", "").body)
		says(t, metrics, `rollcall_sync_people_total{change="created"} 7`, `rollcall_sync_duration_seconds_count{connection="acme/headquarters"} 1`,
			`rollcall_sync_quarantined{connection="acme/headquarters"} 0`, `rollcall_sync_stale{connection="acme/headquarters"} 0`,
			`rollcall_sync_failures{connection="acme/headquarters"} 0`, `rollcall_sync_last_complete_timestamp_seconds{connection="acme/headquarters"} 1.`)
		if list := s.must("users", "list", "--tenant", "acme"); strings.Count(list, " active ") != 7 {
			t.Errorf("people:\n%s", list)
		}
		if run := s.runs("--connection", "headquarters")[0]; run["by"] != "system:schedule" {
			t.Errorf("the run is %v", run)
		}
		says(t, s.must("doctor", "--quick"), "headquarters: was last read completely on ", "and is read next on ")
		s.must("sync", "headquarters", "--tenant", "acme", "--pause")
		says(t, string(r.ask(200, "GET", "/metrics", "", "").body), `rollcall_sync_paused{connection="acme/headquarters"} 1`)
		r.end()
		if log := r.log.String(); !strings.Contains(log, "msg=synced tenant=acme connection=headquarters status=applied created=7") || strings.Contains(log, "crew0") {
			t.Errorf("log:\n%s", log)
		}
	})
}

func TestReplicasReadADirectoryOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.Postgres(t))
	server := ldaptest.OpenLDAP(t)
	server.Fill(ldaptest.Crowd{People: 2000, Groups: 5, PerPerson: 1})
	s.must("apply", "-f", s.file("a.yaml", ldapManifest(server, "schedule: 1h")))
	all := []*running{s.spawn(), s.spawn(), s.spawn()}
	synced := func() (n int) {
		for _, r := range all {
			n += strings.Count(r.log.String(), "msg=synced")
		}
		return n
	}
	await(t, "one of them has synced", func() bool { return synced() > 0 })
	// While all look again, nobody reads again: the turn that was written down is an hour away.
	token := strings.TrimSpace(s.must("token", "create", "--tenant", "acme", "--connection", "okta"))
	for _, r := range all {
		r.ask(201, "POST", "/scim/v2/Users", token, userBody("somebody-"+r.served.Listen))
	}
	s.sequenced()
	if n := synced(); n != 1 || len(s.runs("--connection", "headquarters")) != 1 {
		t.Errorf("%d syncs, runs %v", n, s.runs("--connection", "headquarters"))
	}
	if list := s.must("users", "list", "--tenant", "acme"); strings.Count(list, " active ") != 2003 {
		t.Errorf("%d people", strings.Count(list, " active "))
	}
}
