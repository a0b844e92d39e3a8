package main

import (
	"strings"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/store/storetest"
)

func TestDoctorLooksAtADirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	server := ldaptest.OpenLDAP(t)
	crew(server, "ada", "bob")
	s.must("apply", "-f", s.file("a.yaml", ldapManifest(server)))
	out := s.must("doctor", "--tenant", "acme", "--connection", "headquarters")
	says(t, out, "headquarters: ", "openldap", "rollcall sync headquarters --tenant acme --plan")
	for _, other := range []string{"ledger", "okta", "rule"} {
		if strings.Contains(out, " "+other) {
			t.Errorf("asked of a directory alone it tells of %s:\n%s", other, out)
		}
	}
	s.sync(statusDone)
	all := s.must("doctor")
	says(t, all, "ledger", "okta: no token", "headquarters: was last read completely on")
	if quick := s.must("doctor", "--quick"); strings.Count(quick, "headquarters") != 1 || strings.Count(all, "headquarters") < 4 {
		t.Errorf("quick:\n%s\nall:\n%s", quick, all)
	}
	doc := document(t, s.must("--json", "doctor", "--tenant", "acme", "--connection", "headquarters"))
	if doc["ok"] != true || len(doc["checks"].([]any)) < 4 {
		t.Errorf("doctor: %v", doc)
	}

	server.Stop()
	status, out, stderr := s.run("doctor", "--tenant", "acme", "--connection", "headquarters")
	if status != statusFailed || !strings.Contains(out, "fault") || !strings.Contains(stderr, "faults found: 1") {
		t.Errorf("of a server that is away: status %d\n%s%s", status, out, stderr)
	}
	for line, want := range map[string]string{
		"doctor --connection headquarters":                   "--connection needs --tenant",
		"doctor --tenant acne":                               `no tenant "acne"`,
		"doctor --tenant acme --connection headquarter":      `did you mean "headquarters"?`,
		"doctor --tenant acme --connection okta --head rch_": "does not go with --connection",
	} {
		if status, _, stderr := s.run(strings.Fields(line)...); status != statusFailed || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %s", line, status, stderr)
		}
	}
}
