package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// attendant002 is somebody of the preset whatsapp-team; nil leaves a field out.
func attendant002(more object) object {
	body := object{"display_name": "Ana Prado", "email": "ana@example.com", "roles": []string{"attendant"}}
	maps.Copy(body, more)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return body
}

const teams002 = "agent_groups: [{name: Support}, {name: Billing}, {name: Quiet, distribution: false}]\n"

func TestWhatsAppTeamPeople(t *testing.T) {
	onPlatform(t, "whatsapp-team", "administrator", teams002, map[string]func(*testing.T, *platform){
		"002-01 only administrators register people": func(_ *testing.T, p *platform) {
			for _, role := range []string{"attendant", "restricted_attendant"} {
				p.as(role).do("POST", "/users", attendant002(nil)).want(403).is("missing-permission").says("users.create", "administrator")
			}
			v := p.hire(attendant002(nil))
			p.may(v.ID, "users.create", where{}, false)
		},
		"002-02 the plan has a limit, and says whom to ask": func(t *testing.T, p *platform) {
			r := p.do("GET", "/seat-pools/users", nil).want(200)
			p.do("PUT", "/seat-pools/users", object{"key": "users", "name": "Users", "policy": "hard_cap", "limit": 2, "contact": r.text("contact")}).want(200)
			p.do("PUT", "/seat-pools/users", object{"key": "users", "name": "Users", "limit": -1}).want(422)
			ana := p.hire(attendant002(nil))
			p.hire(attendant002(object{"email": "bea@example.com"}))
			p.do("POST", "/users", attendant002(object{"email": "cy@example.com"})).want(409).says("no seat", "ask your account manager")
			sameNames(t, "people", p.listed(""), []string{"ana@example.com", "bea@example.com"})
			// Whom the directory creates is there, and waits: nobody is dropped, and no seat is bought.
			d := p.provisioned("di@example.com", nil)
			if d.Seat != "blocked_no_seat" || d.Eligible || !strings.Contains(d.SeatHint, "ask your account manager") {
				t.Errorf("seat %s, hint %q, eligible %t", d.Seat, d.SeatHint, d.Eligible)
			}
			p.do("DELETE", "/users/"+ana.ID, nil).want(204)
			if _, err := p.engine.Settle(t.Context(), p.tenant.id, nil); err != nil {
				t.Fatal(err)
			}
			if got := p.see(d.ID).Seat; got != "held" {
				t.Errorf("whoever waited has %s", got)
			}
		},
		"002-06 the name is for inside only": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(object{"nickname": "Ani"}))
			if v.DisplayName != "Ana Prado" || v.Nickname != "Ani" {
				t.Errorf("inside %q, outside %q", v.DisplayName, v.Nickname)
			}
			p.do("POST", "/users", attendant002(object{"display_name": nil, "email": "b@example.com"})).want(422).says("name")
		},
		"002-07 customers see the nickname": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(object{"nickname": "Ani"}))
			v = p.do("PATCH", "/users/"+v.ID, object{"nickname": "Anita"}, merge...).want(200).person()
			if v.Nickname != "Anita" {
				t.Errorf("nickname %q", v.Nickname)
			}
			p.do("PATCH", "/users/"+v.ID, object{"nickname": 7}, merge...).want(422)
		},
		"002-08 without a nickname no name is shown": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(nil))
			if v.Nickname != "" {
				t.Errorf("nickname %q", v.Nickname)
			}
			v = p.hire(attendant002(object{"email": "b@example.com", "nickname": "Bea"}))
			v = p.do("PATCH", "/users/"+v.ID, object{"nickname": nil}, merge...).want(200).person()
			if v.Nickname != "" {
				t.Errorf("nickname taken away: %q", v.Nickname)
			}
		},
		"002-09 e-mail and telephone are both login identifiers": func(t *testing.T, p *platform) {
			phone := p.hire(attendant002(object{"email": nil, "phone": "+5511912345678"}))
			p.hire(attendant002(nil))
			p.hire(attendant002(object{"email": "both@example.com", "phone": "+5511900000000"}))
			p.do("POST", "/users", attendant002(object{"email": nil, "user_name": "neither"})).want(422).says("email or phone", `"body.email"`, `"body.phone"`)
			p.do("POST", "/users", attendant002(object{"email": "other@example.com", "phone": "+5511912345678"})).want(409).says("phone")
			p.do("POST", "/users", attendant002(object{"user_name": "other", "email": "ANA@example.com"})).want(409).says("email")
			if got := p.do("GET", "/users/+5511912345678", nil).want(200).person().ID; got != phone.ID {
				t.Errorf("by telephone: %s", got)
			}
		},
		"002-10 exactly one access profile of three": func(t *testing.T, p *platform) {
			sameNames(t, "profiles", p.names("/roles", "key", func(r object) bool { return r["kind"] == "builtin" }), []string{"administrator", "attendant", "restricted_attendant"})
			p.do("POST", "/users", attendant002(object{"roles": nil})).want(422).says("role")
			p.do("POST", "/users", attendant002(object{"roles": []string{"attendant", "restricted_attendant"}})).want(422)
			v := p.hire(attendant002(nil))
			p.holds(p.rights(v.ID, object{"roles": []string{"restricted_attendant"}}, nil).want(200).person(), "restricted_attendant")
			p.as("console_owner").do("POST", "/roles", object{"key": "fourth", "name": "Fourth"}).want(409).says("roles.model")
		},
		"002-18 deleting keeps the record, hidden and without access": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(object{"agent_groups": []object{{"id": "Support"}}}))
			p.may(v.ID, "conversations.access", where{}, true)
			p.as("attendant").do("DELETE", "/users/"+v.ID, nil).want(403)
			p.do("DELETE", "/users/"+v.ID, nil).want(204)
			sameNames(t, "people", p.listed(""), []string{})
			sameNames(t, "the record", p.listed("?state=deprovisioned"), []string{"ana@example.com"})
			p.may(v.ID, "conversations.access", where{}, false)
			gone := p.see(v.ID)
			if gone.State != "deprovisioned" || gone.Eligible || len(gone.AgentGroups)+len(gone.Roles) != 0 {
				t.Errorf("%+v", gone)
			}
			p.hire(attendant002(nil)) // the address is free again
		},
	})
}

