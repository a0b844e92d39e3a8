package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// witness is a test that is allowed to fail, and that remembers how.
type witness struct {
	testing.TB

	said    []string
	cleanup []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

func (w *witness) Fatalf(format string, args ...any) { w.Errorf(format, args...); runtime.Goexit() }
func (w *witness) Cleanup(f func())                  { w.cleanup = append(w.cleanup, f) }

// failures runs f as a test of its own, and returns what it failed with.
func failures(t *testing.T, f func(tb testing.TB)) string {
	t.Helper()
	w := &witness{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, c := range slices.Backward(w.cleanup) {
				c()
			}
		}()
		f(w)
	}()
	<-done
	return strings.Join(w.said, "\n")
}

func TestATestFailsWithWhatAPageLogged(t *testing.T) {
	at := site(t, map[string]string{
		"/style":   `<p style="color: red">inline</p>`,
		"/inline":  `<script>document.title = "mine"</script>`,
		"/console": `<script src="/console.js"></script>`, "/console.js": `console.log("fine"); console.error("broken", 7)`,
		"/throws": `<script src="/throws.js"></script>`, "/throws.js": `throw new Error("thrown")`,
		"/lacks":  `<script src="/nowhere/at.png"></script>`,
		"/dialog": `<script src="/dialog.js"></script><p>after it`, "/dialog.js": `setTimeout(() => alert("hello"))`,
		"/fine": `<p>fine`,
	})
	for path, want := range map[string]string{
		"/style": "security: ", "/inline": "security: ", "/console": "console: broken 7", "/throws": "Error: thrown", "/lacks": "network: ", "/dialog": "dialog: alert: hello",
	} {
		visit := func(tb testing.TB) *Page {
			p := Start(tb)
			p.Open(at + path)
			p.until(func() error {
				if len(p.Problems()) == 0 {
					return fmt.Errorf("nothing was logged")
				}
				return nil
			})
			return p
		}
		if got := failures(t, func(tb testing.TB) { visit(tb) }); !strings.Contains(got, want) {
			t.Errorf("%s: the test fails with %q, want %q", path, got, want)
		}
		if got := failures(t, func(tb testing.TB) { visit(tb).Expect(strings.Fields(want)[0]) }); got != "" {
			t.Errorf("%s: the test fails although it expected that: %s", path, got)
		}
	}
	// A page that is not there is a page; what was expected has to come.
	if got := failures(t, func(tb testing.TB) {
		p := Start(tb)
		p.Open(at + "/nowhere")
		p.Wait("nothing here")
		p.Open(at + "/fine")
	}); got != "" {
		t.Errorf("the test fails with %q", got)
	}
	if got := failures(t, func(tb testing.TB) { p := Start(tb); p.Open(at + "/fine"); p.Expect("security") }); !strings.Contains(got, `no page logged an error with "security"`) {
		t.Errorf("the test fails with %q", got)
	}
}

