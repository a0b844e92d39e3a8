package mapping

import (
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/directory"
)

func drawRules(t *rapid.T) []directory.Rule {
	var rules []directory.Rule
	for i := range rapid.IntRange(0, 8).Draw(t, "rules") {
		r := directory.Rule{
			ID: fmt.Sprint("r", i), Name: fmt.Sprint("rule ", i), Order: rapid.IntRange(0, 3).Draw(t, "order"),
			Connection: rapid.SampledFrom([]string{"", "", "c1", "c2"}).Draw(t, "connection"),
			When:       rapid.SampledFrom([]string{"", `department eq "Billing"`, `not (title pr)`}).Draw(t, "when"),
			Roles:      rapid.SliceOfN(rapid.SampledFrom([]string{"agent", "supervisor", "administrator"}), 1, 3).Draw(t, "roles"),
		}
		switch subject := rapid.IntRange(0, 2).Draw(t, "subject"); {
		case subject == 0:
			r.Group = fmt.Sprint("CC-", i)
		case subject == 1:
			r.GroupID = fmt.Sprint("g", i%3)
		case r.When == "":
			r.When = "userName pr"
		}
		r.AgentGroups = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) directory.RuleOutput {
			return directory.RuleOutput{
				Name: rapid.SampledFrom([]string{"Billing", "Support", "Nowhere"}).Draw(t, "name"),
				Kind: rapid.SampledFrom([]directory.MembershipKind{"", directory.AsUser, directory.AsSupervisor, directory.AsBoth}).Draw(t, "kind"),
			}
		}), 0, 3).Draw(t, "agent groups")
		some := func(label string, names ...string) []string {
			return rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(t, label)
		}
		one := func(label string, names ...string) string {
			return rapid.SampledFrom(append(names, "", "")).Draw(t, label)
		}
		r.Options = some("options", "agent:transfer", "Supervisor:reports", "administrator:audit")
		r.Profile = one("profile", "Sales", "leads", "Admins", "Retired")
		r.Campaigns, r.Queues, r.Strategies = some("campaigns", "Summer", "winter"), some("queues", "Calls"), some("strategies", "Mass")
		r.Company, r.SeatPool, r.InitialStatus = one("company", "One", "Two"), one("seat pool", "desk", "phone"), one("status", "busy", "ready")
		rules = append(rules, r)
	}
	return rules
}

func drawSubject(t *rapid.T) Subject {
	sub := Subject{
		Attributes:  inDepartment(rapid.SampledFrom([]string{"Billing", "Sales"}).Draw(t, "department")),
		Connections: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"c1", "c2"}), rapid.ID).Draw(t, "connections"),
	}
	binding := rapid.Custom(func(t *rapid.T) directory.Binding {
		return directory.Binding{
			Rule:        fmt.Sprint("r", rapid.IntRange(0, 9).Draw(t, "rule")),
			Connection:  rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "bound in"),
			AgentGroups: rapid.SliceOfN(rapid.SampledFrom([]string{"", "ag-1", "ag-2"}), 0, 4).Draw(t, "ids"),
			Confirmed:   rapid.Bool().Draw(t, "confirmed"),
		}
	})
	for i := range rapid.IntRange(0, 4).Draw(t, "memberships") {
		m := member(fmt.Sprint("g", i%3), rapid.SliceOfNDistinct(binding, 0, 4, func(b directory.Binding) string { return b.Rule }).Draw(t, "bindings")...)
		m.Direct = rapid.Bool().Draw(t, "direct")
		sub.Memberships = append(sub.Memberships, m)
	}
	sub.Direct = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DirectStatement {
		return rapid.SampledFrom([]DirectStatement{
			stated("roles", "agent", ""), stated("roles", "Supervisor", ""), stated("roles", "administrator", ""), stated("roles", "owner", ""),
			stated("profile", "sales", ""), stated("profile", "Leads", ""), stated("profile", "Admins", ""), stated("options", "agent:transfer", ""),
			stated("groups", "Support", ""), stated("campaigns", "Summer", ""), stated("company", "One", ""), stated("company", "Two", ""),
			stated("initialStatus", "busy", ""), stated("initialStatus", "gone", ""),
		}).Draw(t, "stated")
	}), 0, 6).Draw(t, "direct")
	for i := range sub.Direct {
		sub.Direct[i].Connection = rapid.SampledFrom([]string{"c1", "c2", "c3"}).Draw(t, "by")
	}
	return sub
}

