package provision_test

import (
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// works tells somebody's campaigns and agent groups, each with what gave it.
func works(v provision.View) []string {
	var out []string
	for _, x := range v.Campaigns {
		out = append(out, x.Name+" by "+string(x.Origin.Kind)+" of "+x.Origin.Connection+x.Origin.Rule)
	}
	for _, x := range v.AgentGroups {
		out = append(out, x.Name+"/"+string(x.Kind)+" by "+string(x.Origin.Kind)+" of "+x.Origin.Connection+x.Origin.Rule)
	}
	return out
}

func TestStatementsGiveWhatTheConnectionLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		named := func(kind directory.WorkKind, id, name string) directory.WorkGroup {
			g := directory.NewWorkGroup(kind, name)
			g.ID, g.ManagedBy = id, directory.ByManifest
			return g
		}
		b.configure(func(c *store.Configuration) {
			c.Work = append(c.Work, named(directory.CampaignWork, "w1", "Summer"), named(directory.CampaignWork, "w2", "Winter"))
			c.AgentGroups = append(c.AgentGroups, named(directory.AgentGroupWork, "ag1", "Support"))
		})
		ana := b.user(b.okta, "ana@acme.test", "1", map[string]any{schema.RollcallURN: map[string]any{
			"campaigns": []any{"summer", "Autumn"}, "groups": []any{map[string]any{"value": "Support", "kind": "supervisor"}},
		}}).ID
		has := func(want ...string) {
			t.Helper()
			if got := works(b.view(ana)); !slices.Equal(got, want) {
				t.Errorf("has %q, want %q", got, want)
			}
		}
		says := func(statement, missed string, yields ...string) {
			t.Helper()
			x := b.explained(ana, statement)
			var got []string
			for _, y := range x.Yields {
				got = append(got, y.Target)
			}
			if x.Missed.Text != missed || x.Hit == (missed != "") || !slices.Equal(got, yields) || x.Stated == "" {
				t.Errorf("%s: %+v, want missed %q and yields %q", statement, x, missed, yields)
			}
		}
		has()
		says(`okta states campaigns "summer"`, "the connection does not list it in direct:")

		lists := func(direct ...string) func(*store.Configuration) {
			return func(c *store.Configuration) { c.Connections[0].Direct = direct }
		}
		b.configure(lists("campaigns", "groups"))
		has("Summer by direct of okta", "Support/supervisor by direct of okta")
		says(`okta states campaigns "summer"`, "", "Summer")
		says(`okta states campaigns "Autumn"`, `there is no campaign "Autumn"`)

		b.configure(func(c *store.Configuration) {
			c.Rules = append(c.Rules, directory.Rule{
				ID: "r1", Name: "summer", When: schema.RollcallURN + `:campaigns eq "Autumn"`, Campaigns: []string{"Winter"}, ManagedBy: directory.ByManifest,
			})
		})
		has("Summer by direct of okta", "Winter by rule of summer", "Support/supervisor by direct of okta")
		b.configure(lists("campaigns"))
		has("Summer by direct of okta", "Winter by rule of summer")
		b.configure(func(c *store.Configuration) { c.Work[0].Archived, c.Work[1].Archived = true, true })
		has()
		says(`okta states campaigns "summer"`, "it is archived")
		if x := b.explained(ana, "summer"); !x.Hit || x.Missed.Text != "the campaign Winter is archived" {
			t.Errorf("the rule: %+v", x)
		}
		b.configure(func(c *store.Configuration) { c.Work[0].Archived, c.Work[1].Archived = false, false })
		has("Summer by direct of okta", "Winter by rule of summer")
		b.mustSet(b.okta, ana, map[string]any{schema.RollcallURN: map[string]any{"campaigns": []any{"w2"}}})
		has("Winter by direct of okta")
	})
}
