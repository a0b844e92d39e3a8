package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"testing"
)

var onceValue = regexp.MustCompile(`name="once" value="([A-Z2-7]+)"`)

// onceOn is what makes the first form of a page that has it count once.
func onceOn(t *testing.T, page string) string {
	t.Helper()
	x := onceValue.FindStringSubmatch(page)
	if x == nil {
		t.Fatalf("no form counts once on %s", page)
	}
	return x[1]
}

// told is what an answer to a form says: where it leads, or the secret that it shows.
func told(r reply) string {
	return r.header.Get("Location") + apiSecret.FindString(r.body)
}

var apiSecret = regexp.MustCompile(`id="made-secret">[^<]+`)

// A double click does what one click does, and shows it: at once, one after another, and on both databases.
func TestAFormThatIsSentTwiceCountsOnce(t *testing.T) {
	each(t, "", "connections: [{name: okta, kind: scim}]\n", func(t *testing.T, s *site) {
		c := s.client("console_owner")
		count := func(what string) int {
			t.Helper()
			config, err := s.db.Reader(s.tenant).Configuration(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			switch what {
			case "status":
				return len(config.Statuses)
			case "group":
				return len(config.AgentGroups)
			case "person":
				people := map[string]bool{}
				for _, x := range regexp.MustCompile(`href="/people/[0-9a-f-]{36}`).FindAllString(c.get("/people").want(http.StatusOK).body, -1) {
					people[x] = true
				}
				return len(people)
			case "token":
				return len(regexp.MustCompile(`action="/tokens/[^"]+/revoke"`).FindAllString(c.get("/connections/okta").want(http.StatusOK).body, -1))
			}
			return len(regexp.MustCompile(`action="/api-keys/[^"]+/revoke"`).FindAllString(c.get("/api-keys").want(http.StatusOK).body, -1))
		}
		for name, x := range map[string]struct {
			page, to string
			form     url.Values
		}{
			"token":  {"/connections/okta", "/connections/okta/tokens", url.Values{"expires": {"30d"}}},
			"key":    {"/api-keys", "/api-keys", url.Values{"name": {"backup"}}},
			"person": {"/people/new", "/people/new", url.Values{"display_name": {"Ana Prado"}, "email": {"ana@example.com"}, "roles": {"agent"}}},
			"status": {"/statuses/new", "/statuses/new", url.Values{"key": {"lunch"}, "name": {"Lunch"}, "active": {"on"}}},
			"group":  {"/agent-groups/new", "/agent-groups/new", url.Values{"name": {"Sales"}, "visibility": {"team"}}},
		} {
			before := count(name)
			x.form.Set("once", onceOn(t, c.get(x.page).want(http.StatusOK).body))
			answers := make([]reply, 4)
			var all sync.WaitGroup
			for i := range answers[:3] {
				all.Go(func() { answers[i] = c.post(x.to, x.form) })
			}
			all.Wait()
			answers[3] = c.post(x.to, x.form)
			for i, r := range answers {
				if r.status != answers[0].status || r.status >= http.StatusBadRequest || told(r) == "" || told(r) != told(answers[0]) {
					t.Errorf("%s: answer %d: %d %q, and the first %d %q: %.3000s", name, i, r.status, told(r), answers[0].status, told(answers[0]), r.body)
				}
			}
			if n := count(name) - before; n != 1 {
				t.Errorf("%s: %d were made, want 1", name, n)
			}
		}
	})
}

// A form that is corrected and sent again is another request, and so is one of a page that was asked for anew.
func TestAFormThatIsCorrectedIsAnotherRequest(t *testing.T) {
	s := open(t, "", "connections: [{name: okta, kind: scim}]\n")
	c := s.client("console_owner")
	once := onceOn(t, c.get("/connections/okta").body)
	made := map[string]bool{}
	for _, x := range []struct{ once, expires string }{{once, "30d"}, {once, "60d"}, {onceOn(t, c.get("/connections/okta").body), "30d"}} {
		wrong := c.post("/connections/okta/tokens", url.Values{"once": {x.once}, "expires": {"some day"}}).want(http.StatusUnprocessableEntity)
		if onceOn(t, wrong.body) == x.once {
			t.Error("the form that is shown again counts as the one that was sent")
		}
		made[told(c.post("/connections/okta/tokens", url.Values{"once": {x.once}, "expires": {x.expires}}).want(http.StatusOK))] = true
	}
	if len(made) != 3 {
		t.Errorf("%d tokens, want 3", len(made))
	}
	for _, odd := range []string{"ñ", longText(3000), "\x00", " "} {
		c.post("/connections/okta/tokens", url.Values{"once": {odd}, "expires": {"30d"}}).want(http.StatusOK)
	}
}

// runs are the addresses of the runs that the console lists.
func (s *site) runs(c *client) map[string]bool {
	s.t.Helper()
	c.get("/") // where it is said what was done
	out := map[string]bool{}
	for _, x := range regexp.MustCompile(`href="/runs/[0-9a-f-]{36}"`).FindAllString(c.get("/runs").want(http.StatusOK).body, -1) {
		out[x] = true
	}
	return out
}

// A confirmation counts once by itself: what makes it count is on it once, and is not that of the form before.
func TestAConfirmationCountsOnceByItself(t *testing.T) {
	s := open(t, "", "")
	ana := s.person("ana", "Ana", "Prado", "role", "agent")
	c := s.client("console_owner")
	plan := c.post("/people/bulk", url.Values{"once": {"FORMER"}, "do": {"suspend"}, "person": {ana}}).want(http.StatusOK)
	if n := len(onceValue.FindAllString(plan.body, -1)); n != 1 {
		t.Fatalf("it is on the plan %d times: %s", n, plan.body)
	}
	plan.hides("FORMER")
	form := url.Values{"once": {onceOn(t, plan.body)}, "do": {"suspend"}, "people": {ana}, "return": {"/people"}, "confirm": {"on"}}
	before := s.runs(c)
	c.post("/people/bulk", form).leads("/people")
	c.post("/people/bulk", form).leads("/people")
	if n := len(s.runs(c)) - len(before); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}