// shuffled returns the subject with everything that has no order in another one.
func shuffled(sub Subject, r *rand.Rand) Subject {
	shuffle := func(n int, swap func(i, j int)) { r.Shuffle(n, swap) }
	out := sub
	out.Connections, out.Direct, out.Memberships = slices.Clone(sub.Connections), slices.Clone(sub.Direct), slices.Clone(sub.Memberships)
	for i := range out.Memberships {
		bindings := slices.Clone(out.Memberships[i].Bindings)
		shuffle(len(bindings), func(i, j int) { bindings[i], bindings[j] = bindings[j], bindings[i] })
		out.Memberships[i].Bindings = bindings
	}
	shuffle(len(out.Connections), func(i, j int) { out.Connections[i], out.Connections[j] = out.Connections[j], out.Connections[i] })
	shuffle(len(out.Direct), func(i, j int) { out.Direct[i], out.Direct[j] = out.Direct[j], out.Direct[i] })
	shuffle(len(out.Memberships), func(i, j int) {
		out.Memberships[i], out.Memberships[j] = out.Memberships[j], out.Memberships[i]
	})
	return out
}

func TestEvaluateProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules, sub := drawRules(t), drawSubject(t)
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		for _, o := range []Options{tenant(), single()} {
			s, err := Compile(rules, o)
			if err != nil {
				t.Fatal(err)
			}
			grants := s.Evaluate(sub)
			if diff := cmp.Diff(grants, s.Evaluate(sub)); diff != "" {
				t.Fatalf("asked twice: %s", diff)
			}
			if diff := cmp.Diff(grants, s.Evaluate(shuffled(sub, r))); diff != "" {
				t.Fatalf("the order of statements matters: %s", diff)
			}
			mixed := slices.Clone(rules)
			r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			if again, err := Compile(mixed, o); err != nil {
				t.Fatal(err)
			} else if diff := cmp.Diff(grants, again.Evaluate(sub)); diff != "" {
				t.Fatalf("the order of the list of rules matters: %s", diff)
			}
			checkGrants(t, s, sub, grants)
			checkTrace(t, s, sub, grants)
		}
	})
}

func checkGrants(t *rapid.T, s *Set, sub Subject, grants []directory.Grant) {
	seen, rights := map[directory.Grant]bool{}, map[directory.EntitlementKind]map[string]bool{}
	for _, g := range grants {
		if seen[g] {
			t.Fatalf("granted twice: %+v", g)
		}
		seen[g] = true
		if rights[g.Kind] == nil {
			rights[g.Kind] = map[string]bool{}
		}
		rights[g.Kind][g.Target] = true
		known := s.things.targets[directory.Entitlement{Kind: g.Kind, Target: g.Target}]
		switch {
		case g.Target == "" || g.Target == "owner" || (g.Kind == directory.AgentGroupEntitlement) != (g.Membership != ""):
			t.Fatalf("an impossible grant: %+v", g)
		case g.Kind == directory.AgentGroupEntitlement:
			continue
		case known == nil || known.refused != nil || known.lapsed != nil:
			t.Fatalf("what nobody gives, or is not there: %+v", g)
		case known.privileged && !confirmed(sub, g.Origin):
			t.Fatalf("something privileged without confirmation: %+v", g)
		}
	}
	for kind, targets := range rights {
		if len(targets) > 1 && (kind.Single() || kind == directory.RoleEntitlement && s.single) {
			t.Fatalf("more than one %s: %v", kind, targets)
		}
	}
	for _, g := range grants {
		if g.Kind != directory.ProfileEntitlement {
			continue
		}
		with := g
		with.Entitlement = s.things.targets[g.Entitlement].role.Entitlement
		if !seen[with] {
			t.Fatalf("a profile without its role: %+v", g)
		}
	}
}

