package api_test

import (
	"encoding/csv"
	"maps"
	"strings"
	"testing"
)

// member004 is somebody of the preset campaign-contact-centre; nil leaves a field out.
func member004(more object) object {
	body := object{"given_name": "Ana", "family_name": "Prado", "email": "ana@example.com", "profile": "Seller"}
	maps.Copy(body, more)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return body
}

const centre004 = `
companies: [{name: Acme Peru}]
profiles:
  - {name: Seller, role: agent, icon: headset}
  - {name: Lead, role: administrator, icon: star}
campaigns: [{name: Spring, company: Acme Peru}]
queues: [{name: Calls}]
strategies: [{name: Winback}]
`

func TestCampaignContactCentrePeople(t *testing.T) {
	onPlatform(t, "campaign-contact-centre", "owner", centre004, map[string]func(*testing.T, *platform){
		"004-01 administrators see everybody of their environment, and nobody else's": func(t *testing.T, p *platform) {
			ana := p.hire(member004(nil))
			p.hire(member004(object{"email": "lea@example.com", "profile": "Lead"}))
			p.provisioned("sam@example.com", nil)
			lead := p.as("administrator")
			sameNames(t, "people", lead.listed("?sort=user_name"), []string{"ana@example.com", "lea@example.com", "sam@example.com"})
			p.as("agent").do("GET", "/users", nil).want(403)
			other := &platform{p.applied(t, "campaign-contact-centre", centre004).key("owner"), p.scim, p.token}
			sameNames(t, "people elsewhere", other.listed(""), []string{})
			other.do("GET", "/users/"+ana.ID, nil).want(404)
			other.do("DELETE", "/users/"+ana.ID, nil).want(404)
		},
		"004-04 exactly one owner": func(t *testing.T, p *platform) {
			ana, lea := p.hire(member004(nil)), p.hire(member004(object{"email": "lea@example.com", "profile": "Lead"}))
			p.rights(ana.ID, object{"roles": []string{"owner"}}, nil).want(409).says("transfer")
			for _, v := range []string{ana.ID, lea.ID} {
				p.holds(p.do("POST", "/users/"+v+"/make-owner", object{}).want(200).person(), "owner")
				sameNames(t, "owners", p.listed("?role=owner"), []string{p.see(v).UserName})
			}
			p.holds(p.see(ana.ID), "administrator")
			p.do("DELETE", "/users/"+lea.ID, nil).want(409).says("owner")
			p.do("POST", "/users/nobody/make-owner", object{}).want(404)
			p.as("administrator").do("POST", "/users/"+ana.ID+"/make-owner", object{}).want(403)
			r := p.directory("POST", "/Users", object{
				"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "eve@example.com", "roles": []object{{"value": "owner"}},
			})
			if r.Status != 201 {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			p.holds(p.see(r.text("id")))
		},
		"004-23 people are assigned to profiles": func(t *testing.T, p *platform) {
			v := p.hire(member004(nil))
			if v.Profile == nil || v.Profile.Name != "Seller" {
				t.Fatalf("profile %+v", v.Profile)
			}
			p.holds(v, "agent")
			v = p.rights(v.ID, object{"profile": "Lead"}, nil).want(200).person()
			p.holds(v, "administrator")
			p.rights(v.ID, object{"profile": "Nothing"}, nil).want(404)
			p.do("POST", "/users", member004(object{"email": "b@example.com", "profile": nil})).want(422).says("profile")
		},
		"004-31 personal data belongs to the person; only the profile is changed": func(t *testing.T, p *platform) {
			v := p.hire(member004(nil))
			for _, role := range []string{"owner", "administrator"} {
				k := p.as(role)
				k.do("PATCH", "/users/"+v.ID, object{"given_name": "Anna"}, merge...).want(403)
				k.do("PATCH", "/users/"+v.ID, object{"email": "anna@example.com"}, merge...).want(403)
			}
			if got := p.see(v.ID); got.DisplayName != "Ana Prado" || got.UserName != "ana@example.com" {
				t.Errorf("%+v", got)
			}
			p.created("/profiles", object{"name": "Caller", "role": "agent", "icon": "phone"})
			if got := p.as("administrator").rights(v.ID, object{"profile": "Caller"}, nil).want(200).person(); got.Profile.Name != "Caller" {
				t.Errorf("profile %+v", got.Profile)
			}
		},
		"004-32 people are made inactive, or deleted": func(t *testing.T, p *platform) {
			v := p.hire(member004(nil))
			lea := p.hire(member004(object{"email": "lea@example.com", "profile": "Lead"}))
			k := p.as("administrator")
			if got := k.do("POST", "/users/"+v.ID+"/suspend", object{"reason": "on leave"}).want(200).person(); got.State != "suspended" {
				t.Errorf("state %s", got.State)
			}
			p.may(v.ID, "workspace.access", where{}, false)
			k.do("POST", "/users/"+lea.ID+"/suspend", object{}).want(403) // an administrator is in charge of agents
			k.do("DELETE", "/users/"+lea.ID, nil).want(403)
			k.do("DELETE", "/users/"+v.ID, nil).want(204)
			k.do("POST", "/users/"+v.ID+"/suspend", object{}).want(404)
		},
		"004-51 activate, edit, delete": func(t *testing.T, p *platform) {
			v := p.hire(member004(nil))
			p.do("POST", "/users/"+v.ID+"/suspend", object{}).want(200)
			if got := p.do("POST", "/users/"+v.ID+"/resume", object{}).want(200).person(); got.State != "active" || got.Profile == nil {
				t.Errorf("%+v", got)
			}
			p.may(v.ID, "workspace.access", where{}, true)
			p.rights(v.ID, object{"profile": "Lead"}, nil).want(200)
			p.do("DELETE", "/users/"+v.ID, nil).want(204)
			p.do("POST", "/users/"+v.ID+"/resume", object{}).want(404)
			p.as("agent").do("POST", "/users/"+v.ID+"/resume", object{}).want(403)
		},
	})
}

func TestCampaignContactCentreList(t *testing.T) {
	onPlatform(t, "campaign-contact-centre", "owner", centre004, map[string]func(*testing.T, *platform){
		"004-47 search by name or e-mail": func(t *testing.T, p *platform) {
			p.hire(member004(nil))
			p.hire(member004(object{"given_name": "Joaquín", "family_name": "Núñez", "email": "jn@example.org"}))
			for search, want := range map[string][]string{
				"ana": {"ana@example.com"}, "PRADO ana": {"ana@example.com"}, "JN@EXAMPLE": {"jn@example.org"}, "núñez": {"jn@example.org"}, "nobody": {}, "%25": {},
			} {
				sameNames(t, search, p.listed("?search="+strings.ReplaceAll(search, " ", "%20")), want)
			}
			p.do("GET", "/users?search="+strings.Repeat("x", 201), nil).want(422)
		},
		"004-48 filter by profile": func(t *testing.T, p *platform) {
			p.hire(member004(nil))
			p.hire(member004(object{"email": "lea@example.com", "profile": "Lead"}))
			sameNames(t, "sellers", p.listed("?profile=Seller"), []string{"ana@example.com"})
			sameNames(t, "leads", p.listed("?profile=lead"), []string{"lea@example.com"})
			p.do("GET", "/users?profile=Nothing", nil).want(404).says("Nothing")
		},
		"004-49 an id tells people of one name apart": func(t *testing.T, p *platform) {
			one, two := p.hire(member004(nil)), p.hire(member004(object{"email": "ana2@example.com"}))
			if one.DisplayName != two.DisplayName || one.DisplayID == two.DisplayID || one.DisplayID == "" {
				t.Errorf("%s %s, %s %s", one.DisplayName, one.DisplayID, two.DisplayName, two.DisplayID)
			}
			p.do("POST", "/users/"+two.ID+"/suspend", object{}).want(200)
			if got := p.do("GET", "/users/"+two.DisplayID, nil).want(200).person(); got.ID != two.ID || got.DisplayID != two.DisplayID {
				t.Errorf("%s is %s", two.DisplayID, got.ID)
			}
			p.do("GET", "/users/999999", nil).want(404)
		},
		"004-50 what the list shows": func(t *testing.T, p *platform) {
			p.hire(member004(object{"extension": "4021", "company": "Acme Peru", "campaigns": []string{"Spring"}}))
			r := p.do("GET", "/users", nil).want(200)
			for path, want := range map[string]string{
				"display_name": "Ana Prado", "profile.name": "Seller", "profile.colour": "orange", "extension": "4021", "state": "active",
				"company.name": "Acme Peru", "campaigns.0.name": "Spring", "user_name": "ana@example.com",
			} {
				if got := r.text("items.0." + path); got != want {
					t.Errorf("%s: %q, want %q", path, got, want)
				}
			}
			p.do("POST", "/users", member004(object{"email": "b@example.com", "campaigns": []string{"Autumn"}})).want(404).says("Autumn")
			p.do("POST", "/users", member004(object{"email": "b@example.com", "company": "Nobody"})).want(404).says("Nobody")
		},
		"004-61 the list is downloaded with everybody's id": func(t *testing.T, p *platform) {
			ana := p.hire(member004(nil))
			p.hire(member004(object{"email": "lea@example.com", "profile": "Lead", "given_name": "Lea, the \"lead\""}))
			r := p.do("GET", "/users.csv", nil).want(200)
			records, err := csv.NewReader(strings.NewReader(string(r.Body))).ReadAll()
			if err != nil || len(records) != 3 || records[0][0] != "id" || records[0][1] != "display_id" {
				t.Fatalf("%v: %s", err, r.Body)
			}
			if records[1][0] != ana.ID || records[1][1] != ana.DisplayID || !strings.HasPrefix(records[2][3], `Lea, the "lead"`) {
				t.Errorf("%q", records)
			}
			p.as("agent").do("GET", "/users.csv", nil).want(403)
			p.do("GET", "/users.csv?profile=Nothing", nil).want(404)
		},
	})
}

func TestCampaignContactCentreLeaving(t *testing.T) {
	working := object{"status": "online", "campaigns": []string{"Spring"}, "queues": []string{"Calls"}, "strategies": []string{"Winback"}}
	for name, leave := range map[string]func(p *platform, id string){
		"inactivating": func(p *platform, id string) { p.do("POST", "/users/"+id+"/suspend", object{}).want(200) },
		"deleting":     func(p *platform, id string) { p.do("DELETE", "/users/"+id, nil).want(204) },
	} {
		t.Run(name, func(t *testing.T) {
			onPlatform(t, "campaign-contact-centre", "owner", centre004, map[string]func(*testing.T, *platform){
				"004-53 ends the work in strategies, queues and campaigns": func(t *testing.T, p *platform) {
					v := p.hire(member004(working))
					groups := []string{v.Campaigns[0].ID, v.Queues[0].ID, v.Strategies[0].ID}
					for _, g := range groups {
						if got := p.eligible(v.ID, g); got != "" {
							t.Errorf("not eligible before: %s", got)
						}
					}
					leave(p, v.ID)
					for _, g := range groups {
						sameNames(t, "who works there", p.distributed(g), []string{})
					}
					p.may(v.ID, "strategies.work", where{}, false)
					p.do("POST", "/users/nobody/suspend", object{}).want(404)
				},
				"004-55 takes them out of the list": func(t *testing.T, p *platform) {
					v := p.hire(member004(nil))
					p.hire(member004(object{"email": "bea@example.com"}))
					leave(p, v.ID)
					sameNames(t, "people", p.listed(""), []string{"bea@example.com"})
					state := map[string]string{"inactivating": "suspended", "deleting": "deprovisioned"}[name]
					sameNames(t, state, p.listed("?state="+state), []string{"ana@example.com"})
					p.do("GET", "/users?state=asleep", nil).want(422)
				},
				"004-56 frees the seat for the next invoice": func(t *testing.T, p *platform) {
					v := p.hire(member004(nil))
					use := p.do("GET", "/seats", nil).want(200)
					if v.Seat != "held" || use.at("items.0.taken") != 1.0 || use.text("items.0.policy") != "metered" {
						t.Fatalf("seat %s, %s", v.Seat, use.Body)
					}
					leave(p, v.ID)
					use = p.do("GET", "/seats", nil).want(200)
					if use.at("items.0.taken") != 0.0 || use.at("items.0.kept") != 1.0 {
						t.Errorf("%s", use.Body) // this month is paid for
					}
					r := p.do("GET", "/settings/seats.freed_at", nil).want(200)
					if r.text("value") != "next_invoice" {
						t.Errorf("%s", r.Body)
					}
					p.do("PUT", "/settings/seats.freed_at", object{"value": "never"}).want(422)
				},
			})
		})
	}
}
