package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rollcall/store"
)

// Rows 003-16 … 003-20: users are ticked, a user group is added to all of them and others are kept, and many are deleted;
// nothing happens before it is confirmed, and the run that did it is led to.
func TestRow003_17To20ManyPeopleAreEdited(t *testing.T) {
	t.Log("rows 003-16, 003-17, 003-19, 003-20")
	s := open(t, "call-centre", "")
	ids := []string{s.person("ana", "Ana", "Prado", "role", "operator"), s.person("bea", "Bea", "Ruiz", "role", "operator"), s.person("cy", "Cy", "Soto", "role", "operator")}
	p := s.browser("console_owner")
	p.Open(s.base + "/people")
	p.Check("Choose Ana Prado, ID 1", true)
	p.Check("Choose Bea Ruiz, ID 2", true)
	p.Wait("2 chosen")
	p.Screenshot("people-chosen")
	p.Click("Bulk edit users")
	p.Wait("What 2 users get or lose.")
	p.Accessible()
	p.Screenshot("people-bulk-edit")
	p.Click("Continue")
	p.Wait("Choose at least one thing")
	p.Accessible()
	p.Select("Add role or user group", "Interface users")
	p.Click("Continue")
	p.Wait("Nothing is done yet.")
	p.Accessible()
	p.Screenshot("people-bulk-plan")
	for _, text := range []string{"ana", "bea", "Interface users"} {
		if !p.Shows(text) {
			t.Errorf("the plan does not name %q: %s", text, p.Text())
		}
	}
	if got := s.rolesOf(ids[0]); !slices.Equal(got, []string{"operator"}) {
		t.Fatalf("before it is confirmed: %q", got)
	}
	p.Fill("Reason", "season")
	p.Click("Change 2 users")
	p.Wait("2 users were changed.")
	p.Screenshot("people-bulk-done")
	for i, want := range [][]string{{"interface_user", "operator"}, {"interface_user", "operator"}, {"operator"}} {
		if got := s.rolesOf(ids[i]); !slices.Equal(got, want) {
			t.Errorf("%d has %q, want %q", i, got, want)
		}
	}
	run := s.lastRun()
	if run.Kind != "bulk" || run.Status != "applied" || !strings.Contains(p.HTML(), `href="/runs/`+run.ID+`"`) {
		t.Errorf("%+v is not led to", run)
	}
	// Deleting asks first.
	p.Check("Choose all on this page", true)
	p.Wait("3 chosen")
	p.Check("Choose Cy Soto, ID 3", false)
	p.Wait("2 chosen")
	p.Click("Bulk delete users")
	p.Wait("Delete users: the plan")
	p.Accessible()
	p.Screenshot("people-bulk-delete")
	p.Click("Cancel")
	p.Wait("3 users")
	p.Check("Choose Ana Prado, ID 1", true)
	p.Click("Bulk delete users")
	p.Click("Delete 1 user")
	p.Wait("1 user was changed.")
	p.WaitGone("Ana Prado")
}

func (s *site) rolesOf(id string) (out []string) {
	s.t.Helper()
	v, err := s.engine.View(s.t.Context(), s.tenant, id)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range v.Roles {
		out = append(out, r.Key)
	}
	slices.Sort(out)
	return out
}

func (s *site) lastRun() store.Run {
	s.t.Helper()
	runs, err := s.db.Reader(s.tenant).Runs(s.t.Context(), store.RunFilter{}, "", 1)
	if err != nil || len(runs) == 0 {
		s.t.Fatal(err, runs)
	}
	return runs[0]
}

// Everybody whom a search finds is edited at once, also those of other pages; whoever cannot be changed is told.
func TestEverybodyWhomASearchFindsIsEdited(t *testing.T) {
	s := open(t, "conversations-basic", "settings: {guard.count: 1000, guard.percent: 100}\nagent_groups: [Support, Billing]\n")
	var ids []string
	for i := range 52 {
		ids = append(ids, s.person(numbered(i), "Person", numbered(i), "role", "agent", "agent_group", "Billing"))
	}
	boss := s.person("boss", "Bo", "Roth", "role", "administrator")
	c := s.client("console_owner")
	c.get("/people?role=agent").says("All 52 users whom this search finds", `name="filter" value="role=agent"`)
	support := s.groupID("Support")
	edit := url.Values{"everybody": {"on"}, "filter": {"role=agent"}, "do": {"edit"}, "chosen": {"on"}, "add_group": {support}, "return": {"/people?role=agent"}}
	plan := c.post("/people/bulk", edit).want(http.StatusOK).says("Nothing is done yet.", "Support", "Change 52 users").hides("boss")
	if v, err := s.engine.View(t.Context(), s.tenant, ids[51]); err != nil || len(v.AgentGroups) != 1 {
		t.Fatal(err, v.AgentGroups)
	}
	people := between(t, plan.body, `name="people" value="`, `"`)
	confirm := url.Values{"people": {people}, "do": {"edit"}, "chosen": {"on"}, "add_group": {support}, "confirm": {"on"}, "return": {"/people?role=agent"}}
	c.post("/people/bulk", confirm).leads("/people?role=agent")
	c.get("/people?role=agent", "Accept-Language", "es").says("Se cambiaron 52 usuarios.", "/runs/"+s.lastRun().ID)
	for _, id := range []string{ids[0], ids[51]} {
		if v, err := s.engine.View(t.Context(), s.tenant, id); err != nil || len(v.AgentGroups) != 2 {
			t.Error(err, v.AgentGroups)
		}
	}
	// Once more there is nothing to do.
	c.post("/people/bulk", edit).want(http.StatusOK).says("Nothing changes").hides("Change 52 users")
	// Who would be the last administrator is not taken away, and an id that nobody has is told.
	c.post("/people/bulk", url.Values{"person": {boss}, "do": {"edit"}, "chosen": {"on"}, "remove_role": {"administrator"}}).want(http.StatusConflict).says(`role="alert"`, "Add role or user group")
	if got := s.rolesOf(boss); !slices.Equal(got, []string{"administrator"}) {
		t.Errorf("%q", got)
	}
	c.post("/people/bulk", url.Values{"person": {ids[0], "nobody"}, "do": {"suspend"}}).want(http.StatusOK).says("1 user is left as they are", "there is nobody with this id", "Inactivate 1 user")
	c.post("/people/bulk", url.Values{"person": {ids[0], "nobody"}, "do": {"suspend"}, "confirm": {"on"}}).leads("/people")
	c.get("/people", "Accept-Language", "pt-BR").says("1 usuário foi alterado; ficam como estavam: 1.")
	c.post("/people/bulk", url.Values{"person": {ids[0]}, "do": {"resume"}, "confirm": {"on"}, "return": {"//example.com"}}).leads("/people")
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, text, found := strings.Cut(text, before)
	text, _, ended := strings.Cut(text, after)
	if !found || !ended {
		t.Fatalf("no %q in the page", before)
	}
	return text
}

