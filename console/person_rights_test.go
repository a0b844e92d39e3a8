package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
)

// Rows 000-09, 001-29: each right has its reasons in words; by hand they are given and taken, and what a rule gives is
// withheld by a hold.
func TestRow000_09RightsAreGivenTakenAndWithheld(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.provided("leo", "Leo Lead")
	p := s.browser("console_owner")
	p.Open(s.base + "/people/" + id + "/rights")
	p.Wait("The rule leads gives it, because of the group Leads of the connection okta.")
	p.Accessible()
	if p.Shows("Take away") {
		t.Error("what a rule gives is offered to be taken")
	}
	p.Select("Role", "Agent")
	p.Select("Agent group", "Billing")
	p.Select("As", "supervisor")
	p.Select("Campaign", "Spring")
	p.Click("Give")
	p.Wait("Leo Lead has the rights now.")
	p.Wait("Given by hand by ann@example.com at the command line")
	p.Screenshot("person-rights")
	p.In("tr", "Spring").Click("Take away Spring")
	p.Wait("Take the campaign Spring from Leo Lead")
	p.Accessible()
	p.Fill("Reason", "the season is over")
	p.Click("Take away")
	p.Wait("Spring was taken from Leo Lead.")
	// A hold withholds the role that the rule gives, until it is released.
	p.In("tr", "Supervisor").Click("Withhold it Supervisor")
	p.In(`form[action$="/holds"]`, "").Fill("Reason", "under review")
	p.Click("Place hold")
	p.Wait("The hold of Leo Lead was placed.")
	p.Wait("under review")
	p.Accessible()
	p.Screenshot("person-holds")
	if s.has(id, "supervisor") {
		t.Error("the role is still there")
	}
	p.Click("Release Role: Supervisor")
	p.Wait("under review")
	p.Click("Release")
	p.Wait("The hold of Leo Lead was released.")
	if !s.has(id, "supervisor") {
		t.Error("the rule does not give it again")
	}
}

// has reports whether somebody has a role.
func (s *site) has(person, role string) bool {
	s.t.Helper()
	return slices.Contains(s.rolesOf(person), role)
}

func TestRightsThatAreWrong(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.provided("leo", "Leo Lead")
	c := s.client("console_owner")
	path := "/people/" + id
	c.post(path+"/rights", url.Values{}).want(http.StatusUnprocessableEntity).says("Choose at least one right.", `role="alert"`)
	c.post(path+"/rights", url.Values{"give_role": {"nothere"}, "reason": {"kept"}}).want(http.StatusNotFound)
	for _, form := range []url.Values{{}, {"kind": {"role"}, "right": {"agent"}}, {"kind": {"nothing"}, "right": {"supervisor"}}} {
		c.post(path+"/rights/take", form).want(http.StatusNotFound)
	}
	// What a rule gives cannot be taken by hand: the API says so on the page that asked.
	c.post(path+"/rights/take", url.Values{"kind": {"role"}, "right": {"supervisor"}}).want(http.StatusOK).says("Take the role Supervisor from Leo Lead")
	c.post(path+"/rights/take", url.Values{"kind": {"role"}, "right": {"supervisor"}, "confirm": {"on"}}).want(http.StatusConflict).says("leads", `role="alert"`)
	for name, x := range map[string]struct {
		form   url.Values
		status int
		want   string
	}{
		"no reason":  {url.Values{"subject": {"state"}, "effect": {"deny"}}, 422, "This has to be filled in."},
		"no subject": {url.Values{"effect": {"deny"}, "hold_reason": {"x"}}, 422, "This has to be filled in."},
		"until":      {url.Values{"subject": {"state"}, "effect": {"deny"}, "hold_reason": {"x"}, "until": {"soon"}}, 422, "Write a date and a time."},
		"the past":   {url.Values{"subject": {"state"}, "effect": {"deny"}, "hold_reason": {"x"}, "until": {"2001-01-01T00:00"}}, 422, "a hold ends in the future"},
		"effect":     {url.Values{"subject": {"state"}, "effect": {"maybe"}, "hold_reason": {"x"}}, 422, "Something is not right yet"},
		"other":      {url.Values{"other_subject": {"colour:blue"}, "effect": {"deny"}, "hold_reason": {"x"}}, 422, "a hold&#39;s subject must be"},
	} {
		r := c.post(path+"/holds", x.form)
		if r.status != x.status || !strings.Contains(r.body, x.want) {
			t.Errorf("%s: %d, and whether it says %q: %v", name, r.status, x.want, strings.Contains(r.body, x.want))
		}
	}
	c.post(path+"/holds/nothere/release", url.Values{}).want(http.StatusNotFound)
	c.post(path+"/holds", url.Values{"other_subject": {"attribute:title"}, "effect": {"keep"}, "value": {"Captain"}, "hold_reason": {"asked for"}}).
		leads(path + "/rights#holds")
	c.get(path).says("Captain", "asked for", "title")
	c.get(path+"/rights").says("Attribute title", "Captain")
}

