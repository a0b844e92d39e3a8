package main

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

func TestApplyEndsWithThreeWhenAGuardHoldsIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	strict := strings.Replace(manifest, "name: Acme\n", "name: Acme\nsettings: {approvals: second_person}\n", 1)
	strict = strings.Replace(strict, `department eq "Support"`, `userName sw "agent"`, 1)
	s.must("apply", "-f", s.file("a.yaml", strict))
	token := strings.TrimSpace(s.must("token", "create", "--tenant", "acme", "--connection", "okta"))
	r := s.serve()
	for i := range 6 {
		r.ask(201, "POST", "/scim/v2/Users", token, userBody(fmt.Sprintf("agent%d", i)))
	}
	r.end()
	less := s.file("b.yaml", strings.Replace(strict, `sw "agent"`, `sw "boss"`, 1))
	status, out, _ := s.run("--json", "apply", "-f", less)
	doc := document(t, out)
	if status != statusHeld || doc["status"] != "held" || len(doc["changes"].([]any)) != 6 || len(doc["guard"].([]any)) != 2 {
		t.Errorf("status %d\n%s", status, out)
	}
	status, out, _ = s.run("apply", "-f", less)
	for _, want := range []string{"agent5: loses", "! guard: 6 people would lose their last role; the guard lets 5 pass", "acme is held", "nothing was written", "--approve"} {
		if status != statusHeld || !strings.Contains(out, want) {
			t.Errorf("status %d; not told: %q\n%s", status, want, out)
		}
	}
	if status, out, _ = s.run("apply", "-f", less, "--plan"); status != statusDone || !strings.Contains(out, "would hold it") {
		t.Errorf("plan: status %d\n%s", status, out)
	}
	if status, _, stderr := s.run("apply", "-f", less, "--approve"); status != statusFailed || !strings.Contains(stderr, "--as KEY") {
		t.Errorf("without a key: status %d\n%s", status, stderr)
	}
	for want, args := range map[string][]string{"goes with --approve": {"--as", "rck_x"}, "can't be used together": {"--plan", "--approve"}} {
		if status, out, stderr := s.run(append([]string{"apply", "-f", less}, args...)...); status != statusFailed || out != "" || !strings.Contains(stderr, want) {
			t.Errorf("%q: status %d, %q, %q", args, status, out, stderr)
		}
	}
	made := document(t, s.must("--json", "apikey", "create", "--tenant", "acme", "--name", "approvals", "--role", "administrator", "--owner", "maria@example.com", "--expires", "30d"))
	key, id := made["key"].(string), made["id"].(string)
	if !strings.HasPrefix(key, "rck_") {
		t.Errorf("the key is %q", key)
	}
	if out := s.must("apikey", "list"); !strings.Contains(out, id) || !strings.Contains(out, "maria@example.com") || strings.Contains(out, key) {
		t.Errorf("list:\n%s", out)
	}
	if out := s.must("--json", "apply", "-f", less, "--approve", "--as", key); document(t, out)["approved_by"] != "apikey:"+id {
		t.Errorf("approved:\n%s", out)
	}
	if out := document(t, s.must("--json", "apikey", "revoke", id)); out["revoked"] != true {
		t.Errorf("revoked: %v", out)
	}
	if out := s.must("apikey", "revoke", id, "--tenant", "acme"); out != "" {
		t.Errorf("revoked again: %q", out)
	}
	if list := document(t, s.must("--json", "apikey", "list", "--tenant", "acme"))["api_keys"].([]any); len(list) != 1 || list[0].(map[string]any)["live"] != false {
		t.Errorf("list %v", list)
	}
	if out := s.must("apikey", "create", "--tenant", "acme", "--name", "reader", "--expires", "0"); !strings.HasPrefix(out, "rck_") || strings.Count(out, "\n") != 1 {
		t.Errorf("create prints %q", out)
	}
}