func (s *site) groupID(name string) string {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, g := range c.AgentGroups {
		if g.Name == name {
			return g.ID
		}
	}
	s.t.Fatalf("there is no group %s", name)
	return ""
}

// What is wrong about an edit is told, and nothing happens.
func TestEditsOfManyThatAreWrong(t *testing.T) {
	s := open(t, "conversations-basic", "")
	ana := s.person("ana", "Ana", "Prado", "role", "agent")
	s.person("boss", "Bo", "Roth", "role", "administrator")
	c := s.client("console_owner")
	for name, x := range map[string]struct {
		form   url.Values
		status int
		want   string
	}{
		"nobody":           {url.Values{"do": {"delete"}}, 422, "Nobody is chosen"},
		"no verb":          {url.Values{"person": {ana}}, 422, "It is not said what to do"},
		"another verb":     {url.Values{"person": {ana}, "do": {"promote"}}, 422, "It is not said what to do"},
		"too many":         {url.Values{"people": {strings.Repeat("x ", 10_001)}, "do": {"delete"}}, 422, "10,000"},
		"no such role":     {url.Values{"person": {ana}, "do": {"edit"}, "chosen": {"on"}, "add_role": {"king"}}, 200, "1 user is left as they are"},
		"no edit":          {url.Values{"person": {ana}, "do": {"edit"}, "chosen": {"on"}}, 422, "Choose at least one thing"},
		"a filter broken":  {url.Values{"everybody": {"on"}, "filter": {"%zz"}, "do": {"delete"}}, 400, "cannot be read"},
		"a filter unknown": {url.Values{"everybody": {"on"}, "filter": {"role=king"}, "do": {"delete"}}, 404, "king"},
		"a reason":         {url.Values{"person": {ana}, "do": {"suspend"}, "reason": {strings.Repeat("x", 501)}}, 422, `role="alert"`},
	} {
		r := c.post("/people/bulk", x.form)
		if r.status != x.status {
			t.Errorf("%s: status %d, want %d: %s", name, r.status, x.status, r.body)
		}
		r.says(x.want)
	}
	c.get("/people/bulk").leads("/people")
	if v, err := s.engine.View(t.Context(), s.tenant, ana); err != nil || v.State != "active" || len(v.Roles) != 1 {
		t.Errorf("%v %+v", err, v)
	}
}

// What takes much from many is held: it is done by whoever approves it, and by nobody else.
func TestEditsOfManyThatAGuardHolds(t *testing.T) {
	s := open(t, "conversations-basic", "settings: {guard.count: 2, guard.percent: 1}\n")
	s.person("boss", "Bo", "Roth", "role", "administrator")
	form := url.Values{"do": {"suspend"}}
	for i := range 8 {
		form.Add("person", s.person(numbered(i), "Person", numbered(i), "role", "agent"))
	}
	c := s.client("console_owner")
	c.post("/people/bulk", form).want(http.StatusOK).says("A guard holds this plan", `name="approve"`, "Inactivate 8 users")
	form.Set("confirm", "on")
	c.post("/people/bulk", form).want(http.StatusConflict).says("A guard holds this plan", `name="approve"`)
	if v, err := s.engine.View(t.Context(), s.tenant, form["person"][7]); err != nil || v.State != "active" {
		t.Fatalf("%v %s", err, v.State)
	}
	form.Set("approve", "on")
	form.Set("second_key", "rck_nonsense")
	if r := c.post("/people/bulk", form); r.status < 400 || r.status > 499 {
		t.Errorf("with an odd key: %d", r.status)
	}
	form.Del("second_key")
	c.post("/people/bulk", form).leads("/people")
	c.get("/people").says("8 users were changed.")
	c.get("/people?state=suspended").says("8 users")
}
