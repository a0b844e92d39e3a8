package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

func TestCompileListsEveryFaultOfEveryRule(t *testing.T) {
	t.Parallel()
	agent := []string{"agent"}
	outputs := func(name string, kind directory.MembershipKind) []directory.RuleOutput {
		return []directory.RuleOutput{{Name: name, Kind: kind}}
	}
	_, err := Compile([]directory.Rule{
		{ID: "1", Name: "sound", Order: 1, Group: "CC-{team}", AgentGroups: outputs("{team}", directory.AsUser)},
		{ID: "2", Name: "no subject", Order: 2, Roles: agent},
		{ID: "3", Name: "no yield", Order: 3, Group: "CC-x"},
		{ID: "4", Name: "typos", Order: 4, When: `departmnt eq "x"`, Roles: []string{"agnet"}},
		{ID: "5", Name: "syntax", Order: 5, When: `department eq`, Roles: agent},
		{ID: "6", Name: "pattern", Order: 6, Group: "CC-{}", Roles: agent},
		{ID: "7", Name: "two groups", Order: 7, Group: "CC-y", GroupID: "g1", Roles: agent},
		{ID: "8", Name: "owner", Order: 8, Group: "CC-z", Roles: []string{"Owner"}},
		{ID: "9", Name: "captures", Order: 9, GroupID: "g1", AgentGroups: outputs("{team} x", "")},
		{ID: "10", Name: "outputs", Order: 10, Group: "CC-q", AgentGroups: append(outputs("a", "boss"), outputs("{a", "")...)},
		{ID: "1", Name: "Sound", Order: 11, Group: "CC-w", Roles: agent, Connection: "c9"},
		{Order: 12, Group: "CC-v", Roles: agent, AgentGroups: outputs(" ", "")},
	}, tenant())
	faults, ok := errors.AsType[Faults](err)
	if !ok || directory.KindOf(err) != directory.Invalid {
		t.Fatalf("%T of the kind %q: %v", err, directory.KindOf(err), err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.String())
	}
	want := []string{
		`rule 2 "no subject": it does not say whom it is for; it needs group, group_id or when`,
		`rule 3 "no yield": it yields nothing; it needs roles, agent_groups or another output`,
		`rule 4 "typos": when: there is no attribute "departmnt" in User; the nearest is urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`,
		`rule 4 "typos": roles: there is no role "agnet"`,
		`rule 5 "syntax": when: column 14: found the end, expected a space and a value`,
		`rule 6 "pattern": group: column 4: nothing between the braces; write a word, as in {team}`,
		`rule 7 "two groups": group_id: a rule has group or group_id, not both`,
		`rule 8 "owner": roles: "Owner" is the owner role, which only a person gives`,
		`rule 9 "captures": agent_groups: "{team} x": column 1: the rule's group does not capture {team}`,
		`rule 10 "outputs": agent_groups: "a": the kind "boss" is not user, supervisor or both`,
		`rule 10 "outputs": agent_groups: "{a": column 1: a { without a } after it`,
		`rule 11 "Sound": id: rule 1 has the id "1" too`,
		`rule 11 "Sound": name: another rule before it has that name`,
		`rule 11 "Sound": connection: there is no connection with the id "c9"`,
		`rule 12 "": id: the rule has no id`,
		`rule 12 "": name: the rule has no name`,
		`rule 12 "": agent_groups: " ": an agent group needs a name`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if err.Error() != strings.Join(want, "\n") {
		t.Errorf("the error's text is not the faults, a line each:\n%v", err)
	}
}

func TestCompileRefusesConditionsOnWhatNoDocumentHas(t *testing.T) {
	t.Parallel()
	for when, want := range map[string]string{
		`groups.display eq "CC-Support"`: "name the group with group or group_id",
		`groups[type eq "direct"]`:       "name the group with group or group_id",
		`not (externalId pr)`:            "a condition does not see externalId",
		`title pr or id pr`:              "a condition does not see id",
		`meta.created pr`:                "a condition does not see meta.created",
		`effectiveRoles eq "agent"`:      "is what the rules lead to",
		`not (state eq "active")`:        "is what the rules lead to",
		`urn:ietf:params:scim:schemas:extension:rollcall:2.0:User pr`:  "is what the rules lead to",
		`manager.displayName eq "Ana"`:                                 "is read-only",
		`password pr`:                                                  "never returned",
		strings.Repeat("(", 40) + `title pr` + strings.Repeat(")", 40): "column",
	} {
		_, err := Compile([]directory.Rule{{ID: "r", Name: "r", When: when, Roles: []string{"agent"}}}, tenant())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", when, err, want)
		}
	}
}

