package scim_test

import (
	"fmt"
	"testing"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// ours is the URN of our extension.
const ours = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User"

// staffed is a client of a tenant that has one of everything that its extension names, and whose connection lists
// attributes in direct:.
func (g *gateway) staffed(dialect directory.Dialect, direct []string, rules ...directory.Rule) *client {
	g.t.Helper()
	c := g.connect(dialect, func(x *directory.Connection) { x.Direct = direct })
	err := g.db.Write(g.t.Context(), c.tenant, func(tx *store.Tx) error {
		for _, r := range access.Presets()[0].Roles {
			switch r.Key {
			case "agent":
				r.Options = []directory.RoleOption{{Key: "transfer", Name: "Transfer conversations"}}
			case "administrator":
				r.Options = []directory.RoleOption{{Key: "audit", Name: "Audit"}}
			}
			tx.PutRole(r)
		}
		for _, p := range []directory.Profile{{ID: "p1", Name: "Sales", Role: "agent"}, {ID: "p2", Name: "Leads", Role: "supervisor"}, {ID: "p3", Name: "Admins", Role: "administrator"}} {
			p.Icon, p.ManagedBy = "star", directory.ByManifest
			tx.PutProfile(p)
		}
		for id, w := range map[string]directory.WorkGroup{
			"ag1": directory.NewWorkGroup(directory.AgentGroupWork, "Support"), "w1": directory.NewWorkGroup(directory.CampaignWork, "Summer"),
		} {
			w.ID, w.ManagedBy = id, directory.ByManifest
			tx.PutWorkGroup(w)
		}
		tx.PutCompany(directory.Company{ID: "co1", Name: "One", ManagedBy: directory.ByManifest})
		tx.PutStatus(directory.Status{Key: "busy", Name: "Busy", Active: true, ManagedBy: directory.ByManifest})
		tx.PutStatus(directory.Status{Key: "online", Name: "Online", Receives: true, Active: true, ManagedBy: directory.ByManifest})
		tx.PutSetting("presence.initial_status", "online", directory.SettingOrigin{ManagedBy: directory.ByManifest})
		for i, r := range rules {
			r.ID, r.Name, r.Order, r.ManagedBy = fmt.Sprint("r", i), fmt.Sprint("rule ", i), i, directory.ByManifest
			tx.PutRule(r)
		}
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

// effective checks an effective right of somebody, which is answered when it is named.
func (c *client) effective(at, attribute string, want any) {
	c.t.Helper()
	path := "/" + ours + "/" + attribute
	c.send("GET", at+"?attributes="+ours+":"+attribute, "").want(200).has(path, want)
}

func right(value, display, origin string) map[string]any {
	return map[string]any{"value": value, "display": display, "origin": origin}
}

func TestAttributeDrivesProfile(t *testing.T) {
	t.Parallel()
	path := `"path":"` + ours + `:profile"`
	styles := map[directory.Dialect]struct{ give, change, takeBack string }{
		directory.Entra: {
			`{"op":"Add",` + path + `,"value":"sales"}`, `{"op":"Replace",` + path + `,"value":[{"value":"Leads"}]}`, `{"op":"Remove",` + path + `}`,
		},
		directory.Okta: {
			`{"op":"replace","value":{"` + ours + `":{"profile":"Sales"}}}`, `{"op":"replace","value":{"` + ours + `:profile":"Leads"}}`,
			`{"op":"replace","value":{"` + ours + `":{"profile":null}}}`,
		},
		directory.RFC: {
			`{"op":"add",` + path + `,"value":"p1"}`, `{"op":"replace",` + path + `,"value":"Leads"}`, `{"op":"replace",` + path + `,"value":null}`,
		},
	}
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for dialect, style := range styles {
			t.Run(string(dialect), func(t *testing.T) {
				c := g.staffed(dialect, []string{"profile"}).in(t)
				at := "/Users/" + c.user("ana", "").text("/id")
				step := func(operation, stated string, profile, roles any) {
					t.Helper()
					got := c.send("PATCH", at, patch(operation)).want(200)
					if stated != "" {
						got.has("/"+ours+"/profile", stated)
					} else {
						got.has("/"+ours, nil)
					}
					c.effective(at, "effectiveProfile", profile)
					c.effective(at, "effectiveRoles", roles)
				}
				stated := map[directory.Dialect]string{directory.Entra: "sales", directory.Okta: "Sales", directory.RFC: "p1"}[dialect]
				agent, supervisor := []any{right("agent", "Agent", "direct")}, []any{right("supervisor", "Supervisor", "direct")}
				step(style.give, stated, right("p1", "Sales", "direct"), agent)
				step(style.change, "Leads", right("p2", "Leads", "direct"), supervisor)
				step(style.takeBack, "", nil, nil)
				step(style.give, stated, right("p1", "Sales", "direct"), agent)
				c.send("PATCH", at, patch(`{"op":"replace",`+path+`,"value":"Nowhere"}`)).want(200).has("/"+ours+"/profile", "Nowhere")
				c.effective(at, "effectiveProfile", nil)
				c.effective(at, "effectiveRoles", nil)
			})
		}
	})
}

func TestAttributeDrivesOptionsGroupsCampaignsAndCompany(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).staffed(directory.Entra, []string{"agent", "options", "groups", "campaigns", "company"})
		ana := c.user("ana", `"name":{"givenName":"Ana","familyName":"Diaz"},"roles":[{"value":"agent"}],"`+ours+`":{"options":["agent:transfer"],"company":"One"}`)
		ana.has("/"+ours, map[string]any{"options": []any{"agent:transfer"}, "company": "One"})
		at := "/Users/" + ana.text("/id")
		c.effective(at, "effectiveRoles", []any{right("agent", "Agent", "direct")})
		c.effective(at, "effectiveOptions", []any{right("agent:transfer", "Transfer conversations", "direct")})
		c.effective(at, "effectiveCompany", right("co1", "One", "direct"))
		c.effective(at, "eligible", false)

		c.send("PATCH", at, patch(
			`{"op":"Remove","path":"`+ours+`:options[value eq \"agent:transfer\"]"}`,
			`{"op":"Add","path":"`+ours+`:groups","value":[{"value":"support"}]}`,
			`{"op":"Add","path":"`+ours+`:campaigns","value":[{"value":"Summer"},{"value":"Winter"}]}`,
		)).want(200).has("/"+ours, map[string]any{
			"company": "One", "campaigns": []any{"Summer", "Winter"}, "groups": []any{map[string]any{"value": "support"}},
		})
		c.effective(at, "effectiveOptions", nil)
		c.effective(at, "effectiveAgentGroups", []any{map[string]any{"value": "ag1", "display": "Support", "kind": "user"}})
		c.effective(at, "effectiveCampaigns", []any{right("w1", "Summer", "direct")})
		c.effective(at, "eligible", true)

		c.send("PATCH", at, patch(`{"op":"Replace","path":"`+ours+`:groups[value eq \"Support\"].kind","value":"supervisor"}`)).want(200).
			has("/"+ours+"/groups/0", map[string]any{"value": "support", "kind": "supervisor"})
		c.effective(at, "effectiveAgentGroups", []any{map[string]any{"value": "ag1", "display": "Support", "kind": "supervisor"}})
		c.effective(at, "eligible", true) // in the campaign
		c.send("PATCH", at, patch(`{"op":"Remove","path":"`+ours+`:campaigns","value":["SUMMER"]}`)).want(200).has("/"+ours+"/campaigns", []any{"Winter"})
		c.effective(at, "effectiveCampaigns", nil)
		c.effective(at, "eligible", false)

		names := "?attributes="
		for _, name := range []string{"state", "eligible", "seat", "status", "effectiveRoles", "effectiveAgentGroups", "effectiveCampaigns", "effectiveCompany", "effectiveOptions", "effectiveProfile"} {
			names += ours + ":" + name + ","
		}
		c.send("GET", at+names, "").want(200).has("/"+ours+"/seat", "exempt").has("/"+ours+"/status", "online").has("/"+ours+"/state", "active")
		c.send("PATCH", at+names, patch(`{"op":"Replace","path":"active","value":"False"}`)).want(200).has("/"+ours, map[string]any{"state": "suspended", "eligible": false})
		c.send("GET", "/Users"+names, "").want(200).has("/Resources/0/"+ours, map[string]any{"state": "suspended", "eligible": false})
	})
}

