package provision_test

import (
	"slices"
	"testing"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// desk is an administrator at work in a tenant of a preset.
type desk struct {
	*site

	admin directory.Actor
}

// atDesk runs tests in tenants of a preset, each in its own, with a profile, groups of work and a company.
func atDesk(t *testing.T, preset string, cases map[string]func(*testing.T, *desk)) {
	t.Helper()
	inSites := map[string]func(*testing.T, *site){}
	for name, f := range cases {
		inSites[name] = func(t *testing.T, w *site) {
			d := &desk{w, directory.Actor{Tenant: w.tenant, Kind: directory.ActorAPIKey, ID: "key"}}
			d.furnish(preset)
			f(t, d)
		}
	}
	inOneDatabase(t, inSites)
}

func (d *desk) furnish(preset string) {
	d.t.Helper()
	p, err := access.PresetNamed(preset)
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.db.Write(d.t.Context(), d.tenant, func(tx *store.Tx) error {
		tx.PutModel(p.ID(), p.Modules)
		for _, r := range access.Presets()[0].Roles {
			tx.DeleteRole(r.Key)
		}
		for _, r := range p.Roles {
			tx.PutRole(r)
		}
		for _, s := range p.Statuses {
			tx.PutStatus(s)
		}
		for name, value := range p.Settings {
			tx.PutSetting(name, value, directory.SettingOrigin{ManagedBy: directory.ByPreset})
		}
		for _, kind := range directory.WorkKinds() {
			g := directory.NewWorkGroup(kind, "Sales")
			g.ID, g.ManagedBy = string(kind)+"-sales", directory.ByConsole
			tx.PutWorkGroup(g)
		}
		tx.PutCompany(directory.Company{ID: "c1", Name: "Acme", ManagedBy: directory.ByConsole})
		if preset == "campaign-contact-centre" {
			tx.PutProfile(directory.Profile{ID: "p-seller", Name: "Seller", Role: "agent", Icon: "phone", Modules: []string{"module.workspace"}, ManagedBy: directory.ByConsole})
			tx.PutProfile(directory.Profile{ID: "p-lead", Name: "Lead", Role: "administrator", Icon: "star", Modules: []string{"module.crm"}, ManagedBy: directory.ByConsole})
		}
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// person creates somebody by hand.
func (d *desk) person(name string, rights ...directory.Entitlement) provision.View {
	d.t.Helper()
	v, err := d.create(name, rights...)
	if err != nil {
		d.t.Fatalf("create %s: %v", name, err)
	}
	return v
}

func (d *desk) create(name string, rights ...directory.Entitlement) (provision.View, error) {
	return d.engine.CreatePerson(d.t.Context(), d.admin, provision.NewPerson{Attributes: document(name), Rights: rights}, provision.PersonOptions{})
}

func document(name string) directory.Attributes {
	return directory.Attributes{
		"userName": name, "displayName": name + " Doe", "name": map[string]any{"givenName": name, "familyName": "Doe"},
		"emails": []any{map[string]any{"value": name + "@example.com"}},
	}
}

func (d *desk) assign(id string, add ...directory.Entitlement) (provision.View, error) {
	return d.engine.Assign(d.t.Context(), d.admin, id, provision.Assignment{Add: add}, provision.PersonOptions{})
}

func (d *desk) takeAway(id string, remove ...directory.Entitlement) (provision.View, error) {
	return d.engine.Assign(d.t.Context(), d.admin, id, provision.Assignment{Remove: remove}, provision.PersonOptions{})
}

func (d *desk) must(v provision.View, err error) provision.View {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func role(key string) directory.Entitlement {
	return directory.Entitlement{Kind: directory.RoleEntitlement, Target: key}
}

func right(kind directory.EntitlementKind, target string) directory.Entitlement {
	return directory.Entitlement{Kind: kind, Target: target}
}

func TestRightsByHandStandBesideThoseOfRules(t *testing.T) {
	t.Parallel()
	atDesk(t, "commerce-chat", map[string]func(*testing.T, *desk){
		"several roles add up (001-05)": func(t *testing.T, d *desk) {
			v := d.person("ana", role("conversation_agent"))
			v = d.must(d.assign(v.ID, role("supervisor")))
			if !slices.Equal(roles(v), []string{"conversation_agent", "supervisor"}) || v.Roles[0].Origin.Kind != directory.FromPerson || v.Roles[0].Origin.Actor != "apikey:key" {
				t.Errorf("roles %+v", v.Roles)
			}
		},
		"an option needs its role, and is of one role (001-29, 001-30)": func(t *testing.T, d *desk) {
			v := d.person("ana", role("conversation_agent"))
			_, err := d.assign(v.ID, right(directory.OptionEntitlement, "supervisor:payment_reports"))
			d.wantKind(err, directory.Conflict)
			_, err = d.assign(v.ID, right(directory.OptionEntitlement, "conversation_agent:payment_reports"))
			d.wantKind(err, directory.NotFound)
			v = d.must(d.assign(v.ID, right(directory.OptionEntitlement, "conversation_agent:conversation_transfer")))
			if len(v.Options) != 1 || v.Options[0].Name != "Conversation Transfer" {
				t.Errorf("options %+v", v.Options)
			}
		},
		"what a rule gives is withheld, not taken": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) {
				c.Rules = append(c.Rules, directory.Rule{ID: "r", Name: "everybody", When: "userName pr", Roles: []string{"conversation_agent"}, ManagedBy: directory.ByManifest})
			})
			v := d.person("ana", role("conversation_agent"))
			_, err := d.takeAway(v.ID, role("conversation_agent"))
			d.wantKind(err, directory.Conflict)
			if len(d.view(v.ID).Roles[0].Origins) != 2 {
				t.Errorf("origins %+v", d.view(v.ID).Roles[0].Origins)
			}
		},
		"what is not there is refused, and nothing is half done": func(t *testing.T, d *desk) {
			v := d.person("ana", role("conversation_agent"))
			for _, wrong := range []directory.Entitlement{
				role("nobody"), role("membership.user"), right(directory.ProfileEntitlement, "x"), right(directory.CampaignEntitlement, "x"),
				right(directory.CompanyEntitlement, "x"), right(directory.SeatPoolEntitlement, "x"), right(directory.StatusEntitlement, "x"),
				right(directory.AgentGroupEntitlement, "x"), right(directory.OptionEntitlement, "x"),
			} {
				_, err := d.assign(v.ID, role("supervisor"), wrong)
				d.wantKind(err, directory.NotFound)
			}
			_, err := d.assign(v.ID, right("planet", "x"))
			d.wantKind(err, directory.Invalid)
			_, err = d.assign(v.ID, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: "Sales", Membership: "boss"})
			d.wantKind(err, directory.Invalid)
			_, err = d.assign(v.ID, directory.Entitlement{Kind: directory.RoleEntitlement, Target: "supervisor", Membership: directory.AsUser})
			d.wantKind(err, directory.Invalid)
			_, err = d.assign("nobody", role("supervisor"))
			d.wantKind(err, directory.NotFound)
			if got := roles(d.view(v.ID)); !slices.Equal(got, []string{"conversation_agent"}) {
				t.Errorf("roles %v", got)
			}
		},
		"kinds of membership where there are none": func(t *testing.T, d *desk) {
			v := d.person("ana", role("conversation_agent"))
			_, err := d.assign(v.ID, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: "sales", Membership: directory.AsBoth})
			d.wantKind(err, directory.Invalid)
			v = d.must(d.assign(v.ID, right(directory.AgentGroupEntitlement, "sales"), right(directory.CampaignEntitlement, "SALES"), right(directory.CompanyEntitlement, "acme")))
			if len(v.AgentGroups) != 1 || v.AgentGroups[0].ID != "agent_group-sales" || v.Campaigns[0].ID != "campaign-sales" || v.Company.Name != "Acme" {
				t.Errorf("%+v", v)
			}
			v = d.must(d.takeAway(v.ID, right(directory.AgentGroupEntitlement, "agent_group-sales")))
			if len(v.AgentGroups) != 0 || len(v.Campaigns) != 1 {
				t.Errorf("%+v", v)
			}
		},
		"a precondition that does not hold": func(t *testing.T, d *desk) {
			v := d.person("ana", role("conversation_agent"))
			stale := directory.Errorf(directory.Stale, "moved")
			_, err := d.engine.Assign(t.Context(), d.admin, v.ID, provision.Assignment{Add: []directory.Entitlement{role("supervisor")}},
				provision.PersonOptions{If: func(provision.View) error { return stale }})
			d.wantKind(err, directory.Stale)
		},
		"never the last administrator": func(t *testing.T, d *desk) {
			v := d.person("ana", role("administrator"), role("supervisor"))
			_, err := d.takeAway(v.ID, role("administrator"))
			d.wantKind(err, directory.Conflict)
			d.person("bea", role("administrator"))
			if got := roles(d.must(d.takeAway(v.ID, role("administrator")))); !slices.Equal(got, []string{"supervisor"}) {
				t.Errorf("roles %v", got)
			}
		},
	})
}