func confirmed(sub Subject, o directory.Origin) bool {
	return o.Kind == directory.FromRule && (o.Group == "" || slices.ContainsFunc(sub.Memberships, func(m Membership) bool {
		return m.Group == o.Group && slices.ContainsFunc(m.Bindings, func(b directory.Binding) bool { return b.Rule == o.Rule && b.Confirmed })
	}))
}

// checkTrace holds the explanation against what is granted.
func checkTrace(t *rapid.T, s *Set, sub Subject, grants []directory.Grant) {
	granted := map[string][]directory.Entitlement{}
	for _, g := range grants {
		if g.Origin.Kind == directory.FromRule && !slices.Contains(granted[g.Origin.Rule], g.Entitlement) {
			granted[g.Origin.Rule] = append(granted[g.Origin.Rule], g.Entitlement)
		}
	}
	traces := s.Trace(sub)
	if len(traces) < len(s.rules) {
		t.Fatalf("%d traces of %d rules", len(traces), len(s.rules))
	}
	direct := map[directory.Entitlement]bool{}
	for _, g := range grants {
		if g.Origin.Kind == directory.FromDirect {
			direct[g.Entitlement] = true
		}
	}
	for _, trace := range traces[len(s.rules):] {
		if trace.Stated == nil || trace.Hit == (trace.Missed.Text != "") || trace.Hit != (len(trace.Yields) > 0) {
			t.Fatalf("a statement without a reason, or with one too many: %+v", trace)
		}
		for _, x := range trace.Yields {
			if !slices.ContainsFunc(grants, func(g directory.Grant) bool {
				return g.Entitlement == x && g.Origin.Connection == trace.Stated.Connection
			}) {
				t.Fatalf("explained and not granted: %+v", trace)
			}
			delete(direct, x)
		}
	}
	if len(direct) > 0 {
		t.Fatalf("granted and not explained: %v", direct)
	}
	for _, trace := range traces[:len(s.rules)] {
		if diff := cmp.Diff(granted[trace.Rule], trace.Yields); diff != "" {
			t.Fatalf("rule %s: granted and explained differ: %s", trace.Rule, diff)
		}
		if !trace.Hit && (trace.Missed.Text == "" || len(trace.Yields) > 0) {
			t.Fatalf("missed without a reason, or with a yield: %+v", trace)
		}
		if trace.Hit && trace.Missed.Text == "" && len(trace.Yields) == 0 {
			t.Fatalf("hit for nothing and no reason: %+v", trace)
		}
	}
}

// TestPatternAgreesWithARegularExpression takes the regular expression as the definition of leftmost and shortest.
func TestPatternAgreesWithARegularExpression(t *testing.T) {
	t.Parallel()
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aAbk \u212a-")), 1, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		pattern, expression := "", "(?is)^"
		literal := func(least int) {
			if rapid.IntRange(least, 2).Draw(t, "literal") > 0 {
				l := text.Draw(t, "text")
				pattern, expression = pattern+l, expression+regexp.QuoteMeta(l)
			}
		}
		words := []string{"x", "y", "z"}[:rapid.IntRange(1, 3).Draw(t, "captures")]
		for i, word := range words {
			literal(min(i, 1))
			pattern, expression = pattern+"{"+word+"}", expression+`(\s*\S.*?)`
		}
		literal(0)
		p, err := ParsePattern(pattern)
		if err != nil {
			if !strings.Contains(err.Error(), "bind every group") {
				t.Fatal(err)
			}
			return
		}
		name := rapid.StringOfN(rapid.RuneFrom([]rune("aAbkK -")), 0, 14, -1).Draw(t, "name")
		found := regexp.MustCompile(expression + "$").FindStringSubmatch(name)
		got, ok := p.Match(name)
		if ok != (found != nil) {
			t.Fatalf("%q and %q: %v, the expression says %v", pattern, name, ok, found != nil)
		}
		for i, word := range words {
			if ok && got[word] != strings.TrimSpace(found[i+1]) {
				t.Fatalf("%q and %q: {%s} is %q, the expression says %q", pattern, name, word, got[word], found[i+1])
			}
		}
	})
}
