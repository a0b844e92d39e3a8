package provision_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func (d *desk) ask(asks ...provision.Ask) []provision.Answer {
	d.t.Helper()
	out, err := provision.New(d.db, provision.Options{}).Authorize(d.t.Context(), d.tenant, asks)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func TestMayThisPersonDoThis(t *testing.T) {
	t.Parallel()
	atDesk(t, "whatsapp-team", map[string]func(*testing.T, *desk){
		"by role and membership, with the reasons": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) {
				c.Rules = append(c.Rules, directory.Rule{
					ID: "r", Name: "leads", When: `title eq "Lead"`, Roles: []string{"attendant"},
					AgentGroups: []directory.RuleOutput{{Name: "Sales", Kind: directory.AsSupervisor}}, ManagedBy: directory.ByManifest,
				})
			})
			lead := d.user(d.okta, "lead", "x1", map[string]any{"title": "Lead"}).ID
			other := d.user(d.okta, "other", "x2").ID
			answers := d.ask(
				provision.Ask{Person: lead, Permission: "conversations.reply", AgentGroup: "agent_group-sales", Owner: other},
				provision.Ask{Person: other, Permission: "conversations.reply", AgentGroup: "agent_group-sales"},
				provision.Ask{Person: "nobody", Permission: "conversations.reply"},
				provision.Ask{Person: lead, Permission: "planets.move"},
				provision.Ask{Person: lead, Permission: "conversations.auto_distribution", AgentGroup: "agent_group-sales"},
			)
			for i, want := range []bool{true, false, false, false, false} {
				if answers[i].Allowed != want || len(answers[i].Chain) == 0 {
					t.Errorf("question %d: %+v", i, answers[i])
				}
			}
			found := false
			for _, r := range answers[0].Origins {
				for _, o := range r.Origins {
					found = found || o.Rule == "leads" && o.Kind == directory.FromRule && o.Change != ""
				}
			}
			if !found {
				t.Errorf("the chain does not end in the rule: %+v", answers[0].Origins)
			}
			d.mustSet(d.okta, lead, map[string]any{"active": false})
			if a := d.ask(provision.Ask{Person: lead, Permission: "conversations.reply"}); a[0].Allowed {
				t.Error("a suspended person may reply")
			}
		},
		"what is remembered is a second old at most": func(t *testing.T, d *desk) {
			id := d.person("ana", role("administrator")).ID
			d.person("bea", role("administrator"))
			ask := func() bool {
				out, err := d.engine.Authorize(t.Context(), d.tenant, []provision.Ask{{Person: id, Permission: "users.create"}})
				if err != nil {
					t.Fatal(err)
				}
				return out[0].Allowed
			}
			if !ask() {
				t.Fatal("an administrator may not create users (002-01)")
			}
			d.must(d.engine.Suspend(t.Context(), d.admin, id, provision.PersonOptions{}))
			d.await("the suspension to be known", func() bool { return !ask() })
		},
		"in an agent group that a rule has just made": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) {
				c.Rules = append(c.Rules, directory.Rule{
					ID: "r", Name: "teams", Group: "T-{team}", Roles: []string{"attendant"},
					AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsUser}}, ManagedBy: directory.ByManifest,
				})
			})
			id := d.user(d.okta, "ana", "x1").ID
			if a, err := d.engine.Authorize(t.Context(), d.tenant, []provision.Ask{{Person: id, Permission: "conversations.claim"}}); err != nil || a[0].Allowed {
				t.Fatalf("%+v, %v", a, err)
			}
			d.group(d.okta, "T-Night", id)
			night := d.view(id).AgentGroups[0].ID
			d.await("the group to be known", func() bool {
				a, err := d.engine.Authorize(t.Context(), d.tenant, []provision.Ask{{Person: id, Permission: "conversations.claim", AgentGroup: night}})
				return err == nil && a[0].Allowed
			})
		},
		"too many questions, and explained ones": func(t *testing.T, d *desk) {
			_, err := d.engine.Authorize(t.Context(), d.tenant, make([]provision.Ask, provision.MostAsks+1))
			d.wantKind(err, directory.TooMany)
			d.person("ana", role("restricted_attendant"))
			a, err := d.engine.ExplainPermission(t.Context(), d.tenant, provision.Ask{Person: "ana", Permission: "contacts.view"})
			if err != nil || a.Allowed || len(a.Chain) == 0 {
				t.Errorf("%+v, %v (002-15)", a, err)
			}
			_, err = d.engine.ExplainPermission(t.Context(), d.tenant, provision.Ask{Person: "ana", Permission: "contact.view"})
			d.wantKind(err, directory.Invalid)
			_, err = d.engine.ExplainPermission(t.Context(), d.tenant, provision.Ask{Person: "nobody", Permission: "contacts.view"})
			d.wantKind(err, directory.NotFound)
			held, err := d.engine.Permissions(t.Context(), d.tenant, "ana")
			if err != nil || len(held) == 0 {
				t.Fatalf("%v, %v", held, err)
			}
			for _, p := range held {
				if len(p.Via) == 0 || len(p.Origins) == 0 || p.Origins[0].Origins[0].Change == "" {
					t.Errorf("%s has no reason: %+v", p.Key, p)
				}
			}
		},
	})
}
