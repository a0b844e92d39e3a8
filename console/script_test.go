package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/console"
	"rollcall/console/browsertest"
	"rollcall/directory"
	"rollcall/sso"
	"rollcall/store"
)

// traffic is what reaches a site: each request with its method, its path and who has the script ask.
type traffic struct {
	t    *testing.T
	came chan string
}

// watch puts a site behind another address, where it is seen what is asked.
func watch(t *testing.T, s *site) *traffic {
	t.Helper()
	f := &traffic{t, make(chan string, 1000)}
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.came <- strings.TrimSpace(r.Method + " " + r.URL.Path + " " + r.Header.Get("Rollcall-Script"))
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.base = server.URL
	h = s.handler()
	return f
}

// wait waits for a request.
func (f *traffic) wait(want string) {
	f.t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case got := <-f.came:
			if got == want {
				return
			}
		case <-late:
			f.t.Fatalf("nobody asked for %s", want)
		}
	}
}

// C-05: what the reader of a page does counts as use of their session, typing too; what the page asks by itself does not.
func TestWhatCountsAsUseOfASession(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	at, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	signIn := sso.New(sso.Options{DB: s.db, Engine: s.engine, BaseURL: s.base, Now: func() time.Time { return now }})
	h := console.New(console.Options{API: s.api, Session: signIn.Session, BaseURL: s.base, LoginPath: sso.LoginPath, LogoutPath: sso.LogoutPath})
	seen := func() time.Time {
		t.Helper()
		list, err := s.db.Reader(s.tenant).Sessions(t.Context(), store.SessionQuery{Limit: 2})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].SeenAt
	}
	for _, x := range []struct {
		method, path, by string
		counts           bool
	}{
		{http.MethodGet, "/people", "", true},
		{http.MethodGet, "/people?search=ada", "reader", true},
		{http.MethodPost, "/rules/draft/check", "reader", true},
		{http.MethodGet, "/session", "page", false},
		{http.MethodGet, "/session", "reader", false},
		{http.MethodGet, "/runs", "page", false},
		{http.MethodGet, "/session", "", false},
	} {
		now = now.Add(2 * time.Minute)
		before := seen()
		r := httptest.NewRequestWithContext(t.Context(), x.method, x.path, nil)
		r.Header.Set("Rollcall-Script", x.by)
		for _, cookie := range c.http.Jar.Cookies(at) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusUnauthorized || w.Code == http.StatusSeeOther {
			t.Fatalf("%v: nobody is signed in: %d", x, w.Code)
		}
		if moved := seen().After(before); moved != x.counts {
			t.Errorf("%v: counts %v", x, moved)
		}
	}
}

// The script says who acts: the reader who types, or the page that looks by itself.
func TestTheScriptSaysWhoActs(t *testing.T) {
	s := open(t, "", ruled)
	f := watch(t, s)
	s.person("zoe", "Zoe", "Ngo")
	s.client("console_owner").post("/rules/draft", url.Values{}).leads("/rules/draft")
	p := s.browser("console_owner")
	p.Open(s.base + "/people")
	p.Fill("Search by name or e-mail", "nobody at all")
	f.wait("GET /people reader")
	p.Wait("Nobody was found")
	if said := browsertest.Evaluate[string](p, `document.getElementById("said").textContent`); !strings.HasPrefix(said, "Nobody") {
		t.Errorf("screen readers are told %q", said)
	}
	f.wait("GET /session page")
	p.Open(s.base + "/rules/draft/rule")
	p.Fill("When", "userName")
	f.wait("POST /rules/draft/check reader")
	run := store.Run{ID: store.NewID(), Kind: "sync", Status: "reading", Actor: s.actor(), Connection: s.connection("okta"), CreatedAt: time.Now()}
	if err := s.db.Write(t.Context(), s.tenant, func(tx *store.Tx) error { tx.PutRun(run); return nil }); err != nil {
		t.Fatal(err)
	}
	p.Open(s.base + "/runs/" + run.ID)
	f.wait("GET /runs/" + run.ID + " page")
}