func TestCompileBoundsConditionsWithoutGroup(t *testing.T) {
	t.Parallel()
	var rules []directory.Rule
	for i := range MaxConditions {
		id := fmt.Sprint("r", i)
		rules = append(rules,
			directory.Rule{ID: id, Name: id, Order: i, When: "title pr", Roles: []string{"agent"}},
			directory.Rule{ID: id + "g", Name: id + "g", Order: i, Group: "CC-" + id, When: "title pr", Roles: []string{"agent"}})
	}
	if _, err := Compile(rules, tenant()); err != nil {
		t.Fatalf("%d conditions without a group, and as many with one: %v", MaxConditions, err)
	}
	rules = append(rules, directory.Rule{ID: "last", Name: "last", Order: MaxConditions, When: "title pr", Roles: []string{"agent"}})
	if _, err := Compile(rules, tenant()); err == nil || !strings.Contains(err.Error(), `rule 1001 "last": when: more than 500 rules`) {
		t.Errorf("one more: %v", err)
	}
}

func TestCompileRefusesAnUnknownCardinality(t *testing.T) {
	t.Parallel()
	if _, err := Compile(nil, Options{Cardinality: "two"}); err == nil || !strings.Contains(err.Error(), `roles.cardinality is "two"`) {
		t.Errorf("%v", err)
	}
}

func TestSetKnowsItsRules(t *testing.T) {
	t.Parallel()
	given := []directory.Rule{
		{ID: "a", Group: "CC-A", Roles: []string{"agent", "administrator"}},
		{ID: "b", Group: "CC-B", Roles: []string{"agent"}},
	}
	s := compile(t, tenant(), given...)
	if !s.Privileged("a") || s.Privileged("b") || s.Privileged("c") {
		t.Errorf("privileged: a %v, b %v, unknown %v; want only a", s.Privileged("a"), s.Privileged("b"), s.Privileged("c"))
	}
	given[1].Roles[0] = "changed by the caller"
	r, ok := s.Rule("b")
	if diff := cmp.Diff([]string{"agent"}, r.Roles); diff != "" || !ok {
		t.Errorf("rule b: %v, roles %s", ok, diff)
	}
	if _, ok := s.Rule("c"); ok {
		t.Error("there is a rule c")
	}
}

func TestRulesFor(t *testing.T) {
	t.Parallel()
	agent := []string{"agent"}
	s := compile(t, tenant(),
		directory.Rule{ID: "any lead", Group: "CC-Lead-{team}", Roles: agent},
		directory.Rule{ID: "sales", Group: "cc-lead-sales", Roles: agent},
		directory.Rule{ID: "okta sales", Group: "CC-Lead-Sales", Connection: "c1", Roles: agent},
		directory.Rule{ID: "entra", Group: "CC-{all}", Connection: "c2", Roles: agent},
		directory.Rule{ID: "suffix", Group: "{region}-Sales", Roles: agent},
		directory.Rule{ID: "pinned", GroupID: "CC-Lead-Sales", Roles: agent},
		directory.Rule{ID: "condition", When: "title pr", Roles: agent},
	)
	type hit struct {
		Rule     string
		Captures map[string]string
		Literal  bool
	}
	for _, test := range []struct {
		name, connection string
		want             []hit
	}{
		{"CC-LEAD-Sales", "c1", []hit{
			{"any lead", map[string]string{"team": "Sales"}, false},
			{"sales", nil, true},
			{"okta sales", nil, true},
			{"suffix", map[string]string{"region": "CC-LEAD"}, false},
		}},
		{"CC-Lead-Sales", "c2", []hit{
			{"any lead", map[string]string{"team": "Sales"}, false},
			{"sales", nil, true},
			{"entra", map[string]string{"all": "Lead-Sales"}, false},
			{"suffix", map[string]string{"region": "CC-Lead"}, false},
		}},
		{"cc-x", "c2", []hit{{"entra", map[string]string{"all": "x"}, false}}},
		{"cc-x", "c1", nil},
		{"", "c1", nil},
	} {
		var got []hit
		for _, h := range s.RulesFor(test.name, test.connection) {
			got = append(got, hit{h.Rule.ID, h.Captures, h.Literal})
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q in %s: -want +got\n%s", test.name, test.connection, diff)
		}
	}
}