// Rows 002-19, 002-20, 000-11: statuses are set, absences take people out of the distribution, and each group says why.
func TestRow002_19PresenceAndAbsences(t *testing.T) {
	s := open(t, "whatsapp-team", "agent_groups: [{name: Support, channels: [chat]}]\n")
	id := s.person("ana", "Ana", "Prado", "role", "attendant", "agent_group", "Support")
	p := s.browser("console_owner")
	p.Zone("America/Lima")
	p.Open(s.base + "/people/" + id + "/presence") // the zone is known from here on
	p.Select("Put into", "Online")
	p.Click("Set status")
	p.Wait("The status of Ana Prado was set.")
	p.Accessible()
	if !s.eligible(id) {
		t.Error("who is online receives nothing")
	}
	p.Select("Kind", "Sick leave")
	from := time.Now().UTC().Add(-48 * time.Hour)
	p.Fill("From", from.Format("2006-01-02T15:04"))
	p.Fill("Note", "back soon")
	p.Click("Add absence")
	p.Wait("The absence of Ana Prado was entered.")
	p.Wait(from.Format("2006-01-02 15:04")) // in the same zone again
	p.Wait("They are absent.")
	p.Accessible()
	p.Screenshot("person-presence")
	if s.eligible(id) {
		t.Error("who is away receives new work")
	}
	p.Open(s.base + "/people/" + id)
	p.Wait("back soon")
	p.Accessible()
	p.Open(s.base + "/people/" + id + "/presence")
	p.Click("End")
	p.Wait("End an absence of Ana Prado")
	p.Accessible()
	p.Click("End")
	p.Wait("The absence of Ana Prado has ended.")
	if !s.eligible(id) {
		t.Error("who is back receives nothing")
	}
	stored, err := s.db.Reader(s.tenant).Absences(t.Context(), id, 10)
	if err != nil || len(stored) != 1 {
		t.Fatal(stored, err)
	}
	if got := stored[0].From.Sub(from.Add(5 * time.Hour)).Abs(); got > time.Minute {
		t.Errorf("entered in Lima, and stored %v away from it", got)
	}
}

// eligible reports whether somebody receives what is new somewhere.
func (s *site) eligible(person string) bool {
	s.t.Helper()
	e, err := s.engine.Eligibility(s.t.Context(), s.tenant, person)
	if err != nil {
		s.t.Fatal(err)
	}
	return e.Eligible
}

