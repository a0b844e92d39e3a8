package admin_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// What is wrong is refused in one place, whoever asks for it.
func TestWhatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of(""))
		role := func(key string, edit func(*directory.Role)) func(*store.Configuration) {
			return func(c *store.Configuration) {
				r := directory.Role{Key: key, Name: key}
				edit(&r)
				c.Roles = append(c.Roles, r)
			}
		}
		team := func(name string, edit func(*directory.WorkGroup)) func(*store.Configuration) {
			return func(c *store.Configuration) {
				g := directory.NewWorkGroup(directory.AgentGroupWork, name)
				edit(&g)
				c.AgentGroups = append(c.AgentGroups, g)
			}
		}
		status := func(x directory.Status) func(*store.Configuration) {
			return func(c *store.Configuration) { c.Statuses = append(c.Statuses, x) }
		}
		pool := func(x directory.SeatPool) func(*store.Configuration) {
			return func(c *store.Configuration) { c.SeatPools = append(c.SeatPools, x) }
		}
		rule := func(x directory.Rule) func(*store.Configuration) {
			return func(c *store.Configuration) { c.Rules = append(c.Rules, x) }
		}
		for says, edit := range map[string]func(*store.Configuration){
			`the connection "a": link: people cannot be linked by "externalId": write userName, emails.value,`: func(c *store.Configuration) {
				c.Connections = append(c.Connections, directory.Connection{Name: "a", Kind: directory.SCIM, Dialect: directory.RFC, Link: "externalId"})
			},
			`the connection "a": authority: "titel" is no attribute of a user`: func(c *store.Configuration) {
				c.Connections = append(c.Connections, directory.Connection{Name: "a", Kind: directory.SCIM, Dialect: directory.RFC, Authority: []string{"titel"}})
			},
			`the name "" of a tenant`:                         func(c *store.Configuration) { c.Tenant.Name = "" },
			`there is no setting "guard.cuont"`:               func(c *store.Configuration) { c.Settings["guard.cuont"] = "7" },
			`the setting guard.count: "many" must be a whole`: func(c *store.Configuration) { c.Settings["guard.count"] = "many" },
			`people begin in the status "gone"`:               func(c *store.Configuration) { c.Settings["presence.initial_status"] = "gone" },
			`the tenant's statuses cannot be edited`:          func(c *store.Configuration) { c.Settings["presence.statuses"] = "off"; c.Statuses[1].Name = "On" },
			`a key has small letters`:                         role("Chief!", func(*directory.Role) {}),
			`there are two of the role "AGENT"`:               role("mine", func(r *directory.Role) { r.Name = "AGENT" }),
			`there is no permission "users.edti"`:             role("mine", func(r *directory.Role) { r.Permissions = permissions("users.edti") }),
			`there is no module "workspace"`: role("mine", func(r *directory.Role) {
				r.Modules = []directory.RoleModule{{Key: "workspace", Mode: directory.Granted}}
			}),
			`cannot be a console`:                            role("mine", func(r *directory.Role) { r.Kind = directory.ConsoleRole }),
			`only a preset has an owner role`:                role("mine", func(r *directory.Role) { r.Owner = true }),
			`its setting roles.model is custom,options; add`: role("mine", func(r *directory.Role) { r.Kind = directory.PermissionGroup }),
			`there is no role "none"`: func(c *store.Configuration) {
				c.Profiles = append(c.Profiles, directory.Profile{Name: "p", Role: "none"})
			},
			`the role "agent" has no modules to choose from`: func(c *store.Configuration) {
				c.Profiles = append(c.Profiles, directory.Profile{Name: "p", Role: "agent"})
			},
			`{ and } are for the captures`:                  team("Team {x}", func(*directory.WorkGroup) {}),
			`the visibility "secret" is not`:                team("x", func(g *directory.WorkGroup) { g.Visibility = "secret" }),
			`is of a company that the tenant does not have`: team("x", func(g *directory.WorkGroup) { g.Company = "none" }),
			`the channel "chat" is empty, or stands twice`:  team("x", func(g *directory.WorkGroup) { g.Channels = []string{"chat", "chat"} }),
			`"clan" is no kind of a group of work`:          team("x", func(g *directory.WorkGroup) { g.Kind = "clan" }),
			`2 agent groups are the default one`:            func(c *store.Configuration) { makeDefault(c, "a"); makeDefault(c, "b") },
			`there are two of the company "NORTH"`:          func(c *store.Configuration) { c.Companies = []directory.Company{{Name: "North"}, {Name: "NORTH"}} },
			`visibility, distribution, default and channels`: func(c *store.Configuration) {
				c.Work = append(c.Work, directory.WorkGroup{Kind: directory.CampaignWork, Name: "c", Default: true})
			},
			`the status "Lunch": the keyword must be`: status(directory.Status{Key: "Lunch", Name: "Lunch"}),
			`there are two of the status "Online"`:    status(directory.Status{Key: "on", Name: "Online"}),
			`the status "offline" cannot be removed`: func(c *store.Configuration) {
				c.Statuses = slices.DeleteFunc(c.Statuses, func(x directory.Status) bool { return x.Key == "offline" })
			},
			`the status "offline" cannot be inactive`:      func(c *store.Configuration) { c.Statuses[0].Active = false },
			`the seat pool "A B": a key has small letters`: pool(directory.SeatPool{Key: "A B", Name: "x"}),
			`the policy "free" is not hard_cap`:            pool(directory.SeatPool{Key: "a", Name: "x", Policy: "free"}),
			`limit and grace are whole numbers`:            pool(directory.SeatPool{Key: "a", Name: "x", Limit: -1}),
			`the seat pool "a": there is no role "none"`:   pool(directory.SeatPool{Key: "a", Name: "x", Roles: []string{"none"}}),
			`holders of the role "agent" sit in`: func(c *store.Configuration) {
				c.SeatPools = []directory.SeatPool{{Key: "a", Name: "x", Roles: []string{"agent"}}, {Key: "b", Name: "y", Roles: []string{"agent"}}}
			},
			`roles: there is no role "none"`:      rule(directory.Rule{Name: "r", When: `title eq "x"`, Roles: []string{"none"}}),
			`when: `:                              rule(directory.Rule{Name: "r", When: `title eq`, Roles: []string{"agent"}}),
			`profile: there is no profile "none"`: rule(directory.Rule{Name: "r", When: `title eq "x"`, Profile: "none"}),
			`there are two of the rule "R"`: func(c *store.Configuration) {
				c.Rules = []directory.Rule{{Name: "r", When: `title pr`, Roles: []string{"agent"}}, {Name: "R", When: `title pr`, Roles: []string{"agent"}}}
			},
			`there are two of the mapping test "T"`:            func(c *store.Configuration) { c.Tests = []directory.MappingTest{{Name: "t"}, {Name: "T"}} },
			`the mapping test "t" fails`:                       func(c *store.Configuration) { c.Tests = []directory.MappingTest{invented("t", "x", "agent")} },
			`there is no version "9" of the preset "standard"`: func(c *store.Configuration) { c.Tenant.Preset = "standard@9" },
			`a tenant stays with its preset`:                   func(c *store.Configuration) { c.Tenant.Preset = "call-centre" },
		} {
			if err := d.unchanged(edit); !strings.Contains(err.Error(), says) {
				t.Errorf("%v; want %q", err, says)
			}
		}
	})
}

