package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"rollcall/connectors/ldap/ldaptest"
)

// killed runs a command as a process of its own and kills it without a word once the condition holds. It reports whether
// the command was still running then.
func (s *site) killed(when func() bool, args ...string) bool {
	s.t.Helper()
	status, _ := s.signalled(syscall.SIGKILL, when, args...)
	return status < 0
}

// signalled runs a command as a process of its own and sends it a signal once the condition holds. It returns its exit
// status and what it wrote to standard error.
func (s *site) signalled(signal syscall.Signal, when func() bool, args ...string) (status int, stderr string) {
	s.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), os.Args[0], args...)
	log := &journal{}
	cmd.Stderr = log
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + s.t.TempDir()}, s.env...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its status tells
	}()
	for {
		select {
		case <-ended:
			return cmd.ProcessState.ExitCode(), log.String()
		default:
		}
		if when() {
			_ = cmd.Process.Signal(signal) // it may have ended just now
			<-ended
			return cmd.ProcessState.ExitCode(), log.String()
		}
	}
}

// resumed syncs until the lease of a process that was killed is over.
func (s *site) resumed(want int) {
	s.t.Helper()
	await(s.t, "the lease of the dead is over", func() bool {
		status, stdout, stderr := s.run("sync", "headquarters", "--tenant", "acme")
		if strings.Contains(stderr, "running already") {
			return false
		}
		if status != want {
			s.t.Fatalf("sync: status %d, want %d\n%s%s", status, want, stdout, stderr)
		}
		return true
	})
}

// count counts the people of the tenant who are in the state, and checks that each of them has all of their rights.
func (s *site) count(state string) int {
	s.t.Helper()
	n := 0
	for line := range strings.Lines(s.must("users", "list", "--tenant", "acme")) {
		if !strings.Contains(line, " "+state+" ") {
			continue
		}
		if n++; state == "active" && !strings.Contains(line, "agent  ") {
			s.t.Errorf("half of their rights: %s", line)
		}
	}
	return n
}

// applying reports whether a run of the kind is in the middle of its batches.
func (s *site) applying() bool {
	s.t.Helper()
	list := s.runs("--connection", "headquarters", "--limit", "1")
	return len(list) == 1 && list[0]["status"] == "applying" && list[0]["done"].(float64) > 1
}

func TestSyncKilledBetweenTwoBatchesIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	const people = 2000
	each(t, func(t *testing.T, s *site) {
		t.Parallel()
		server := ldaptest.OpenLDAP(t, ldaptest.Without("memberof", "refint")) // which would go on in the background
		server.Fill(ldaptest.Crowd{People: people, Everybody: true})
		manifest := strings.Replace(ldapManifest(server, "grace_runs: 1"), "group: CC-Crew", "group: everybody", 1)
		s.must("apply", "-f", s.file("a.yaml", manifest))

		cut := s.killed(s.applying, "sync", "headquarters", "--tenant", "acme")
		part := s.count("active")
		t.Logf("killed %t, with %d of %d people", cut, part, people)
		if cut && (part == 0 || part == people) {
			t.Errorf("%d people after the kill", part)
		}
		s.resumed(statusDone)
		if n := s.count("active"); n != people {
			t.Errorf("%d people after the next sync, want %d", n, people)
		}
		says(t, s.sync(statusDone), "nothing new")

		// A plan that was approved and cut off is finished as it was approved, whatever the directory says by then.
		var gone []string
		for i := range people / 2 {
			gone = append(gone, server.PersonDN(i))
		}
		server.Delete(gone...)
		s.sync(statusHeld)
		cut = s.killed(s.applying, "sync", "headquarters", "--tenant", "acme", "--approve", "--except", "p000007,p000900")
		t.Logf("killed %t, with %d of %d people gone", cut, s.count("suspended"), people/2)
		if cut {
			server.Delete(server.PersonDN(people - 1))
			s.resumed(statusDone)
		}
		if n, left := s.count("suspended"), s.count("active"); n != people/2-2 || n+left != people {
			t.Errorf("%d people are gone, %d are left of %d; want %d gone", n, left, people, people/2-2)
		}
		for _, name := range []string{"p000007", "p000900"} {
			says(t, s.must("users", "show", name, "--tenant", "acme"), "state: active")
		}
		says(t, s.sync(statusDone), "- p000007: suspended", "- p000900: suspended") // an exception is for once
		if out := s.must("doctor", "--quick"); strings.Contains(out, "fault") || strings.Contains(out, "quarantined") {
			t.Errorf("doctor:\n%s", out)
		}
	})
}

func TestInterruptedSyncTellsWhatItDidAndGivesItsTurnBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		t.Parallel()
		server := ldaptest.OpenLDAP(t)
		server.Fill(ldaptest.Crowd{People: 2000, Everybody: true})
		s.must("apply", "-f", s.file("a.yaml", strings.Replace(ldapManifest(server), "group: CC-Crew", "group: everybody", 1)))
		status, stderr := s.signalled(syscall.SIGINT, s.applying, "sync", "headquarters", "--tenant", "acme")
		if status != statusFailed || !strings.Contains(stderr, "what was done is done, and the next sync goes on") {
			t.Errorf("status %d\n%s", status, stderr)
		}
		if run := s.runs()[0]; run["status"] != "partial" || run["finished_at"] == nil {
			t.Errorf("the run is %v", run)
		}
		s.sync(statusDone) // at once
		if n := s.count("active"); n != 2000 {
			t.Errorf("%d people", n)
		}
	})
}
