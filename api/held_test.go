package api_test

import (
	"fmt"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// What the guard holds of a client's pushes is seen, refused and approved without the machine's command line.
func TestWhatAPushTookIsDecidedOverHTTP(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		x.strict()
		okta := x.okta()
		x.change(func(next *store.Configuration) {
			next.Rules = append(next.Rules, directory.Rule{Name: "leads", Connection: okta, Group: "CC-Leads", Roles: []string{"supervisor"}})
		})
		actor := directory.Actor{Tenant: x.id, Kind: directory.ActorConnection, ID: okta, Connection: okta}
		var members []directory.Member
		for i := range 9 {
			r, err := x.engine.CreateUser(t.Context(), actor, directory.Account{
				ExternalID: fmt.Sprint(i), Attributes: directory.Attributes{"userName": fmt.Sprintf("crew%d", i), "active": true},
			})
			if err != nil {
				t.Fatal(err)
			}
			members = append(members, directory.Member{ID: r.ID, Kind: directory.UserMember})
		}
		group, err := x.engine.CreateGroup(t.Context(), actor, directory.Group{DisplayName: "CC-Leads"}, members)
		if err != nil {
			t.Fatal(err)
		}
		push := func(members ...directory.Member) {
			t.Helper()
			if _, err := x.engine.UpdateGroup(t.Context(), actor, group.ID, nil, nil, []provision.MemberOp{{Kind: provision.ReplaceMembers, Members: members}}); err != nil {
				t.Fatal(err)
			}
		}
		ann, reader := x.owned("administrator", "ann@example.org"), x.key("")
		supervisors := func(want int) {
			t.Helper()
			if r := ann.do("GET", "/users?role=supervisor&limit=50", nil).want(200); len(r.at("items").([]any)) != want {
				t.Fatalf("%d supervisors, want %d", len(r.at("items").([]any)), want)
			}
		}
		path := "/connections/" + okta + "/held"
		supervisors(9)
		if r := reader.do("GET", path, nil).want(200); r.text("status") != "nothing" {
			t.Errorf("%s", r.Body)
		}
		push()
		supervisors(9)
		if r := reader.do("GET", path, nil).want(200); r.text("status") != "planned" || len(r.at("changes").([]any)) != 9 {
			t.Errorf("%s", r.Body)
		}
		reader.do("POST", path+"/approve", nil).want(403)
		reader.do("POST", path+"/discard", nil).want(403)
		ann.do("POST", path+"/discard", nil).want(200).says(`"discarded"`)
		supervisors(9)
		push(members...)
		push()
		if r := ann.do("POST", path+"/approve", nil, by(x.owned("agent", "bob@example.org"))...); r.Status != 403 {
			t.Errorf("approved by somebody who may not: %d %s", r.Status, r.Body)
		}
		ann.do("POST", path+"/approve", nil).want(200).says(`"applied"`) // the client asked, and she did not configure it
		supervisors(0)
		ann.do("POST", path+"/approve", nil).want(200).says(`"nothing"`)
		ann.do("GET", "/connections/"+x.headquarters()+"/held", nil).want(409).says("held-plans")
		ann.do("POST", "/connections/nothere/held/approve", nil).want(404)
	})
}