func TestATestFailsWithWhatThePageShows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pictures")
	t.Setenv(Screenshots, dir)
	at := site(t, map[string]string{"/": form})
	got := failures(t, func(tb testing.TB) { p := Start(tb); p.Open(at); p.Click("Edit") })
	for _, want := range []string{"several", "The page is " + at, "ada", filepath.Join(dir, "failed-"+t.Name()+".png")} {
		if !strings.Contains(got, want) {
			t.Errorf("the failure does not say %q:\n%s", want, got)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "failed-"+t.Name()+".png")); err != nil {
		t.Error(err)
	}
	p := Start(t)
	p.Open(at)
	for what, err := range map[string]error{
		`called "Remove"; there are: button "Show date picker`: second(p.one("Remove", "button", "link")),
		`button "Delete" is disabled`:                          second(p.one("Delete", "button")),
		`there are 2 elements tr with the text ""`:             second(p.part("tr", "")),
		"there are 0 elements tr":                              second(p.part("tr", "grace")),
		"not a valid selector":                                 second(p.part("!", "")),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want %q", err, what)
		}
	}
	if got := failures(t, func(tb testing.TB) { p := Start(tb); p.Open(at); p.Press("Hyper") }); !strings.Contains(got, `no key is called "Hyper"`) {
		t.Error(got)
	}
	if got := failures(t, func(tb testing.TB) { Start(tb).Open("http://127.0.0.1:1/") }); !strings.Contains(got, "ERR_") {
		t.Error(got)
	}
	if got := failures(t, func(tb testing.TB) { Start(tb).Open("http://example.com/") }); !strings.Contains(got, "ERR_NAME_NOT_RESOLVED") {
		t.Error(got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestWhatIsNotAccessibleIsFound(t *testing.T) {
	at := site(t, map[string]string{"/bad": `<form><input name="q"></form><p><img src="/x.svg">`, "/": form})
	got := failures(t, func(tb testing.TB) {
		p := Start(tb)
		p.Open(at + "/bad")
		p.Expect("security") // the image
		p.Accessible()
	})
	for _, want := range []string{"breaks label (critical)", `<input name="q">`, "image-alt"} {
		if !strings.Contains(got, want) {
			t.Errorf("the failure does not say %q:\n%s", want, got)
		}
	}
	for _, on := range []bool{true, false} {
		p := Start(t)
		p.JavaScript(on)
		p.Open(at)
		p.Accessible()
	}
}

func TestThePersonIsAnybody(t *testing.T) {
	at := site(t, map[string]string{
		"/": form, "/about": `<p>AGENT</p><script src="/about.js"></script>`,
		"/about.js": `document.write('<p>' + [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('(prefers-reduced-motion)').matches, ` +
			`Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.language].join(' ') + '</p>'); document.cookie = 'seen=1; SameSite=Strict'`,
	})
	p := Start(t)
	p.Viewport(320, 640)
	p.Prefer("dark")
	p.Feature("prefers-reduced-motion", "reduce")
	p.Language("de-CH,de;q=0.9")
	p.Zone("Asia/Kolkata")
	p.Open(at + "/about")
	p.Wait("320 true true Asia/Calcutta de-CH")
	p.Wait("de-CH,de;q=0.9")
	if c := p.Cookies(); len(c) != 1 || c[0].Name != "seen" || c[0].Value != "1" || c[0].HttpOnly {
		t.Errorf("cookies %v", c)
	}
	other := Start(t)
	other.Open(at)
	if c := other.Cookies(); len(c) != 0 {
		t.Errorf("another person's browser has the cookies %v", c)
	}
	tab := p.Tab()
	tab.Open(at)
	if c := tab.Cookies(); len(c) != 1 {
		t.Errorf("another tab has the cookies %v", c)
	}
	p.Forget()
	if c := p.Cookies(); len(c) != 0 {
		t.Errorf("cookies %v are left", c)
	}
	p.JavaScript(false)
	p.Open(at + "/about")
	if p.Shows("Asia") {
		t.Error("a script ran")
	}
}

func TestTheKeyboardIsEnough(t *testing.T) {
	at := site(t, map[string]string{"/": form, "/said": "<p>said: FORM</p>"})
	p := Start(t)
	p.Open(at)
	if role, name := p.Focused(); role != "RootWebArea" || name != "Test" {
		t.Errorf("%s %q has the keyboard at first", role, name)
	}
	p.Press("Tab", "Control+a", "G", "o", "Tab", "Shift+Tab")
	if role, name := p.Focused(); role != "textbox" || name != "Name" || p.Value("Name") != "Go" {
		t.Errorf("%s %q has the keyboard, and the name is %q", role, name, p.Value("Name"))
	}
	p.In("form", "").ClickCSS("input[type=checkbox]")
	p.Press("Tab")
	if role, name := p.Focused(); role != "button" || name != "Save" {
		t.Errorf("%s %q has the keyboard", role, name)
	}
	p.Press("Enter")
	p.Wait("said: Go viewer yes")
	if got := p.Names("heading"); !slices.Equal(got, []string{"Test"}) {
		t.Errorf("headings %v", got)
	}
}
