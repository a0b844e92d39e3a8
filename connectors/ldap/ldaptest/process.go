package ldaptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// process is a server that runs in the foreground and ends with us, however we end.
type process struct {
	cmd   *exec.Cmd
	log   string // what it said
	input io.Closer
	done  chan struct{} // closed when it has ended
}

// begin starts the command. Its output goes to the file log, and its standard input stays open until it is stopped.
func begin(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, input: input, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the system ends the child with the thread that started it
		defer runtime.UnlockOSThread()
		endWithUs(cmd)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended does not matter; the log has the reason
			close(p.done)
		}
	}()
	return p, <-started
}

// begin starts the server with the command, has it stopped when the test ends, and waits until it answers the
// administrator. What it says is in the file log of its folder.
func (s *Server) begin(cmd *exec.Cmd, log string) (*process, error) {
	s.tb.Helper()
	p, err := begin(cmd, filepath.Join(s.dir, "output"))
	if err != nil {
		return nil, err
	}
	p.log = filepath.Join(s.dir, log)
	s.tb.Cleanup(s.Stop)
	return p, p.ready(func() error {
		c, err := s.dial()
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// ready waits until ask succeeds. It fails when the process ends before that, or after a minute.
func (p *process) ready(ask func() error) error {
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask()
		if err == nil {
			select {
			case <-p.done: // somebody else answered
			default:
				return nil
			}
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended: %s", p.said())
		case <-deadline.C:
			_ = p.stop() // the first error says more
			return fmt.Errorf("it does not answer: %w: %s", err, p.said())
		case <-again.C:
		}
	}
}

// stop asks the process to end, and makes it after half a minute.
func (p *process) stop() error {
	_ = p.input.Close() // may be gone
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(30 * time.Second):
	}
	_ = p.cmd.Process.Kill() // may have ended now
	<-p.done
	return errors.New("it had to be killed")
}

// said returns the end of the log.
func (p *process) said() string {
	said, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(said[max(0, len(said)-2000):]))
}

// run runs a command to its end and fails the test with what it said.
func run(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, said[max(0, len(said)-4000):])
	}
}

// freePort returns a port of 127.0.0.1 that nobody listens on, below those that the system gives to outgoing
// connections, so that a server that restarts finds it free.
func freePort(tb testing.TB) string {
	tb.Helper()
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(22000))
		l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue
		}
		_ = l.Close() // nothing was accepted
		return port
	}
	tb.Fatalf("no free port")
	return ""
}

// program returns the path of a server's binary, or "". They are where only root's PATH leads.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/lib/openldap"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return ""
}

// existing returns the first of the paths that exists, or "".
func existing(paths ...string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// folder makes a folder for a server that runs as the user, and removes it when the test ends. The test's own would keep
// other users out.
func folder(tb testing.TB, name string, as *syscall.Credential) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "rollcall-"+name+".") //nolint:usetesting // see above
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Errorf("remove what the server left: %v", err)
		}
	})
	give(tb, dir, as)
	return dir
}

// give makes the user the owner of a file or folder, and of all that it holds.
func give(tb testing.TB, path string, as *syscall.Credential) {
	tb.Helper()
	if as == nil {
		return
	}
	err := filepath.WalkDir(path, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(as.Uid), int(as.Gid))
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// unprivileged returns as whom a server runs that does not need to be root: the first of the users that exists, and
// nil, which is ourselves, where we are not root.
func unprivileged(tb testing.TB, names ...string) *syscall.Credential {
	tb.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range append(names, "nobody") {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			tb.Fatal(err)
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			tb.Fatal(err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	tb.Fatalf("no user is called %v or nobody", names)
	return nil
}

// userName returns the name of the user that a server runs as.
func userName(tb testing.TB, as *syscall.Credential) string {
	tb.Helper()
	id := strconv.Itoa(os.Getuid())
	if as != nil {
		id = strconv.FormatUint(uint64(as.Uid), 10)
	}
	u, err := user.LookupId(id)
	if err != nil {
		tb.Fatal(err)
	}
	return u.Username
}
