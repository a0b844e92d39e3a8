// Package browsertest gives tests a real browser, headless Chromium, that does with pages what people do: it finds buttons
// and fields by the names that assistive technology reads out, clicks, types and presses keys.
//
// A package whose tests use it has one browser for all of them, and each [Start] has cookies and storage of its own:
//
//	func TestMain(m *testing.M) { browsertest.Main(m) }
//
//	func TestSignIn(t *testing.T) {
//		p := browsertest.Start(t)
//		p.Open(server.URL)
//		p.Fill("E-mail address", "ada@example.com")
//		p.Click("Continue")
//		p.Wait("Welcome")
//		p.Accessible()
//		p.Screenshot("welcome")
//	}
//
// A verb waits until what it acts on is there, and until the page that it leads to has loaded; a test needs no sleep. When a
// wait is in vain the test fails with the page's text. A test also fails at its end when a page of its own wrote an error to
// the console, broke its Content Security Policy or opened a dialog, unless it said by [Page.Expect] that it will.
//
// The browser reaches 127.0.0.1 and nobody else. Where it is not installed the tests are skipped, and where CI is set they
// fail, so that nothing passes because it did not run.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// bound is how long anything is waited for.
const bound = 20 * time.Second

// chromium is the one browser of a test binary.
type chromium struct {
	mu   sync.Mutex
	home string // "" until Main made it
	ctx  context.Context
	err  error
	stop func()
}

var shared chromium

// Main runs a package's tests, ends the browser that they used, and removes what it left. It is the whole of TestMain, which
// the package needs.
func Main(m *testing.M) {
	home, err := os.MkdirTemp("", "rollcall-browser.")
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsertest:", err)
		os.Exit(1)
	}
	shared.home = home
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	if err := os.RemoveAll(home); err != nil {
		fmt.Fprintln(os.Stderr, "browsertest: remove what the browser left:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// get returns the browser, started when it is wanted first.
func (c *chromium) get(tb testing.TB) context.Context {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.home == "" {
		tb.Fatal("the package needs func TestMain(m *testing.M) { browsertest.Main(m) }, which ends the browser")
	}
	path := program()
	if path == "" {
		absent(tb, "Chromium is not installed")
	}
	if c.ctx == nil && c.err == nil {
		c.start(path)
	}
	if c.err != nil {
		tb.Fatalf("start %s: %v", path, c.err)
	}
	return c.ctx
}

// start starts the browser. It dies with this process, however that ends: the pipe by which it is driven closes.
func (c *chromium) start(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(c.home, "profile")), chromedp.Env("HOME="+c.home),
		chromedp.NoSandbox, chromedp.DisableGPU, // tests run as root in containers
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	c.stop = func() { cancel(); end() }
	if c.err = chromedp.Do(ctx); c.err == nil {
		c.ctx = ctx
	}
}

// program returns the path of Chromium, or "".
func program() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// absent says that something is not there, and what to do: a failure in CI, a skip elsewhere.
func absent(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatalf("%s, and tests with it have to run in CI; scripts/setup installs it", what)
	}
	tb.Skipf("%s; scripts/setup installs it", what)
}

// Modules returns the folder in which scripts/setup installs npm's packages, after a look whether the one called name is
// there. Without it the test is skipped, or fails where CI is set.
func Modules(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := os.Getwd() // a test's is its package's
	if err != nil {
		tb.Fatal(err)
	}
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "tools", "node", "package.json")); err == nil {
			modules := filepath.Join(up, "tools", "node", "node_modules")
			if _, err := os.Stat(filepath.Join(modules, name, "package.json")); err != nil {
				absent(tb, "npm's package "+name+" is not installed")
			}
			return modules
		}
		if up == filepath.Dir(up) {
			tb.Fatalf("there is no tools/node/package.json above %s", dir)
		}
	}
}
