package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

// sealed gives every change its place in the ledger, as the server's sequencer does.
func (s *site) sealed() {
	s.t.Helper()
	for {
		n, err := s.db.Sequence(s.t.Context(), s.tenant)
		if err != nil {
			s.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// The audit trail says who did what to whom; what somebody had at a time, and who had a right.
func TestAuditIsRead(t *testing.T) {
	s := open(t, "", ruled)
	id := s.person("zoe", "Zoe", "Ngo", "role", "agent")
	s.client("console_owner").post("/settings/session.idle", url.Values{"value": {"2h"}}).leads("/settings/session.idle")
	s.sealed()
	p := s.browser("console_owner")
	p.Open(s.base + "/audit")
	p.Wait("Person created")
	p.Wait("Zoe Ngo")
	p.Wait("role: Agent")
	p.Wait("ann@example.com on the command line")
	p.Wait("Sealed")
	p.Wait("rollcall doctor --head rch_")
	p.Accessible()
	p.Screenshot("audit")
	p.Fill("To whom or what", "zoe@example.com")
	p.Select("What was done", "All about people")
	p.Click("Filter")
	p.Wait("Person created")
	if list := p.In("ol.entries", ""); list.Shows("Manifest applied") || list.Shows("Configuration changed") {
		t.Error("the filters are not looked at")
	}
	p.ClickCSS("main li.card details summary")
	p.Wait("userName")
	p.Accessible()
	p.Screenshot("audit-filtered")
	p.Click("What this person had after it")
	p.Wait("role: Agent")
	p.Accessible()
	p.Screenshot("audit-person")
	p.Open(s.base + "/audit/right")
	p.Fill("Right", "agent")
	p.Click("Look")
	p.Wait("zoe")
	p.Accessible()
	p.Screenshot("audit-right")
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/audit")
	p.Accessible()
	p.Screenshot("audit-phone-dark")

	c := s.client("console_owner")
	c.get("/audit/person?person=zoe&at=2020-01-01T00:00").want(http.StatusNotFound).says("it was not there yet")
	c.get("/audit/right?kind=role&right=agent&at=2020-01-01T00:00").want(http.StatusOK).says("Nobody had it at that time.")
	c.get("/audit?actor_kind=cli&actor=ann@example.com").want(http.StatusOK).says("Person created")
	c.get("/audit?subject=config&action=tenant.").want(http.StatusOK).says("session.idle", "2h0m0s")
	got := c.get("/audit/export?subject=person:" + id).want(http.StatusOK)
	if !strings.Contains(got.header.Get("Content-Disposition"), "rollcall-audit.jsonl") {
		t.Errorf("%v", got.header)
	}
	var line struct{ Subject string }
	if err := json.Unmarshal([]byte(strings.SplitN(got.body, "\n", 2)[0]), &line); err != nil || line.Subject != "person:"+id {
		t.Errorf("%v %s", err, got.body)
	}
}

// The list has pages, in either order, and times are in the reader's zone.
func TestAuditHasPages(t *testing.T) {
	s := open(t, "", "")
	s.person("first", "Ann", "First")
	for range 60 {
		if err := s.db.Write(t.Context(), s.tenant, func(tx *store.Tx) error {
			return tx.AppendChange(directory.Change{ID: store.NewID(), Subject: "config", Action: "tenant.changed", Actor: s.actor(), After: []byte(`{"setting x": {"value": "1"}}`)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.sealed()
	c := s.client("console_owner")
	page := c.get("/audit").want(http.StatusOK).says("Next page").hides("Ann First")
	_, next, _ := strings.Cut(page.body, `rel="next" href="`)
	next, _, _ = strings.Cut(next, `"`)
	c.get(strings.ReplaceAll(next, "&amp;", "&")).want(http.StatusOK).says("Ann First", "First page")
	c.get("/audit?order=oldest").says("Ann First")
	in := c.get("/audit?since=2020-01-01T00:00&until=2020-01-02T00:00", "Cookie", "rollcall_zone=America%2FLima").want(http.StatusOK)
	in.says("Nothing found", "America/Lima")
}

// Questions that make no sense are told beside their fields, and nothing of the form is lost.
func TestAuditOddQuestions(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for path, want := range map[string]string{
		"/audit?since=yesterday":                               "Write a date and a time.",
		"/audit?until=2026-13-40T99:00":                        "Write a date and a time.",
		"/audit?since=2026-02-01T00:00&until=2026-01-01T00:00": "the window ends before it begins",
		"/audit?subject=nobody@example.com":                    "There is no person",
		"/audit?subject=group:":                                "a subject is person:ID, group:ID or config",
		"/audit?actor_kind=robot":                              "Something is not right yet",
		"/audit?actor_kind=person&actor=nobody":                "There is no person",
		"/audit?order=sideways":                                "Something is not right yet",
		"/audit?cursor=nonsense":                               "a cursor is a place in the ledger",
		"/audit?connection=nothere":                            "nothere",
		"/audit/export?since=yesterday":                        "Write a date and a time.",
		"/audit/export?order=sideways":                         "Something is not right yet",
		"/audit/person?person=nobody":                          "it was not there yet",
		"/audit/person?person=x&at=never":                      "Write a date and a time.",
		"/audit/person?person=x&seq=minus":                     "Something is not right yet",
		"/audit/right?kind=rocket&right=x":                     "Something is not right yet",
		"/audit/right?kind=role&right=x&at=never":              "Write a date and a time.",
		"/audit/right?kind=role&right=nothere&cursor=%00":      "",
	} {
		r := c.get(path)
		if r.status >= 500 || r.status < 400 && want != "" {
			t.Errorf("%s: status %d", path, r.status)
		}
		if !strings.Contains(r.body, want) {
			t.Errorf("%s: %q is not in %s", path, want, r.body)
		}
	}
}

func TestAuditByPermissionAndLanguage(t *testing.T) {
	s := open(t, "", "")
	s.client("console_viewer").get("/audit").want(http.StatusForbidden).says("console.audit.read")
	s.client("console_help_desk").get("/audit/export").want(http.StatusForbidden).says("console.audit.export")
	s.client("console_operator").get("/audit/person").want(http.StatusForbidden)
	s.client("console_operator").get("/audit/right").want(http.StatusForbidden)
	s.sealed()
	c := s.client("console_owner")
	c.get("/audit", "Accept-Language", "es").want(http.StatusOK).says("Auditoría", "Manifiesto aplicado", "Sellado")
	c.get("/audit", "Accept-Language", "pt-BR").want(http.StatusOK).says("Auditoria", "Manifesto aplicado", "Selado")
}

// What was erased is told as such, and the ledger still has its place.
func TestAuditTellsWhatWasErased(t *testing.T) {
	s := open(t, "", "")
	id := s.person("zoe", "Zoe", "Ngo")
	s.sealed()
	if err := s.db.Write(t.Context(), s.tenant, func(tx *store.Tx) error { tx.EraseChanges("person:" + id); return nil }); err != nil {
		t.Fatal(err)
	}
	s.client("console_owner").get("/audit?subject=person:" + id).want(http.StatusOK).says("Particulars erased")
}