func TestOneRoleAndOneProfile(t *testing.T) {
	t.Parallel()
	atDesk(t, "campaign-contact-centre", map[string]func(*testing.T, *desk){
		"a profile brings its role, and another takes its place (004-23, 004-31)": func(t *testing.T, d *desk) {
			v := d.person("ana", right(directory.ProfileEntitlement, "Seller"))
			if v.Profile == nil || v.Profile.Name != "Seller" || v.Profile.Colour != "orange" || !slices.Equal(roles(v), []string{"agent"}) {
				t.Fatalf("profile %+v, roles %v", v.Profile, roles(v))
			}
			v = d.must(d.assign(v.ID, right(directory.ProfileEntitlement, "p-lead")))
			if v.Profile.Name != "Lead" || !slices.Equal(roles(v), []string{"administrator"}) || len(v.Profile.Origins) != 1 {
				t.Errorf("profile %+v, roles %v", v.Profile, roles(v))
			}
		},
		"what a person chose counts before a rule": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) {
				c.Rules = append(c.Rules, directory.Rule{ID: "r", Name: "sellers", When: "userName pr", Profile: "Seller", ManagedBy: directory.ByManifest})
			})
			v := d.person("ana")
			if v.Profile == nil || v.Profile.Name != "Seller" || v.Profile.Origin.Rule != "sellers" {
				t.Fatalf("profile %+v", v.Profile)
			}
			v = d.must(d.assign(v.ID, right(directory.ProfileEntitlement, "Lead")))
			if v.Profile.Name != "Lead" || !slices.Equal(roles(v), []string{"administrator"}) {
				t.Errorf("profile %+v, roles %v", v.Profile, roles(v))
			}
			d.settle()
			d.person("bea", right(directory.ProfileEntitlement, "Lead")) // else ana were the last administrator
			if v = d.must(d.takeAway(v.ID, right(directory.ProfileEntitlement, "Lead"))); v.Profile.Name != "Seller" || !slices.Equal(roles(v), []string{"agent"}) {
				t.Errorf("profile %+v, roles %v", v.Profile, roles(v))
			}
		},
		"exactly one owner, handed over at once (004-04)": func(t *testing.T, d *desk) {
			ana, bea := d.person("ana", right(directory.ProfileEntitlement, "Lead")), d.person("bea", right(directory.ProfileEntitlement, "Seller"))
			_, err := d.assign(ana.ID, role("owner"))
			d.wantKind(err, directory.Conflict)
			for _, id := range []string{ana.ID, bea.ID} {
				v := d.must(d.engine.TransferOwner(t.Context(), d.admin, id, provision.PersonOptions{}))
				if !slices.Equal(roles(v), []string{"owner"}) || v.Profile != nil {
					t.Errorf("roles %v, profile %+v", roles(v), v.Profile)
				}
			}
			if got := roles(d.view(ana.ID)); !slices.Equal(got, []string{"administrator"}) {
				t.Errorf("the former owner has %v", got)
			}
			_, err = d.takeAway(bea.ID, role("owner"))
			d.wantKind(err, directory.Conflict)
			d.wantKind(d.engine.RemovePerson(t.Context(), d.admin, bea.ID, provision.PersonOptions{}), directory.Conflict)
			d.must(d.engine.Suspend(t.Context(), d.admin, ana.ID, provision.PersonOptions{}))
			_, err = d.engine.TransferOwner(t.Context(), d.admin, ana.ID, provision.PersonOptions{})
			d.wantKind(err, directory.Conflict)
			_, err = d.engine.TransferOwner(t.Context(), d.admin, "nobody", provision.PersonOptions{})
			d.wantKind(err, directory.NotFound)
		},
	})
}

func TestAProfileThatIsWithheldTakesItsRoleAlong(t *testing.T) {
	t.Parallel()
	atDesk(t, "campaign-contact-centre", map[string]func(*testing.T, *desk){
		"by the same rule": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) {
				c.Rules = append(c.Rules, directory.Rule{ID: "r", Name: "sellers", When: "userName pr", Profile: "Seller", Campaigns: []string{"Sales"}, ManagedBy: directory.ByManifest})
			})
			v := d.person("ana")
			if _, err := d.engine.PlaceHold(t.Context(), d.admin, directory.Hold{Person: v.ID, Subject: "profile:p-seller", Effect: directory.Deny, Reason: "trial"}); err != nil {
				t.Fatal(err)
			}
			if v = d.view(v.ID); v.Profile != nil || len(v.Roles) != 0 || len(v.Campaigns) != 1 {
				t.Errorf("profile %+v, roles %v, campaigns %v", v.Profile, roles(v), v.Campaigns)
			}
		},
	})
}