func TestStatementsGiveNothingByThemselves(t *testing.T) {
	t.Parallel()
	const everything = `"roles":[{"value":"agent"}],"` + ours + `":{"profile":"Sales","options":["agent:transfer"],"campaigns":["Summer"],"company":"One",` +
		`"groups":[{"value":"Support","kind":"both"}],"initialStatus":"online","skills":["tax"],"extension":"100",` +
		`"absence":{"kind":"holiday","from":"2026-01-01T00:00:00Z","until":"2026-01-10T00:00:00Z","note":"Sea"}}`
	all := []string{"effectiveRoles", "effectiveProfile", "effectiveOptions", "effectiveAgentGroups", "effectiveCampaigns", "effectiveCompany"}
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		t.Run("without direct", func(t *testing.T) {
			c := g.staffed(directory.RFC, nil).in(t)
			at := "/Users/" + c.user("ana", everything).has("/"+ours+"/absence/note", "Sea").has("/"+ours+"/groups/0/kind", "both").text("/id")
			for _, name := range all {
				c.effective(at, name, nil)
			}
		})
		t.Run("nothing privileged with it", func(t *testing.T) {
			c := g.staffed(directory.Okta, append([]string{"administrator"}, directory.DirectAttributes()...)).in(t)
			ana := c.user("ana", `"roles":[{"value":"administrator"}],"`+ours+`":{"profile":"Admins","options":["administrator:audit"]}`)
			for _, name := range all {
				c.effective("/Users/"+ana.text("/id"), name, nil)
			}
		})
	})
}

