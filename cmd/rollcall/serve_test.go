package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/store/storetest"
)

func TestServeAnswersAndNamesWhatItDid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		r := s.serve()
		if a := r.ask(200, "GET", "/healthz", "", ""); string(a.body) != "ok\n" {
			t.Errorf("healthz %q", a.body)
		}
		r.ask(200, "GET", "/readyz", "", "")
		made := r.ask(201, "POST", "/scim/v2/Users", token, userBody("ada")).json(t)
		r.ask(200, "GET", "/scim/v2//Users/"+made["id"].(string)+"/", token, "")
		r.ask(401, "GET", "/scim/v2/Users", "", "")
		r.ask(404, "GET", "/nothing", "", "")
		metrics := string(r.ask(200, "GET", "/metrics", "", "").body)
		for _, want := range []string{
			`rollcall_requests_total{connection="acme/okta",outcome="201",route="POST /Users"} 1`,
			`rollcall_requests_total{connection="",outcome="200",route="GET /readyz"} 1`,
			`rollcall_plans_total{state="active"} 1`, "rollcall_requests_in_flight 1", "rollcall_database_connections_max",
		} {
			if !strings.Contains(metrics, want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
		r.end()
		if r.status != statusDone {
			t.Errorf("status %d after draining\n%s", r.status, r.log)
		}
		log := r.log.String()
		if !strings.Contains(log, "method=POST path=/scim/v2/Users status=201") || !strings.Contains(log, "draining") {
			t.Errorf("log:\n%s", log)
		}
		if strings.Contains(log, token) || strings.Contains(log, "ada") {
			t.Errorf("the log holds a token or a person's data:\n%s", log)
		}
	})
}

// halfway sends a request up to the middle of its body, and returns how to send the rest and read the answer.
func (r *running) halfway(token string) (finish func() (int, error)) {
	r.t.Helper()
	reader, writer := io.Pipe()
	body := userBody("slow")
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url("/scim/v2/Users"), reader)
	if err != nil {
		r.t.Fatal(err)
	}
	q.ContentLength = int64(len(body))
	q.Header.Set("Authorization", "Bearer "+token)
	type result struct {
		status int
		err    error
	}
	done := make(chan result, 1)
	go func() {
		p, err := new(http.Transport).RoundTrip(q)
		if err != nil {
			done <- result{0, err}
			return
		}
		done <- result{p.StatusCode, p.Body.Close()}
	}()
	if _, err := io.WriteString(writer, body[:10]); err != nil {
		r.t.Fatal(err)
	}
	await(r.t, "the request is in flight", func() bool {
		return strings.Contains(string(r.ask(200, "GET", "/metrics", "", "").body), "rollcall_requests_in_flight 2")
	})
	return func() (int, error) {
		_, _ = io.WriteString(writer, body[10:]) // the server may be gone
		_ = writer.Close()
		x := <-done
		return x.status, x.err
	}
}

func TestDrainingFinishesWhatWasBegun(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	token := s.tenant()
	r := s.spawn()
	finish := r.halfway(token)
	r.stop()
	await(t, "new requests are refused", func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.served.Listen)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	if status, err := finish(); err != nil || status != http.StatusCreated {
		t.Errorf("the request in flight got %d, %v; want 201", status, err)
	}
	<-r.ended
	if r.status != statusDone {
		t.Errorf("status %d\n%s", r.status, r.log)
	}
	if out := s.must("users", "list", "--tenant", "acme"); !strings.Contains(out, "slow") {
		t.Errorf("the user is not there:\n%s", out)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	token := s.tenant()
	r := s.spawn()
	finish := r.halfway(token)
	r.stop()
	await(t, "it drains", func() bool { return strings.Contains(r.log.String(), "draining") })
	began := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-r.ended
	if r.status != statusFailed || time.Since(began) > drainFor/2 {
		t.Errorf("status %d after %s; want %d at once", r.status, time.Since(began), statusFailed)
	}
	if status, err := finish(); err == nil {
		t.Errorf("the request in flight was answered with %d by a process that is gone", status)
	}
}

func TestASecondServeOnOneFileIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	token := s.tenant()
	r := s.serve()
	status, out, err := s.run("serve")
	if status != statusFailed || out != "" || !strings.Contains(err, "process "+strconv.Itoa(os.Getpid())) || !strings.Contains(err, "rollcall.db") {
		t.Errorf("status %d, %q, %q; want a refusal that names the process and the file", status, out, err)
	}
	r.ask(201, "POST", "/scim/v2/Users", token, userBody("ada"))
	s.sequenced()
	for _, args := range [][]string{
		{"users", "list", "--tenant", "acme"},
		{"users", "show", "ada", "--tenant", "acme"},
		{"explain", "ada", "--tenant", "acme"},
		{"token", "list"},
		{"doctor"},
		{"migrate"},
	} {
		s.must(args...)
	}
	s.must("apply", "-f", s.file("acme.yaml", strings.Replace(manifest, "dialect: okta", "dialect: entra", 1)))
	r.end()
	s.serve().end()
}

func TestServeSeesWhatCommandsDo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		r := s.serve()
		id := r.ask(201, "POST", "/scim/v2/Users", token, userBody("ada")).json(t)["id"].(string)
		s.must("apply", "-f", s.file("acme.yaml", strings.Replace(manifest, `department eq "Support"`, `userName eq "ada"`, 1)))
		if out := s.must("users", "show", id, "--tenant", "acme"); !strings.Contains(out, "role agent") {
			t.Errorf("after apply:\n%s", out)
		}
		fields := strings.Split(token, "_")
		s.must("token", "revoke", fields[2])
		await(t, "the revoked token is refused", func() bool {
			a, err := r.send("GET", "/scim/v2/Users", token, "")
			return err == nil && a.status == http.StatusUnauthorized
		})
	})
}

func TestPortThatIsTaken(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := newSite(t, storetest.SQLite(t), "ROLLCALL_LISTEN="+l.Addr().String())
	s.env = append(s.env[:1], s.env[2:]...) // the first of a name counts
	status, _, text := s.run("serve")
	if status != statusFailed || !strings.Contains(text, "address already in use") || !strings.Contains(text, "listen") {
		t.Errorf("status %d: %s", status, text)
	}
}
