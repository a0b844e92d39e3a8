package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/provision"
)

func TestExplainedRulesSayTheWayAndWhatIsHeld(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, r := range map[string]provision.RuleExplanation{
		"rule leads: hit by group CC-Lead, as a member of Team ⊂ Floor ⊂ CC-Lead, gives role supervisor": {
			Rule: "leads", Hit: true, Nested: true, Group: "CC-Lead", Path: []string{"Team", "Floor", "CC-Lead"}, Yields: []provision.RightChange{{Kind: "role", Target: "supervisor"}},
		},
		"rule leads: missed: not a member of the group CC-Lead; the guard holds what it gave until 2026-01-02T03:04:05Z": {
			Rule: "leads", Missed: "not a member of the group CC-Lead", HeldUntil: &until,
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