func TestPresenceThatIsWrong(t *testing.T) {
	s := open(t, "whatsapp-team", "")
	id := s.person("ana", "Ana", "Prado", "role", "attendant")
	c := s.client("console_owner")
	path := "/people/" + id
	for name, x := range map[string]struct {
		form url.Values
		want string
	}{
		"no date":        {url.Values{"kind": {"sick"}, "from": {"tomorrow"}, "note": {"kept"}}, "Write a date and a time."},
		"until before":   {url.Values{"kind": {"sick"}, "from": {"2040-02-02T10:00"}, "until": {"2040-02-01T10:00"}, "note": {"kept"}}, "The end must be later than the beginning."},
		"over already":   {url.Values{"kind": {"sick"}, "until": {"2001-02-01T10:00"}, "note": {"kept"}}, "this absence"},
		"no such kind":   {url.Values{"kind": {"party"}, "note": {"kept"}}, "Something is not right yet"},
		"year 10,000":    {url.Values{"kind": {"sick"}, "until": {"12040-02-01T10:00"}, "note": {"kept"}}, "Write a date and a time."},
		"no such minute": {url.Values{"kind": {"sick"}, "from": {"2040-02-30T10:00"}, "note": {"kept"}}, "Write a date and a time."},
	} {
		r := c.post(path+"/absences", x.form)
		if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, x.want) && name != "over already" || !strings.Contains(r.body, `value="kept"`) {
			t.Errorf("%s: %d, and whether it says %q: %v", name, r.status, x.want, strings.Contains(r.body, x.want))
		}
	}
	c.post(path+"/absences/nothere/end", url.Values{"confirm": {"on"}}).want(http.StatusNotFound)
	c.post(path+"/status", url.Values{"status": {"nothere"}}).want(http.StatusUnprocessableEntity).says("nothere")
	if r := c.post(path+"/status", url.Values{"status": {""}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("no status: %d", r.status)
	}
	// A tenant without absences says so, and has no form.
	s = open(t, "conversations-basic", "")
	id = s.person("ana", "Ana", "Prado", "role", "agent")
	s.client("console_owner").get("/people/" + id + "/presence").want(http.StatusOK).says("This organisation has no absences").hides("Add absence")
	// The help desk sets both, without seeing the catalogue of statuses.
	s = open(t, "whatsapp-team", "")
	id = s.person("ana", "Ana", "Prado", "role", "attendant")
	desk := s.client("console_help_desk")
	desk.get("/people/"+id+"/presence").want(http.StatusOK).says("Set status", "Add absence").hides("Save changes")
	desk.post("/people/"+id+"/status", url.Values{"status": {"online"}}).leads("/people/" + id + "/presence")
}

// Rows 004-23, 002-02: somebody with everything, and somebody with nothing.
func TestSomebodyWithEverythingAndSomebodyWithNothing(t *testing.T) {
	s := open(t, "campaign-contact-centre", `profiles: [{name: Night desk, role: agent, icon: phone, modules: [module.crm]}]
companies: [Acme Peru]
campaigns: [Spring]
queues: [Calls]
strategies: [Winback]
`)
	id := s.person("ana", "Ana", "Prado", "profile", "Night desk", "campaign", "Spring", "queue", "Calls", "strategy", "Winback", "company", "Acme Peru")
	if _, err := s.engine.Suspend(t.Context(), s.actor(), id, provision.PersonOptions{Reason: "under review"}); err != nil {
		t.Fatal(err)
	}
	p := s.browser("console_owner")
	for _, tab := range []string{"", "/rights", "/permissions", "/presence", "/sessions", "/history"} {
		p.Open(s.base + "/people/" + id + tab)
		p.Wait("Ana Prado")
		p.Accessible()
		p.Screenshot("person-everything" + strings.ReplaceAll(tab, "/", "-"))
	}
	p.Open(s.base + "/people/" + id + "/rights")
	for _, text := range []string{"Night desk", "Spring", "Calls", "Winback", "Acme Peru"} {
		p.Wait(text)
	}
	s = open(t, "", "connections: [{name: bare, kind: scim}]\n")
	bare := s.nobody("zed")
	c := s.client("console_owner")
	c.get("/people/"+bare).want(http.StatusOK).says("Still missing", "zed")
	c.get("/people/"+bare+"/rights").want(http.StatusOK).says("None", "No holds.")
	c.get("/people/" + bare + "/permissions").want(http.StatusOK).says("No permissions")
	c.get("/people/" + bare + "/presence").want(http.StatusOK).says("They are in no agent group, campaign, queue or strategy.")
}

// nobody is somebody whom a directory pushed with a userName and nothing else.
func (s *site) nobody(name string) string {
	s.t.Helper()
	bare := s.connection("bare")
	actor := directory.Actor{Tenant: s.tenant, Kind: directory.ActorConnection, ID: bare, Connection: bare}
	x, err := s.engine.CreateUser(s.t.Context(), actor, directory.Account{Attributes: directory.Attributes{"userName": name, "active": true}})
	if err != nil {
		s.t.Fatal(err)
	}
	return x.ID
}