func TestWhatsAppTeamAbsences(t *testing.T) {
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	const day = 24 * time.Hour
	onPlatform(t, "whatsapp-team", "administrator", teams002, map[string]func(*testing.T, *platform){
		"002-19 availability is an absence, not presence": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(object{"status": "online"}))
			id := p.absent(v.ID, object{"kind": "holiday", "until": in(10 * day), "note": "back in March"}).want(201).text("id")
			now := p.see(v.ID)
			if now.Absence == nil || now.Absence.Kind != "holiday" || *now.Status != "online" || now.State != "active" {
				t.Errorf("absence %+v, status %s, state %s", now.Absence, *now.Status, now.State)
			}
			p.absent(v.ID, object{"kind": "party"}).want(422)
			p.absent(v.ID, object{"kind": "sick", "until": in(-day)}).want(422)
			p.absent(v.ID, object{"from": in(2 * day), "until": in(day)}).want(422)
			p.as("attendant").absent(v.ID, object{"kind": "sick"}).want(403)
			p.do("DELETE", "/users/"+v.ID+"/absences/"+id, nil).want(204)
			p.do("DELETE", "/users/"+v.ID+"/absences/"+id, nil).want(409)
			if now := p.see(v.ID); now.Absence != nil {
				t.Errorf("absence %+v", now.Absence)
			}
		},
		"002-20 who is away is not in the rotation": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(object{"status": "online", "agent_groups": []object{{"id": "Support"}}}))
			support := v.AgentGroups[0].ID
			if got := p.eligible(v.ID, support); got != "" {
				t.Fatalf("not eligible: %s", got)
			}
			id := p.absent(v.ID, object{"kind": "sick"}).want(201).text("id")
			if got := p.eligible(v.ID, support); got != "absence" || p.see(v.ID).Eligible {
				t.Errorf("eligible but for %q", got)
			}
			p.do("DELETE", "/users/"+v.ID+"/absences/"+id, nil).want(204)
			if got := p.eligible(v.ID, support); got != "" {
				t.Errorf("not eligible: %s", got)
			}
			p.absent(v.ID, object{"kind": "holiday", "from": in(day), "until": in(2 * day)}).want(201)
			if got := p.eligible(v.ID, support); got != "" {
				t.Errorf("a planned absence counts already: %s", got)
			}
			p.absent("nobody", object{"kind": "sick"}).want(404)
		},
	})
}

func TestWhatsAppTeamMemberships(t *testing.T) {
	onPlatform(t, "whatsapp-team", "administrator", teams002, map[string]func(*testing.T, *platform){
		"002-21 in a team as user, as supervisor or as both": func(t *testing.T, p *platform) {
			v := p.hire(attendant002(object{"agent_groups": []object{{"id": "Support", "kind": "user"}, {"id": "Billing", "kind": "supervisor"}, {"id": "Quiet", "kind": "both"}}}))
			if got := groupsOf(v); got != "Billing supervisor, Quiet both, Support user" {
				t.Errorf("groups %s", got)
			}
			v = p.rights(v.ID, object{"agent_groups": []object{{"id": "Support", "kind": "both"}}}, nil).want(200).person()
			if got := groupsOf(v); got != "Billing supervisor, Quiet both, Support both" {
				t.Errorf("groups %s", got)
			}
			p.rights(v.ID, object{"agent_groups": []object{{"id": "Support", "kind": "boss"}}}, nil).want(422)
			p.as("attendant").rights(v.ID, object{"agent_groups": []object{{"id": "Support"}}}, nil).want(403)
		},
		"002-28 002-29 users enter distribution where it is on, supervisors do not": func(t *testing.T, p *platform) {
			ids := map[string]string{}
			for _, g := range []string{"Support", "Quiet"} {
				for kind, want := range map[string][]string{"user": {}, "supervisor": {"membership", "permission"}, "both": {}} {
					v := p.hire(attendant002(object{"email": g + kind + "@example.com", "status": "online", "agent_groups": []object{{"id": g, "kind": kind}}}))
					ids[g] = v.AgentGroups[0].ID
					if g == "Quiet" {
						want = append(slices.Clone(want), "distribution")
					}
					slices.Sort(want)
					if got := p.eligible(v.ID, ids[g]); got != strings.Join(want, " ") {
						t.Errorf("%s of %s: eligible but for %q, want %q", kind, g, got, want)
					}
				}
			}
			p.do("PUT", "/agent-groups/Support", object{"name": "Support", "distribution": false}).want(403).is("owned")
			p.do("POST", "/detach", object{"kind": "agent_group", "name": "Support"}).want(200)
			p.do("PUT", "/agent-groups/Support", object{"name": "Support", "distribution": false}).want(200)
			sameNames(t, "in distribution", p.distributed(ids["Support"]), []string{})
			p.do("PUT", "/agent-groups/Support", object{"name": "Support", "distribution": true}).want(200)
			sameNames(t, "in distribution", p.distributed(ids["Support"]), []string{"Supportboth@example.com", "Supportuser@example.com"})
			p.do("PUT", "/agent-groups/Support", object{"name": "Support", "distribution": "sometimes"}).want(422)
		},
	})
}