// What follows work that goes on leaves the keyboard where it is, and tells screen readers how far it is in few words.
func TestWhatFollowsWorkLeavesTheKeyboardAlone(t *testing.T) {
	s := open(t, "", oktaConnection)
	zoe := s.person("zoe", "Zoe", "Ngo")
	run := store.Run{
		ID: store.NewID(), Kind: "sync", Status: "applying", Actor: directory.Actor{Tenant: s.tenant, Kind: directory.ActorPerson, ID: zoe},
		Connection: s.connection("okta"), CreatedAt: time.Now(), Done: 30, Total: 120,
	}
	put := func() {
		t.Helper()
		if err := s.db.Write(t.Context(), s.tenant, func(tx *store.Tx) error { tx.PutRun(run); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	put()
	p := s.browser("console_owner")
	p.Open(s.base + "/runs/" + run.ID)
	p.Wait("30 of 120")
	for range 60 {
		if _, name := p.Focused(); name == "Zoe Ngo" {
			break
		}
		p.Press("Tab")
	}
	for _, x := range []struct {
		status      string
		done        int64
		shows, said string
	}{{"applying", 61, "61 of 120", "50%"}, {"applied", 120, "done", "done"}} {
		run.Status, run.Done = x.status, x.done
		put()
		p.Wait(x.shows)
		if role, name := p.Focused(); role != "link" || name != "Zoe Ngo" {
			t.Errorf("%s: the keyboard is at %s %q", x.shows, role, name)
		}
		if said := browsertest.Evaluate[string](p, `document.getElementById("said").textContent`); !strings.Contains(said, x.said) {
			t.Errorf("%s: screen readers are told %q", x.shows, said)
		}
	}
	p.Accessible()
}

// A part of a page that is replaced keeps the keyboard, what is scrolled and what is open, also where nothing has an id.
func TestAPartThatIsReplacedStaysAsItWas(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/account")
	p.Wait("What you may do")
	const part = "<section id=probe><details><summary>First</summary>a</details><details><summary>Second</summary>b</details>" +
		"<form><button>Stop</button></form><form><button>Stop</button></form><div class=scroll><svg width=9000 height=9></svg><p>%</p></div></section>"
	browsertest.Evaluate[bool](p, "document.querySelector('main').innerHTML = `"+strings.Replace(part, "%", "old", 1)+"`, true")
	browsertest.Evaluate[bool](p, `(() => {
		document.querySelectorAll("#probe details")[1].open = true;
		document.querySelector("#probe .scroll").scrollLeft = 123;
		document.querySelectorAll("#probe button")[1].focus();
		return true;
	})()`)
	browsertest.Evaluate[bool](p, "replace('probe', `"+strings.Replace(part, "%", "new", 1)+"`), true")
	p.Wait("new")
	if state := browsertest.Evaluate[string](p, `[
		[...document.querySelectorAll("#probe button")].indexOf(document.activeElement), [...document.querySelectorAll("#probe details")].map((d) => d.open), document.querySelector("#probe .scroll").scrollLeft,
	].join()`); state != "1,false,true,123" {
		t.Errorf("the second button, the second box and 123 points: %s", state)
	}
	browsertest.Evaluate[bool](p, "replace('probe', '<section id=probe>Done</section>'), true")
	if at := browsertest.Evaluate[string](p, "document.activeElement.id"); at != "probe" {
		t.Errorf("what had the keyboard is gone, and the keyboard is at %q", at)
	}
}

// A button that is pressed twice sends its form once, and works again for who comes back to the page.
func TestAButtonThatIsPressedTwiceSendsOnce(t *testing.T) {
	s := open(t, "", "")
	f := watch(t, s)
	p := s.browser("console_owner")
	p.Open(s.base + "/statuses/new")
	p.Fill("Keyword", "lunch")
	p.Fill("Name", "Lunch")
	browsertest.Evaluate[bool](p, `(() => {
		const button = document.querySelector("main form .actions button");
		button.click();
		button.click();
		return true;
	})()`)
	f.wait("POST /statuses/new")
	p.Wait(`The status "Lunch" was created.`)
	for len(f.came) > 0 {
		if again := <-f.came; again == "POST /statuses/new" {
			t.Error("the form was sent twice")
		}
	}
	browsertest.Evaluate[bool](p, "history.back(), true")
	p.WaitLocation(s.base + "/statuses/new")
	p.Fill("Keyword", "walk")
	p.Fill("Name", "Walk")
	browsertest.Evaluate[bool](p, `(() => {
		const form = document.querySelector("main form");
		form.dataset.sent = "yes"; // as a page that the browser kept has it
		dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
		return true;
	})()`)
	p.Click("Create")
	p.Wait(`The status "Walk" was created.`)
}

// Screen readers are told that something was copied, each time.
func TestACopyIsSaid(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/settings/tenant")
	said := func() string {
		return browsertest.Evaluate[string](p, `document.querySelector("#said[aria-live=polite]").textContent`)
	}
	if text := said(); text != "" {
		t.Errorf("before: %q", text)
	}
	p.ClickCSS("[data-copy]")
	p.Wait("Copied")
	first := said()
	p.ClickCSS("[data-copy]")
	p.WaitCSS("#said")
	if second := said(); strings.TrimSpace(first) != "Copied" || strings.TrimSpace(second) != "Copied" {
		t.Errorf("%q, then %q", first, second)
	}
	p.Wait("Copy")
	p.Accessible()
}