func permissions(keys ...string) []directory.RolePermission {
	var out []directory.RolePermission
	for _, key := range keys {
		out = append(out, directory.RolePermission{Key: key, Scope: directory.ScopeAll, Mode: directory.Granted})
	}
	return out
}

func makeDefault(c *store.Configuration, name string) {
	g := directory.NewWorkGroup(directory.AgentGroupWork, name)
	g.Default = true
	c.AgentGroups = append(c.AgentGroups, g)
}

// The description is counted as people count, a profile's modules are within its role's, and the owner has none.
func TestRow004_18ProfilesAreWithinTheirRole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of("campaign-contact-centre"))
		add := func(p directory.Profile) func(*store.Configuration) {
			return func(c *store.Configuration) { c.Profiles = append(c.Profiles, p) }
		}
		for says, p := range map[string]directory.Profile{
			"the icon is missing":      {Name: "p", Role: "agent"},
			"at most 75":               {Name: "p", Role: "agent", Icon: "x", Description: strings.Repeat("é", 76)},
			"is the owner's":           {Name: "p", Role: "owner", Icon: "x"},
			`cannot have the module`:   {Name: "p", Role: "agent", Icon: "x", Modules: []string{"none"}},
			"the name is missing":      {Role: "agent", Icon: "x"},
			`there is no role "agnet"`: {Name: "p", Role: "agnet", Icon: "x"},
		} {
			if err := d.unchanged(add(p)); directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), says) {
				t.Errorf("%+v: %v; want %q", p, err, says)
			}
		}
		d.change(add(directory.Profile{Name: "Seller", Role: "agent", Icon: "star", Description: strings.Repeat("é", 75), Modules: []string{}}))
		p := d.configuration().Profiles[0]
		if !slices.Contains(p.Modules, "module.workspace") || p.ManagedBy != directory.ByConsole {
			t.Errorf("profile %+v, want the forced module in it", p)
		}
	})
}

