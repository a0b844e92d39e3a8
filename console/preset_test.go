package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

// before makes the tenant as the version before of its preset made it: that had no permission conversations.close, gave agents
// no contacts.view, and had a status lunch.
func (s *site) before(version string) {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	err = s.db.Write(s.t.Context(), s.tenant, func(tx *store.Tx) error {
		for _, r := range c.Roles {
			r.Permissions = slices.DeleteFunc(slices.Clone(r.Permissions), func(p directory.RolePermission) bool {
				return p.Key == "conversations.close" || p.Key == "contacts.view" && r.Key == "agent"
			})
			tx.PutRole(r)
		}
		tx.PutStatus(directory.Status{Key: "lunch", Name: "Lunch", Active: true, Order: 2, ManagedBy: directory.ByPreset})
		tx.PutModel(version, c.Modules)
		_, err := tx.RaiseConfigVersion(c.Tenant.Name)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// DECISIONS 27: a later version of a preset is offered, is shown as a plan although it touches nobody, and is taken; nobody gets
// a permission that is new. Where the configuration moves meanwhile the plan is shown anew.
func TestALaterVersionOfAPresetIsTakenInTheConsole(t *testing.T) {
	s := open(t, "conversations-basic", "")
	c := s.client("console_owner")
	c.get("/settings/tenant").want(http.StatusOK).hides(`name="preset"`)
	c.post("/settings/tenant", url.Values{"preset": {"conversations-basic@0"}}).want(http.StatusConflict).says("does not go back")
	s.before("conversations-basic@0")
	s.client("console_viewer").get("/settings/tenant").want(http.StatusOK).says("conversations-basic@1").hides(`name="preset"`)
	take := url.Values{"preset": {"conversations-basic@1"}}
	s.client("console_operator").post("/settings/tenant", take).want(http.StatusForbidden)
	for preset, status := range map[string]int{
		"conversations-basic@2": http.StatusUnprocessableEntity, "conversations-basic@one": http.StatusUnprocessableEntity, "call-centre@1": http.StatusConflict, "<b>": http.StatusConflict,
	} {
		c.post("/settings/tenant", url.Values{"preset": {preset}}).want(status).says(`class="fault"`, `value="Acme"`).hides("<b>")
	}

	p := s.browser("console_owner")
	p.Open(s.base + "/settings/tenant")
	p.Wait("conversations-basic@1")
	p.Accessible()
	p.Screenshot("preset-newer")
	p.Click("Take the preset conversations-basic@1")
	p.Wait("Nothing is done yet")
	p.Wait("contacts.view")
	p.Accessible()
	p.Screenshot("preset-plan")
	if p.Shows("conversations.close") {
		t.Error("a permission that is new is given")
	}
	c.get("/settings/tenant").says("conversations-basic@0")
	c.moved("dinner")
	p.Click("Confirm and do it")
	p.Wait("the configuration has changed since you read the plan")
	p.Accessible()
	c.get("/settings/tenant").says("conversations-basic@0")
	p.Click("Confirm and do it")
	p.WaitLocation(s.base + "/settings/tenant")
	p.Accessible()
	p.Screenshot("preset-taken")
	c.get("/settings/tenant").says("conversations-basic@1").hides(`name="preset"`, "conversations-basic@0")
	c.get("/roles/agent").says("contacts.view").hides("conversations.close")
	c.get("/statuses/lunch").want(http.StatusOK).says("Lunch")
	c.post("/settings/tenant", url.Values{"preset": {"conversations-basic@0"}}).want(http.StatusConflict).says("does not go back")

	s.before("conversations-basic@2") // as a later release left it
	c.get("/settings/tenant").says("conversations-basic@2").hides(`name="preset"`)
	c.post("/settings/tenant", take).want(http.StatusConflict).says("does not go back")
}
