package main

import (
	"database/sql"
	"strings"
	"testing"
)

// alter changes the database behind the program's back.
func (s *site) alter(statements ...string) {
	s.t.Helper()
	driver, source := "pgx", s.dsn
	if path, ok := strings.CutPrefix(s.dsn, "sqlite://"); ok {
		driver, source = "sqlite", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, x := range statements {
		if _, err := db.ExecContext(s.t.Context(), x); err != nil {
			s.t.Fatal(err)
		}
	}
}

// head returns the ledger's head, as doctor shows it.
func (s *site) head() string {
	s.t.Helper()
	for line := range strings.Lines(s.must("doctor")) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "rch_") {
			return line
		}
	}
	s.t.Fatal("doctor shows no head")
	return ""
}

// sequenced waits until a running serve has given every change its place.
func (s *site) sequenced() {
	s.t.Helper()
	await(s.t, "everything has its place in the ledger", func() bool {
		_, out, _ := s.run("doctor")
		return strings.Contains(out, " 0 changes wait")
	})
}

// history makes a tenant in whose ledger three people stand.
func (s *site) history() (head string) {
	s.t.Helper()
	token := s.tenant()
	r := s.serve()
	for _, name := range []string{"ada", "bob", "eve"} {
		r.ask(201, "POST", "/scim/v2/Users", token, userBody(name))
	}
	s.sequenced()
	r.end()
	return s.head()
}

func TestDoctorProvesThatNothingWasAltered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		head := s.history()
		if out := s.must("doctor", "--head", head); !strings.Contains(out, "nothing up to place 5 was altered") {
			t.Errorf("doctor:\n%s", out)
		}
		r := s.serve()
		await(t, "the log has the head", func() bool { return strings.Contains(r.log.String(), head) })
		r.end()
		forged := head[:len(head)-1] + string(head[len(head)-1]^1)
		if status, out, _ := s.run("doctor", "--head", forged); status != statusFailed || !strings.Contains(out, "not a ledger head of this installation") {
			t.Errorf("a forged head: status %d\n%s", status, out)
		}
		s.alter("DELETE FROM change WHERE id IN (SELECT change FROM ledger WHERE seq = 5)", "DELETE FROM ledger WHERE seq = 5")
		if out := s.must("doctor"); !strings.Contains(out, "4 changes are chained") {
			t.Errorf("a shortened ledger looks whole by itself:\n%s", out)
		}
		if status, out, _ := s.run("doctor", "--head", head); status != statusFailed || !strings.Contains(out, "does not contain the head of place 5") {
			t.Errorf("a shortened ledger: status %d\n%s", status, out)
		}
	})
}

func TestDoctorFindsTampering(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ statement, says string }{
		"an altered payload": {"UPDATE change SET payload = salt WHERE id IN (SELECT change FROM ledger WHERE seq = 3)", "payload of change"},
		"an altered actor":   {"UPDATE change SET actor = 'mallory' WHERE id IN (SELECT change FROM ledger WHERE seq = 3)", "does not fit the chain"},
		"a removed place":    {"DELETE FROM ledger WHERE seq = 3", "places 3 to 3 are missing"},
		"a change without a place": {
			"INSERT INTO change (tenant, id, subject, action, actor_kind, actor, connection, request_id, run, at, digest) " +
				"SELECT tenant, 'x', subject, action, actor_kind, actor, connection, request_id, run, at, digest FROM change WHERE action = 'tenant.applied'",
			"stand neither in the ledger nor in the backlog",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, s *site) {
				s.history()
				s.alter(x.statement)
				status, out, err := s.run("doctor")
				if status != statusFailed || !strings.Contains(out, x.says) || !strings.Contains(err, "fault") {
					t.Errorf("status %d, want %q\n%s%s", status, x.says, out, err)
				}
			})
		})
	}
}

func TestDoctorOfADatabaseThatWasNotMigrated(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if strings.HasPrefix(s.dsn, "sqlite") {
			s.must("migrate")
			s.alter("DELETE FROM goose_db_version WHERE version_id > 0")
		}
		status, out, _ := s.run("doctor")
		if status != statusFailed || !strings.Contains(out, "rollcall migrate") {
			t.Errorf("status %d\n%s", status, out)
		}
	})
}