// Whoever could administer by an option or a profile alone is counted.
func TestNobodyIsLeftToAdministerByAnEdit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Rules = s.Rules[:1]
		d.apply(s)
		d.change(func(c *store.Configuration) {
			c.Roles = append(c.Roles, directory.Role{Key: "chief", Name: "Chief", Permissions: permissions("users.edit")})
			c.Rules = append(c.Rules, directory.Rule{Name: "chiefs", When: `title eq "Chief"`, Roles: []string{"chief"}})
		})
		d.person("ada", "title", "Chief")
		for what, edit := range map[string]func(*store.Configuration){
			"the rule": func(c *store.Configuration) { c.Rules = c.Rules[:1] },
			"what the role does": func(c *store.Configuration) {
				editRole(c, "chief", func(r *directory.Role) { r.Permissions, r.Privileged = permissions("users.view"), false })
			},
			"it becomes optional": func(c *store.Configuration) {
				editRole(c, "chief", func(r *directory.Role) {
					r.Permissions = permissions("users.view")
					r.Options = []directory.RoleOption{{Key: "people", Name: "People", Permissions: permissions("users.edit")}}
				})
			},
		} {
			if err := d.unchanged(edit); directory.KindOf(err) != directory.Conflict || !strings.Contains(err.Error(), "nobody would be left to administer the tenant; ada") {
				t.Errorf("%s: %v", what, err)
			}
		}
		d.change(func(c *store.Configuration) { // somebody else can
			editRole(c, "chief", func(r *directory.Role) { r.Permissions, r.Privileged = permissions("users.delete"), false })
		})
	})
}

func TestWhatIsInUseIsNotRemovedByAnEdit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.change(func(c *store.Configuration) {
			c.Roles = append(c.Roles, directory.Role{Key: "chat", Name: "Chat", Permissions: permissions("users.view"), Options: []directory.RoleOption{{Key: "more", Name: "More", Permissions: permissions("contacts.view")}}})
			c.Companies = append(c.Companies, directory.Company{Name: "North"})
			c.Work = append(c.Work, directory.WorkGroup{Kind: directory.CampaignWork, Name: "Spring"})
			c.Statuses = append(c.Statuses, directory.Status{Key: "lunch", Name: "Lunch", Active: true})
		})
		c := d.configuration()
		ada := d.person("ada")
		_, err := d.engine.Assign(t.Context(), d.editor(), ada, provision.Assignment{Add: []directory.Entitlement{
			{Kind: directory.RoleEntitlement, Target: "chat"},
			{Kind: directory.OptionEntitlement, Target: "chat:more"},
			{Kind: directory.CompanyEntitlement, Target: c.Companies[0].ID},
			{Kind: directory.CampaignEntitlement, Target: c.Work[0].ID},
		}}, provision.PersonOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.engine.SetStatus(t.Context(), d.editor(), ada, "lunch", provision.PersonOptions{}); err != nil {
			t.Fatal(err)
		}
		key, err := d.admin.CreateAPIKey(t.Context(), operator, admin.NewAPIKey{Tenant: "acme", Name: "k", Role: "chat"})
		if err != nil {
			t.Fatal(err)
		}
		without := func(c *store.Configuration) {
			c.Roles = slices.DeleteFunc(c.Roles, func(r directory.Role) bool { return r.Key == "chat" })
			c.Companies, c.Work = nil, nil
		}
		text := d.unchanged(without).Error()
		for _, want := range []string{`the role "chat" is held`, `the company "North" was given to 1 people by hand`, `the campaign "Spring" was given`, `the API key "k" has the role "chat"`} {
			if !strings.Contains(text, want) {
				t.Errorf("the refusal does not say %q:\n%s", want, text)
			}
		}
		if err := d.unchanged(func(c *store.Configuration) { editRole(c, "chat", func(r *directory.Role) { r.Options = nil }) }); !strings.Contains(err.Error(), `the option "more" of the role "chat" was given`) {
			t.Error(err)
		}
		if err := d.unchanged(func(c *store.Configuration) {
			c.Statuses = slices.DeleteFunc(c.Statuses, func(x directory.Status) bool { return x.Key == "lunch" })
		}); !strings.Contains(err.Error(), "make it inactive first") {
			t.Error(err)
		}
		if _, err := d.admin.RevokeAPIKey(t.Context(), operator, "acme", key.ID); err != nil {
			t.Fatal(err)
		}
		r, err := d.admin.Change(t.Context(), d.editor(), admin.Options{Absent: true}, func(c *store.Configuration) error { without(c); return nil })
		if err != nil || r.Status != admin.Applied || r.Summary.Revoked != 4 {
			t.Errorf("taken away: %+v, %v; want role, option, company and campaign revoked", r, err)
		}
		if got := d.rights("ada"); got != "" {
			t.Errorf("ada has %q", got)
		}
	})
}
