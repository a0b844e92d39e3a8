package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store/storetest"
)

func TestExplainedRulesSayTheWayAndWhatIsHeld(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, r := range map[string]provision.RuleExplanation{
		"rule leads: hit by group CC-Lead, as a member of Team ⊂ Floor ⊂ CC-Lead, gives role supervisor": {
			Rule: "leads", Hit: true, Nested: true, Group: "CC-Lead", Path: []string{"Team", "Floor", "CC-Lead"}, Yields: []provision.RightChange{{Kind: "role", Target: "supervisor"}},
		},
		"rule leads: missed: not a member of the group CC-Lead; the guard holds what it gave until 2026-01-02T03:04:05Z": {
			Rule: "leads", Missed: directory.Quote("not a member of the group CC-Lead"), HeldUntil: &until,
		},
	} {
		if got := ruleLine(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var out bytes.Buffer
	showOrigins(func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }, []provision.OriginView{{Kind: "rule", Rule: "leads", Group: "CC-Lead", At: until, HeldUntil: &until}})
	if !strings.Contains(out.String(), "held by the guard until 2026-01-02T03:04:05Z") {
		t.Errorf("%q", out.String())
	}
}

func TestExplainUnderstandsNamesOfWhatAPermissionIsUpon(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	token := s.tenant()
	s.must("apply", "-f", s.file("acme.yaml", manifest+"agent_groups: [Night]\ncampaigns: [Spring]\nqueues: [Spring]\nstrategies: [Dialling]\n"))
	r := s.serve()
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	body := strings.Replace(userBody("ada"), `:User"]`, `:User","`+enterprise+`"],"`+enterprise+`":{"department":"Support"}`, 1)
	r.ask(201, "POST", "/scim/v2/Users", token, body)
	r.ask(201, "POST", "/scim/v2/Users", token, userBody("bob"))
	r.end()
	for line, want := range map[string]string{
		"":                                    "reply: allowed (own)",
		"--agent-group support --of ada":      "agent group Support\n",
		"--agent-group Support --of 1":        "reply: allowed (own)",
		"--agent-group Night --of ada":        "reply: ",
		"--agent-group Support --of bob":      "reply: denied",
		"--campaign Dialling":                 "reply: ",
		"--agent-group Nihgt":                 `rollcall: the tenant has no agent group "Nihgt"`,
		"--campaign Support":                  `rollcall: the tenant has no campaign, queue or strategy "Support"`,
		"--campaign Spring":                   `rollcall: more than one campaign, queue or strategy has the name "Spring": name one of the ids `,
		"--agent-group Support --of eve":      `rollcall: nobody in tenant acme has the id, display id, userName or e-mail "eve"`,
		"--permission conversation.reply":     "did you mean conversations.reply?",
		"--permission= --agent-group Support": "add --permission",
		"--permission= --campaign Spring":     "add --permission",
		"--permission= --of ada":              "add --permission",
	} {
		status, out, stderr := s.run(append([]string{"explain", "ada", "--tenant", "acme", "--permission", "conversations.reply"}, strings.Fields(line)...)...)
		if wrong := !strings.HasPrefix(want, "reply: ") && want != "agent group Support\n"; wrong != (status != statusDone) || !strings.Contains(out+stderr, want) {
			t.Errorf("%s: status %d\n%s%s", line, status, out, stderr)
		}
	}
}
