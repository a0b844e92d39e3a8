package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

var changePattern = regexp.MustCompile(`name="change" value="([^"]+)"`)

// moved publishes a change of the configuration that touches nobody.
func (c *client) moved(key string) {
	c.s.t.Helper()
	c.post("/statuses/new", url.Values{"key": {key}, "name": {key}, "active": {"on"}}).leads("/statuses")
}

// version is that of the configuration that a page's plan was made of.
func (r reply) version() string {
	r.t.Helper()
	v := plannedOn.FindStringSubmatch(r.body)
	if v == nil {
		r.t.Fatalf("the plan does not say on what it was made: %s", r.body)
	}
	return v[1]
}

// keyOf makes an API key of somebody whom the command line names.
func (s *site) keyOf(owner, role string) string {
	s.t.Helper()
	k, err := s.admin.CreateAPIKey(s.t.Context(), operator, admin.NewAPIKey{Tenant: "acme", Name: owner, Role: role, Owner: owner})
	if err != nil {
		s.t.Fatal(err)
	}
	return k.Key
}

func (s *site) wantState(person string, want directory.State) {
	s.t.Helper()
	if v, err := s.engine.View(s.t.Context(), s.tenant, person); err != nil || v.State != want {
		s.t.Fatalf("%s (%v), want %s", v.State, err, want)
	}
}

// DECISIONS 15: an edit of many people and an undo are done as the plan says that was read. Where the configuration has moved
// since, nothing is done, what would happen by now is shown, and an approval counts no more: it was for the other plan.
func TestWhatWasReadIsEditedAndUndone(t *testing.T) {
	s := open(t, "", "")
	ana := s.person("ana", "Ana", "Prado", "role", "agent")
	c, other := s.client("console_owner"), s.client("console_owner")
	// twice confirms a plan after the configuration has moved, and then the one that is shown instead.
	twice := func(key, path string, form url.Values, before, after directory.State, says string) (to string) {
		t.Helper()
		confirmation := maps.Clone(form)
		first := c.post(path, form).want(http.StatusOK).says(`name="confirm"`, says, "Nothing is done yet").version()
		other.moved(key)
		confirmation.Set("confirm", "on")
		confirmation.Set("approve", "on")
		confirmation.Set("second_key", "rck_nonsense")
		confirmation.Set("plan_version", first)
		c.post(path, confirmation).want(http.StatusForbidden).says(says).hides("rck_nonsense")
		confirmation.Del("second_key")
		again := c.post(path, confirmation).want(http.StatusPreconditionFailed).
			says("It has changed since you read it", "the configuration has changed since you read the plan", `name="confirm"`, says).hides("checked", "Nothing is done yet")
		c.post(path, confirmation, "Accept-Language", "es").want(http.StatusPreconditionFailed).says("la configuración ha cambiado desde que leyó el plan")
		c.post(path, confirmation, "Accept-Language", "pt-BR").want(http.StatusPreconditionFailed).says("a configuração mudou desde que você leu o plano")
		s.wantState(ana, before)
		confirmation.Del("approve")
		for _, odd := range []string{"x", "-1", "99999999999999999999"} {
			confirmation.Set("plan_version", odd)
			c.post(path, confirmation).want(http.StatusUnprocessableEntity).says(says)
		}
		s.wantState(ana, before)
		now := again.version()
		if now == first {
			t.Fatalf("the new plan is of version %s, as the one before", now)
		}
		confirmation.Set("plan_version", now)
		to = c.post(path, confirmation).want(http.StatusSeeOther).header.Get("Location")
		s.wantState(ana, after)
		return to
	}
	twice("one", "/people/bulk", url.Values{"do": {"suspend"}, "person": {ana}}, directory.Active, directory.Suspended, "ana")
	runs, err := s.db.Reader(s.tenant).Runs(t.Context(), store.RunFilter{Kind: "bulk"}, "", 10)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%+v %v", runs, err)
	}
	to := twice("two", "/runs/undo", url.Values{"run": {runs[0].ID}}, directory.Suspended, directory.Active, "ana")
	c.get(to).want(http.StatusOK).says("It was undone.")
	c.post("/runs/undo", url.Values{"run": {runs[0].ID}}).want(http.StatusOK).says("There is nothing left to undo").hides("Undo it now")
	c.post("/runs/undo", url.Values{"run": {runs[0].ID}, "confirm": {"on"}}).want(http.StatusOK).says("There is nothing left to undo")

	// So it is with one change in somebody's history.
	path := "/people/" + ana
	if _, err := s.engine.Suspend(t.Context(), s.actor(), ana, provision.PersonOptions{Reason: "audit"}); err != nil {
		t.Fatal(err)
	}
	s.sequence()
	change := changePattern.FindStringSubmatch(c.get(path + "/history").want(http.StatusOK).body)
	if change == nil {
		t.Fatal("no change is offered to be undone")
	}
	if to := twice("three", path+"/history/undo", url.Values{"change": {change[1]}}, directory.Suspended, directory.Active, "ana"); to != path+"/history" {
		t.Errorf("leads to %s", to)
	}
	c.post(path+"/history/undo", url.Values{"change": {change[1]}, "confirm": {"on"}}).want(http.StatusOK).says("There is nothing to undo")
}

