package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/console/browsertest"
	"rollcall/directory"
	"rollcall/store"
)

// clientOf is a client of somebody who signed in at the console.
func (s *site) clientOf(person string) *client {
	s.t.Helper()
	c := s.client("console_viewer")
	at, err := url.Parse(s.base)
	if err != nil {
		s.t.Fatal(err)
	}
	c.http.Jar.SetCookies(at, []*http.Cookie{{Name: "rollcall", Value: s.sessionOf(person), Path: "/"}})
	return c
}

// sessionOf begins a session of somebody, as a sign-in does, and returns its bearer value.
func (s *site) sessionOf(person string) string {
	s.t.Helper()
	b := directory.NewBearer(directory.SessionPrefix, s.tenant, store.NewShortID())
	err := s.db.Write(s.t.Context(), s.tenant, func(tx *store.Tx) error {
		tx.InsertSession(directory.Session{ID: b.ID, Tenant: s.tenant, Person: person, CreatedAt: tx.Now(), SeenAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour)}, b.Hash())
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

// browserOf is a real browser in which somebody is signed in.
func (s *site) browserOf(person string) *browsertest.Page {
	s.t.Helper()
	p := browsertest.Start(s.t)
	p.Feature("prefers-reduced-motion", "reduce")
	p.Open(s.base + "/login")
	browsertest.Evaluate[string](p, `document.cookie = "rollcall=`+s.sessionOf(person)+`; path=/"`)
	return p
}

// ended waits for a run of the site to end, and returns it.
func (s *site) ended(id string) store.Run {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // between looks at a condition
		r, err := s.db.Reader(s.tenant).Run(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if r.Status != "reading" && r.Status != "applying" {
			return r
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the run %s is still %s", id, r.Status)
		}
	}
}

// syncs has the connection headquarters read by a client, and returns the run once it has ended.
func (s *site) syncs(c *client) store.Run {
	s.t.Helper()
	to := c.post("/connections/"+s.connection("headquarters")+"/sync", url.Values{}).want(http.StatusSeeOther).header.Get("Location")
	return s.ended(strings.TrimPrefix(to, "/runs/"))
}

// Half of a directory is gone: the guard holds the plan. Who asked may not approve it where a second person has to; somebody
// else who is signed in does, and leaves one person out; it is undone.
func TestAHeldPlanIsApprovedByASecondPerson(t *testing.T) {
	server, form := headquarters(t, 14)
	s := open(t, "", "settings: {approvals: second_person}\n")
	ada, bob := s.person("ada", "Ada", "Ruiz", "role", "administrator"), s.person("bob", "Bob", "Soto", "role", "administrator")
	c := s.clientOf(ada)
	c.post("/connections/new", form).want(http.StatusSeeOther)
	if r := s.syncs(c); r.Status != "applied" {
		t.Fatalf("%+v", r)
	}
	for i := range 7 {
		server.Delete("uid=crew0" + string(rune('0'+i)) + "," + server.People)
	}
	held := s.syncs(c)
	if held.Status != "held" {
		t.Fatalf("%+v", held)
	}
	at := "/runs/" + held.ID
	c.get("/runs").want(200).says("Waiting for approval", at, "Ada Ruiz")
	c.get("/connections").want(200).says("Waits for approval")
	c.get(at, "Accept-Language", "es").want(200).says("Una protección retiene este plan", "espera aprobación")
	c.post(at+"/approve", url.Values{}).want(http.StatusForbidden).says("This is refused", "asked for this", `role="alert"`)
	c.post(at+"/approve", url.Values{"second_key": {"rck_nonsense"}}).want(http.StatusForbidden).hides("rck_nonsense")
	s.client("console_viewer").get(at).want(200).says("crew00", "Somebody with the permission console.plans.approve").hides("Approve and do it")
	s.client("console_viewer").post(at+"/approve", url.Values{}).want(http.StatusForbidden).says("console.plans.approve")
	s.client("console_viewer").post(at+"/discard", url.Values{}).want(http.StatusForbidden)

	p := s.browserOf(bob)
	p.Open(s.base + "/runs")
	p.Wait("Waiting for approval")
	p.Accessible()
	p.Screenshot("runs-waiting")
	p.Open(s.base + at)
	p.Wait("A guard holds this plan")
	p.Accessible()
	p.Screenshot("runs-held")
	p.Check("Leave out crew03", true)
	p.Fill("Leave out as well", "nobody")
	p.Click("Approve and do it")
	p.Wait("nobody")
	p.Wait("Something is not right yet")
	if !p.Checked("Leave out crew03") {
		t.Error("what was ticked is not kept")
	}
	p.Accessible()
	p.Fill("Leave out as well", "crew04")
	p.Click("Approve and do it")
	p.Wait("The plan was approved and is being done.")
	if r := s.ended(held.ID); r.Status != "applied" || r.ApprovedBy != "person:"+bob {
		t.Errorf("%+v", r)
	}
	p.Reload()
	p.Wait("Bob Soto")
	p.Accessible()
	p.Screenshot("runs-approved")
	gone := s.client("console_owner").get("/people?state=suspended").want(200)
	gone.says("crew00").hides("crew03", "crew04")
	s.client("console_owner").post(at+"/approve", url.Values{}).want(http.StatusConflict)

	p.Click("Undo this run")
	p.Wait("What undoing would change")
	p.Wait("crew00")
	p.Accessible()
	p.Screenshot("runs-undo")
	p.Click("Undo it now")
	p.Wait("It was undone.")
	p.Wait("Undoes")
	p.Accessible()
	s.client("console_owner").get("/people?state=active").want(200).says("crew00")
}

// A held plan is refused after a confirmation, and nothing of it is done.
func TestAHeldPlanIsRefused(t *testing.T) {
	server, form := headquarters(t, 14)
	s := open(t, "", "")
	c := s.client("console_owner")
	c.post("/connections/new", form).want(http.StatusSeeOther)
	s.syncs(c)
	for i := range 7 {
		server.Delete("uid=crew0" + string(rune('0'+i)) + "," + server.People)
	}
	held := s.syncs(c)
	p := s.browser("console_owner")
	p.Open(s.base + "/runs/" + held.ID)
	p.Click("Refuse the plan")
	p.Wait("Refuse this plan?")
	p.Accessible()
	p.Screenshot("runs-refuse")
	p.Click("Refuse the plan")
	p.Wait("The plan was refused.")
	p.Wait("refused")
	p.Accessible()
	c.get("/people?state=active").want(200).says("crew00")
	c.post("/runs/"+held.ID+"/discard", url.Values{"confirm": {"on"}}).want(http.StatusConflict)

	// What the connection did in a time is undone as a plan, too.
	p.Open(s.base + "/runs/undo?connection=" + s.connection("headquarters"))
	p.Accessible()
	p.Screenshot("runs-undo-window")
	at := s.connection("headquarters")
	zone := "2006-01-02T15:04"
	c.post("/runs/undo", url.Values{"connection": {at}}).want(http.StatusUnprocessableEntity).says("This has to be filled in.")
	c.post("/runs/undo", url.Values{"connection": {at}, "since": {"yesterday"}}).want(http.StatusUnprocessableEntity).says("Write a date and a time.", `value="yesterday"`)
	c.post("/runs/undo", url.Values{"connection": {"none"}, "since": {"2026-01-01T00:00"}}).want(http.StatusNotFound)
	since := url.Values{"connection": {at}, "since": {time.Now().UTC().Add(-time.Hour).Format(zone)}}
	c.post("/runs/undo", since).want(200).says("What undoing would change", "crew00")
	c.get("/people?state=active").want(200).says("crew00")
}

// Runs are found by kind, state and connection; what is odd in an address is told, and never fails.
func TestRunsAreFoundInTheConsole(t *testing.T) {
	_, form := headquarters(t, 3)
	s := open(t, "", oktaConnection)
	c := s.client("console_owner")
	empty := s.client("console_owner").get("/runs?kind=sync").want(200)
	empty.says("No runs here")
	c.post("/connections/new", form).want(http.StatusSeeOther)
	run := s.syncs(c)
	at := "/runs/" + run.ID
	c.get("/runs?kind=sync&status=applied&connection="+s.connection("headquarters")).want(200).says(at, "ann@example.com at the command line")
	c.get("/runs?status=held").want(200).says("No runs here").hides(at)
	c.get("/runs?connection=" + s.connection("okta")).want(200).hides(at)
	c.get("/runs?connection=none").want(http.StatusNotFound).says(`role="alert"`)
	c.get("/runs?kind=none").want(200).says("No runs here")
	c.get(at).want(200).says("crew02", "people created")
	c.get(at + "?cursor=nonsense").want(http.StatusUnprocessableEntity)
	c.get("/runs/none").want(http.StatusNotFound)
	for _, path := range []string{"/runs/none/approve", "/runs/none/discard"} {
		c.post(path, url.Values{}).want(http.StatusNotFound)
	}
	c.post(at+"/approve", url.Values{}).want(http.StatusConflict).says("does not wait for approval")
	c.post("/runs/undo", url.Values{"run": {"none"}}).want(http.StatusNotFound)
	c.post("/runs/undo", url.Values{}).want(http.StatusUnprocessableEntity)
	p := s.browser("console_owner")
	p.Open(s.base + "/runs")
	p.Accessible()
	p.Screenshot("runs")
	p.Select("State", "waits for approval")
	p.Wait("No runs here") // it follows without a button
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Accessible()
}

// A directory that does not answer fails its run, which says what to do; nobody loses anything.
func TestARunThatFailsSaysWhy(t *testing.T) {
	server, form := headquarters(t, 3)
	s := open(t, "", "")
	c := s.client("console_owner")
	c.post("/connections/new", form).want(http.StatusSeeOther)
	s.syncs(c)
	server.Stop()
	run := s.syncs(c)
	c.get("/runs/"+run.ID).want(200).says("failed", "Look at this")
	at := "/connections/" + s.connection("headquarters")
	c.get(at).want(200).says("Failing", "What went wrong last")
	c.post(at+"/plan", url.Values{}).want(200).says("The directory could not be read")
	c.post(at+"/test", url.Values{}).want(200).says("It does not work yet.")
	c.get("/connections").want(200).says("Failing", "1 reading in a row was not complete")
	c.get("/people?state=active").want(200).says("crew00")
}

// A run that goes on shows how far it is, and its page follows it to its end by itself.
func TestARunIsFollowedToItsEnd(t *testing.T) {
	s := open(t, "", oktaConnection)
	run := store.Run{ID: store.NewID(), Kind: "sync", Status: "reading", Actor: s.actor(), Connection: s.connection("okta"), CreatedAt: time.Now(), Completeness: directory.Partial}
	put := func() {
		t.Helper()
		if err := s.db.Write(t.Context(), s.tenant, func(tx *store.Tx) error { tx.PutRun(run); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	run.Done = 120
	put()
	p := s.browser("console_viewer")
	p.Open(s.base + "/runs/" + run.ID)
	p.Wait("120 so far")
	p.WaitCSS("#run progress:not([value])")
	p.Accessible()
	p.Screenshot("runs-progress")
	run.Status, run.Done, run.Total = "applying", 30, 120
	put()
	p.Wait("30 of 120")
	p.WaitCSS(`#run progress[value="30"][max="120"]`)
	p.Accessible()
	s.client("console_viewer").get("/connections/"+s.connection("okta")).want(200).says(`data-live`, "30 of 120")
	run.Status, run.Done, run.FinishedAt = "applied", 120, time.Now()
	put()
	p.WaitGone("30 of 120")
	p.WaitCSS("#run:not([data-live])")
	p.Accessible()
}