func TestRulesSeeStatements(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).staffed(directory.Entra, nil,
			directory.Rule{When: `profile eq "Tax clerks" and skills eq "tax"`, Profile: "Sales", Options: []string{"agent:transfer"}},
			directory.Rule{When: ours + `:groups[value eq "Desk" and kind eq "supervisor"]`, AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsBoth}}},
			directory.Rule{When: `absence.kind eq "sick" or campaigns eq "Spring"`, Campaigns: []string{"Summer"}, Company: "One"},
		)
		at := "/Users/" + c.user("ana", `"`+ours+`":{"profile":"Tax Clerks"}`).text("/id")
		c.effective(at, "effectiveProfile", nil)
		c.send("PATCH", at, patch(`{"op":"Add","path":"`+ours+`:skills","value":"Tax"}`)).want(200).has("/"+ours+"/skills", []any{"Tax"})
		c.effective(at, "effectiveProfile", right("p1", "Sales", "rule"))
		c.effective(at, "effectiveOptions", []any{right("agent:transfer", "Transfer conversations", "rule")})
		c.send("PATCH", at, patch(`{"op":"Add","path":"`+ours+`:groups[value eq \"Desk\"].kind","value":"supervisor"}`)).want(200)
		c.effective(at, "effectiveAgentGroups", []any{map[string]any{"value": "ag1", "display": "Support", "kind": "both"}})
		c.send("PATCH", at, patch(`{"op":"Add","path":"`+ours+`:absence.kind","value":"sick"}`)).want(200).has("/"+ours+"/absence", map[string]any{"kind": "sick"})
		c.effective(at, "effectiveCompany", right("co1", "One", "rule"))
		c.send("PATCH", at, patch(`{"op":"Remove","path":"`+ours+`:absence"}`, `{"op":"Remove","path":"`+ours+`:skills"}`)).want(200)
		c.effective(at, "effectiveCampaigns", nil)
		c.effective(at, "effectiveProfile", nil)
	})
}

