package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

var idPattern = regexp.MustCompile(`"id":"([^"]+)"`)

// held is a site at whose connection okta a guard holds pushes: a group of twelve agents was emptied.
func held(t *testing.T, settings string) (s *site, push func(members []string), members []string) {
	t.Helper()
	s = open(t, "", settings+oktaConnection+`
agent_groups: [{name: Support}]
mapping:
  rules:
    - {name: support, group: CC-Support, agent_groups: [{name: Support}], roles: [agent]}
`)
	c := s.client("console_owner")
	at := "/connections/" + s.connection("okta")
	c.get(at + "/held").want(http.StatusOK).says("Nothing is held")
	client, _ := s.pushing(tokenPattern.FindString(c.post(at+"/tokens", url.Values{}).want(http.StatusOK).body))
	for i := range 12 {
		name := "crew" + string(rune('a'+i))
		_, made := client.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`","active":true}`)
		members = append(members, idPattern.FindStringSubmatch(made)[1])
	}
	_, made := client.do("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"CC-Support"}`)
	group := "/Groups/" + idPattern.FindStringSubmatch(made)[1]
	push = func(members []string) {
		t.Helper()
		list := ""
		if len(members) > 0 {
			list = `{"value":"` + strings.Join(members, `"},{"value":"`) + `"}`
		}
		status, text := client.do("PATCH", group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"members","value":[`+list+`]}]}`)
		if status >= 300 {
			t.Fatalf("%d %s", status, text)
		}
	}
	push(members)
	push(nil)
	return s, push, members
}

// What a guard holds of a provider's pushes is shown, and approved; who lost something keeps it until then.
func TestHeldPushesAreDecided(t *testing.T) {
	s, _, _ := held(t, "")
	c, viewer := s.client("console_owner"), s.client("console_viewer")
	at := "/connections/" + s.connection("okta")
	c.get(at).want(200).says("A guard holds what the provider sent")
	viewer.get(at + "/held").want(200).says("crewa").hides("Approve and do it")
	viewer.post(at+"/held/approve", url.Values{}).want(http.StatusForbidden)
	p := s.browser("console_owner")
	p.Open(s.base + at)
	p.Click("Look at it and decide")
	p.Wait("crewl")
	p.Accessible()
	p.Screenshot("connections-held")
	p.Click("Approve and do it")
	p.Wait(`What was held of "okta" is done.`)
	c.get(at + "/held").want(200).says("Nothing is held")
	c.get("/runs?kind=release").want(200).says("Release of what was held")
	c.post(at+"/held/approve", url.Values{}).leads(at)
	c.get(at).says("Nothing is held").hides("is done.")
}

// What is refused stays as it was, by holds that name who refused, until the provider says something else about somebody.
func TestHeldPushesAreRefused(t *testing.T) {
	s, push, members := held(t, "settings: {approvals: second_person}\n")
	c := s.client("console_owner")
	at := "/connections/" + s.connection("okta")
	have := func(want int, holds int) {
		t.Helper()
		roles, held := 0, 0
		for _, id := range members {
			v, err := s.engine.View(t.Context(), s.tenant, id)
			if err != nil {
				t.Fatal(err)
			}
			roles, held = roles+len(v.Roles), held+len(v.Holds)
		}
		if roles != want || held != holds {
			t.Fatalf("%d roles and %d holds, want %d and %d", roles, held, want, holds)
		}
	}
	have(12, 0)
	for _, role := range []string{"console_viewer", "console_operator"} {
		s.client(role).post(at+"/held/discard", url.Values{}).want(http.StatusForbidden)
	}
	for _, path := range []string{"approve", "discard"} {
		c.post("/connections/none/held/"+path, url.Values{}).want(http.StatusNotFound)
	}
	c.post(at+"/held/approve", url.Values{}).want(http.StatusForbidden).says("second person", "crewa", "Refuse it")
	c.post(at+"/held/approve", url.Values{"second_key": {"rck_nonsense"}}).want(http.StatusForbidden).says("crewa").hides("rck_nonsense")
	have(12, 0)

	p := s.browser("console_owner")
	p.Open(s.base + at + "/held")
	p.Wait("keeps it until the provider says something else about them")
	p.Click("Refuse it")
	p.Wait(`What was held of "okta" was refused.`)
	p.Accessible()
	p.Screenshot("connections-held-refused")
	have(12, 24) // of the role, and of the agent group
	c.get(at + "/held").want(http.StatusOK).says("Nothing is held")
	c.get(at).hides("A guard holds what the provider sent")
	runs, err := s.db.Reader(s.tenant).Runs(t.Context(), store.RunFilter{Kind: "release"}, "", 10)
	if err != nil || len(runs) != 1 || runs[0].Status != "discarded" || runs[0].ApprovedBy != "" {
		t.Fatalf("%+v %v", runs, err)
	}
	c.get("/runs/"+runs[0].ID).want(http.StatusOK).says("refused", "Release of what was held").hides("Undo this run")
	c.get("/people/"+members[0]+"/rights").want(http.StatusOK).says("that was refused", "cli:ann@example.com")
	c.post(at+"/held/discard", url.Values{}).leads(at)
	c.get(at, "Accept-Language", "es").says("No hay nada retenido")

	push(members[:2]) // of two the provider says something else: what it says counts again
	have(12, 20)
	push(nil) // which is held again, for the hour is not over, and is approved by a second person
	have(12, 20)
	c.get(at+"/held").want(http.StatusOK).says("crewa", "crewb").hides("crewc")
	c.post(at+"/held/approve", url.Values{"second_key": {s.keyOf("approver", "administrator")}}).leads(at)
	have(10, 20)
	if v, err := s.engine.View(t.Context(), s.tenant, members[0]); err != nil || v.State != directory.Active || len(v.AgentGroups) != 0 {
		t.Errorf("%+v %v", v, err)
	}
}