// An undo that takes much from many is held: it is done by whoever approves it, and not offered to anybody else. Where the
// tenant asks for a second person, it is done with their key.
func TestAnUndoThatAGuardHolds(t *testing.T) {
	s := open(t, "", `settings: {guard.count: 2, guard.percent: 1, approvals: second_person}
roles:
  - {key: undoes, name: Undoes, permissions: [console.runs.undo, console.runs.read, users.view, users.role.assign, users.reactivate, users.deactivate, console.holds.manage]}
`)
	s.person("boss", "Bo", "Roth", "role", "administrator")
	give := url.Values{"do": {"edit"}, "chosen": {"on"}, "add_role": {"agent"}, "confirm": {"on"}}
	for i := range 8 {
		give.Add("person", s.person(numbered(i), "Person", numbered(i)))
	}
	c := s.client("console_owner")
	c.post("/people/bulk", give).leads("/people")
	runs, err := s.db.Reader(s.tenant).Runs(t.Context(), store.RunFilter{Kind: "bulk"}, "", 10)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%+v %v", runs, err)
	}
	form := url.Values{"run": {runs[0].ID}}
	agents := func() (n int) {
		t.Helper()
		for _, id := range give["person"] {
			v, err := s.engine.View(t.Context(), s.tenant, id)
			if err != nil {
				t.Fatal(err)
			}
			n += len(v.Roles)
		}
		return n
	}
	undoes := s.client("undoes")
	undoes.post("/runs/undo", form).want(http.StatusOK).says("A guard holds this plan", "Somebody with the permission console.plans.approve").hides("Undo it now", `name="approve"`)
	c.post("/runs/undo", form).want(http.StatusOK).says("A guard holds this plan", `name="approve"`, "Undo it now")
	form.Set("confirm", "on")
	undoes.post("/runs/undo", form).want(http.StatusConflict).says("A guard holds this plan", numbered(0))
	c.post("/runs/undo", form).want(http.StatusConflict).says("A guard holds this plan", numbered(0), `name="approve"`)
	form.Set("approve", "on")
	undoes.post("/runs/undo", form).want(http.StatusForbidden)
	c.post("/runs/undo", form).want(http.StatusForbidden).says("second person", "A guard holds this plan", numbered(0))
	form.Set("second_key", "rck_nonsense")
	c.post("/runs/undo", form).want(http.StatusForbidden).hides("rck_nonsense")
	if n := agents(); n != 8 {
		t.Fatalf("%d of 8 have their role after what was refused", n)
	}

	p := s.browser("console_owner")
	p.Open(s.base + "/runs/" + runs[0].ID)
	p.Click("Undo this run")
	p.Wait("A guard holds this plan")
	p.Accessible()
	p.Screenshot("runs-undo-held")
	p.Click("Undo it now")
	p.Wait("A guard holds this plan")
	p.Accessible()
	p.Check("I have read the plan and approve it", true)
	p.Fill("API key of a second person", s.keyOf("approver", "administrator"))
	p.Click("Undo it now")
	p.Wait("It was undone.")
	p.Accessible()
	if n := agents(); n != 0 {
		t.Errorf("%d still have the role", n)
	}
}