func TestFiltersOverTheExtension(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).staffed(directory.RFC, nil)
		c.user("ana", `"`+ours+`":{"profile":"Sales","options":["agent:transfer"],"groups":[{"value":"Support","kind":"both"}],"absence":{"kind":"holiday","until":"2026-01-10T00:00:00Z"}}`)
		c.user("bob", `"`+ours+`":{"profile":"Leads","campaigns":["Summer"],"company":"One","groups":[{"value":"Support"},{"value":"Desk","kind":"both"}]}`)
		c.user("cid", "")
		for filter, want := range map[string]string{
			`profile eq "SALES"`: "ana", `options eq "agent:transfer"`: "ana", `campaigns co "sum"`: "bob", `company pr`: "bob", `not (profile pr)`: "cid",
			`groups[value eq "support" and kind eq "both"]`: "ana", `groups.value eq "desk"`: "bob", `absence.until lt "2026-02-01T00:00:00+01:00"`: "ana",
			`absence.kind eq "holiday"`: "ana",
		} {
			if got := c.send("GET", "/Users"+query("filter", qualified(filter)), "").want(200).userNames(); got != want {
				t.Errorf("%s: %q, want %q", filter, got, want)
			}
		}
		for _, filter := range []string{`effectiveProfile pr`, `eligible eq true`, `seat eq "held"`, `status eq "online"`} {
			c.send("GET", "/Users"+query("filter", ours+":"+filter), "").refused(400, "invalidFilter")
		}
	})
}

func qualified(filter string) string {
	if len(filter) > 4 && filter[:4] == "not " {
		return "not (" + ours + ":" + filter[5:]
	}
	return ours + ":" + filter
}

func TestWrongValuesOfTheExtension(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).staffed(directory.RFC, directory.DirectAttributes())
		at := "/Users/" + c.user("ana", "").text("/id")
		for _, name := range []string{"effectiveProfile", "effectiveRoles", "effectiveOptions", "effectiveAgentGroups", "effectiveCampaigns", "effectiveCompany", "seat", "status", "eligible", "state"} {
			for _, op := range []string{"add", "replace", "remove"} {
				value := `,"value":"x"`
				if op == "remove" {
					value = ""
				}
				c.send("PATCH", at, patch(`{"op":"`+op+`","path":"`+ours+":"+name+`"`+value+`}`)).refused(400, "mutability")
			}
		}
		c.send("PATCH", at, patch(`{"op":"replace","path":"`+ours+`:effectiveProfile.value","value":"p1"}`)).refused(400, "mutability")
		stated := c.send("PUT", at, `{`+userSchemas+`,"userName":"ana","`+ours+`":{"eligible":true,"seat":"held","effectiveProfile":{"value":"p1"},"extension":"7"}}`).want(200)
		stated.has("/"+ours, map[string]any{"extension": "7"})
		c.send("PATCH", at, patch(`{"op":"replace","value":{"`+ours+`":{"effectiveProfile":{"value":"p1"},"state":"pending"}}}`)).want(200).has("/meta/version", stated.at("/meta/version"))
		c.effective(at, "effectiveProfile", nil)
		for _, value := range []string{
			`{"absence":{"from":"tomorrow"}}`, `{"absence":"away"}`, `{"absence":{"kind":7}}`, `{"groups":[7]}`, `{"groups":[{"value":true}]}`, `{"options":[{"role":"agent"}]}`,
			`{"profile":["Sales","Leads"]}`, `{"profile":7}`, `{"campaigns":[{"name":"Summer"}]}`, `{"company":{"name":"One"}}`,
		} {
			c.send("POST", "/Users", `{`+userSchemas+`,"userName":"new","`+ours+`":`+value+`}`).refused(400, "invalidValue")
			c.send("PATCH", at, patch(`{"op":"replace","value":{"`+ours+`":`+value+`}}`)).refused(400, "invalidValue")
		}
		c.send("PATCH", at, patch(`{"op":"replace","path":"`+ours+`:groups[kind eq \"both\"].value","value":"x"}`)).refused(400, "noTarget")
		c.send("PATCH", at, patch(`{"op":"replace","path":"`+ours+`:absense.kind","value":"x"}`)).refused(400, "invalidPath")
	})
}
