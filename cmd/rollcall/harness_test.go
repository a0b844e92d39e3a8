package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rollcall/store/storetest"
)

// asProgram makes the test's own binary be the program.
const asProgram = "ROLLCALL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// site is an installation as an operator has it: an environment and a database.
type site struct {
	t   *testing.T
	dsn string
	env []string
}

func newSite(t *testing.T, dsn string, env ...string) *site {
	t.Helper()
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{3}, 32))
	return &site{t, dsn, append([]string{"ROLLCALL_DATABASE=" + dsn, "ROLLCALL_LISTEN=127.0.0.1:0", "ROLLCALL_SECRET_KEY=" + key}, env...)}
}

// each runs a test on both databases.
func each(t *testing.T, f func(*testing.T, *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, dsn string) { f(t, newSite(t, dsn)) })
}

// run runs one command in this process.
func (s *site) run(args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	var out, err bytes.Buffer
	status = run(s.t.Context(), args, s.env, &out, &err)
	return status, out.String(), err.String()
}

// must runs a command that has to succeed, and returns its standard output.
func (s *site) must(args ...string) string {
	s.t.Helper()
	status, out, err := s.run(args...)
	if status != statusDone {
		s.t.Fatalf("rollcall %s: status %d\n%s%s", strings.Join(args, " "), status, out, err)
	}
	return out
}

const manifest = `
tenant: acme
name: Acme
connections:
  - name: okta
    kind: scim
    dialect: okta
mapping:
  rules:
    - name: support
      when: department eq "Support"
      roles: [agent]
      agent_groups: [{name: Support}]
    - name: team
      group: CC-Team
      roles: [supervisor]
`

// file writes a file of the test's and returns its path.
func (s *site) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// tenant applies the manifest and returns a token of its connection.
func (s *site) tenant() string {
	s.t.Helper()
	s.must("apply", "-f", s.file("acme.yaml", manifest))
	return strings.TrimSpace(s.must("token", "create", "--tenant", "acme", "--connection", "okta"))
}

// running is a serve of this process or of another.
type running struct {
	t      *testing.T
	served served
	stop   func() // as SIGTERM does
	ended  chan struct{}
	status int // once it has ended
	cmd    *exec.Cmd
	log    *journal
}

// journal is what a serve writes to standard error.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// serve starts the gateway in this process.
func (s *site) serve(args ...string) *running {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	reader, writer := io.Pipe()
	r := &running{t: s.t, stop: stop, ended: make(chan struct{}), log: &journal{}}
	go func() {
		defer close(r.ended)
		r.status = run(ctx, append([]string{"--json", "serve"}, args...), s.env, writer, r.log)
		_ = writer.Close()
	}()
	r.welcome(reader)
	s.t.Cleanup(r.end)
	return r
}

// spawn starts the gateway as a process of its own.
func (s *site) spawn() *running {
	s.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), os.Args[0], "--json", "serve")
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + s.t.TempDir()}, s.env...)
	r := &running{t: s.t, ended: make(chan struct{}), log: &journal{}, cmd: cmd}
	cmd.Stderr = r.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	r.stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
	r.welcome(out)
	go func() {
		defer close(r.ended)
		_ = cmd.Wait()
		r.status = cmd.ProcessState.ExitCode()
	}()
	s.t.Cleanup(r.end)
	return r
}

// welcome waits for the gateway's first words.
func (r *running) welcome(out io.Reader) {
	r.t.Helper()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.served)
	}
	if err != nil || r.served.Listen == "" {
		r.t.Fatalf("serve said %q: %v\n%s", line, err, r.log)
	}
}

// end stops the gateway, which must not fail.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	select {
	case <-r.ended:
	case <-time.After(time.Minute):
		r.t.Fatalf("serve does not end\n%s", r.log)
	}
}

// kill ends the process without a word.
func (r *running) kill() {
	r.t.Helper()
	if err := r.cmd.Process.Kill(); err != nil {
		r.t.Error(err)
	}
	<-r.ended
}

func (r *running) url(path string) string { return "http://" + r.served.Listen + path }

// answerOf is an answer that was read to its end.
type answerOf struct {
	status int
	header http.Header
	body   []byte
}

// json reads the answer's body.
func (a answerOf) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("status %d, body %q: %v", a.status, a.body, err)
	}
	return v
}

// send sends a request to the gateway. An error means that there was no whole answer.
func (r *running) send(method, path, token, body string) (answerOf, error) {
	q, err := http.NewRequestWithContext(context.WithoutCancel(r.t.Context()), method, r.url(path), strings.NewReader(body))
	if err != nil {
		return answerOf{}, err
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/scim+json")
	}
	p, err := http.DefaultClient.Do(q)
	if err != nil {
		return answerOf{}, err
	}
	defer func() { _ = p.Body.Close() }()
	b, err := io.ReadAll(p.Body)
	return answerOf{p.StatusCode, p.Header, b}, err
}

// ask is send for requests that must be answered, with the status.
func (r *running) ask(status int, method, path, token, body string) answerOf {
	r.t.Helper()
	a, err := r.send(method, path, token, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		r.t.Fatalf("%s %s: status %d, want %d: %s\n%s", method, path, a.status, status, a.body, r.log)
	}
	return a
}

func userBody(name string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"active":true}`, name, "x-"+name)
}

// await waits until the condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting: %s", what)
		}
		time.Sleep(20 * time.Millisecond) // between two looks
	}
}
