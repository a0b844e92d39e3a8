package mapping

import (
	"fmt"
	"testing"

	"rollcall/directory"
)

// manyGroupRules compiles group rules r0, r1 … and after them two conditions that hold for few.
func manyGroupRules(t testing.TB, n int) *Set {
	t.Helper()
	rules := make([]directory.Rule, 0, n+2)
	for i := range n {
		rules = append(rules, directory.Rule{
			ID: fmt.Sprintf("r%d", i), Group: fmt.Sprintf("CC-Team-%d", i), Roles: []string{"agent"},
			AgentGroups: []directory.RuleOutput{{Name: fmt.Sprintf("Team %d", i)}},
		})
	}
	rules = append(
		rules,
		directory.Rule{ID: "w1", When: `department eq "Sales"`, Roles: []string{"supervisor"}},
		directory.Rule{ID: "w2", When: `title co "lead"`, Roles: []string{"supervisor"}},
	)
	return compile(t, tenant(), rules...)
}

func BenchmarkEvaluate(b *testing.B) {
	for _, groups := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("3 memberships, 20 conditions, %d group rules", groups), func(b *testing.B) {
			var rules []directory.Rule
			for i := range groups {
				rules = append(rules, directory.Rule{
					ID: fmt.Sprintf("r%d", i), Group: fmt.Sprintf("CC-Team-%d", i), Roles: []string{"agent"},
					AgentGroups: []directory.RuleOutput{{Name: "Support"}},
				})
			}
			for i := range 20 {
				rules = append(rules, directory.Rule{
					ID: fmt.Sprintf("w%d", i), When: fmt.Sprintf(`department eq "Department %d" and title co "lead"`, i%10), Roles: []string{"supervisor"},
				})
			}
			s := compile(b, tenant(), rules...)
			sub := Subject{Attributes: inDepartment("Department 3")}
			sub.Attributes["title"] = "Team Lead"
			for i := range 3 {
				sub.Memberships = append(sub.Memberships, member(fmt.Sprintf("g%d", i), bound(fmt.Sprintf("r%d", i), "ag-support")))
			}
			if n := len(s.Evaluate(sub)); n != 8 {
				b.Fatalf("%d grants, want 8", n)
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Evaluate(sub)
			}
		})
	}
}

func BenchmarkRulesFor(b *testing.B) {
	var rules []directory.Rule
	for i := range 5000 {
		rules = append(rules, directory.Rule{ID: fmt.Sprintf("r%d", i), Group: fmt.Sprintf("CC-%d-{team}", i), Roles: []string{"agent"}})
	}
	s := compile(b, tenant(), rules...)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(s.RulesFor("cc-1234-Sales", "c1")); n != 1 {
			b.Fatalf("%d rules, want 1", n)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	var rules []directory.Rule
	for i := range 5000 {
		r := directory.Rule{ID: fmt.Sprintf("r%d", i), Name: fmt.Sprintf("rule %d", i), Order: i, Group: fmt.Sprintf("CC-%d", i), Roles: []string{"agent"}}
		if i%10 == 0 {
			r.When = `department eq "Billing" and title co "lead"`
		}
		rules = append(rules, r)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(rules, tenant()); err != nil {
			b.Fatal(err)
		}
	}
}
