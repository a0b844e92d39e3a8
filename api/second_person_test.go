package api_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/api"
	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// owned makes a key of the tenant with an owner.
func (x *tenant) owned(role, owner string) *client {
	x.t.Helper()
	k, err := x.admin.CreateAPIKey(x.t.Context(), operator, admin.NewAPIKey{Tenant: x.name, Name: fmt.Sprintf("key %d", x.tenants.Add(1)), Role: role, Owner: owner})
	if err != nil {
		x.t.Fatal(err)
	}
	return &client{x, x.t, k.ID, k.Key}
}

// strict has the tenant ask for a second person, and let few people pass.
func (x *tenant) strict() {
	x.t.Helper()
	x.write(func(tx *store.Tx) error {
		tx.PutSetting("approvals", "second_person", directory.SettingOrigin{ManagedBy: directory.ByConsole})
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
}

// by is the header of who approves.
func by(c *client) []string { return []string{"Rollcall-Approver", c.bearer} }

// DECISIONS 24: nobody approves what they asked for themselves, be it by a key of somebody else's that they made.
func TestASecondPersonApprovesOverHTTP(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		x.strict()
		ann, bob, desk := x.owned("administrator", "ann@example.org"), x.owned("administrator", "bob@example.org"), x.owned("console_help_desk", "bob@example.org")
		var people []string
		for i := range 6 {
			people = append(people, ann.made(fmt.Sprintf("p%d", i), object{"roles": []string{"agent"}}))
		}
		made := ann.do("POST", "/api-keys", object{"name": "forged", "role": "administrator", "owner": "carl@example.org"}).want(201)
		forged := &client{x, t, made.text("id"), made.text("key")}
		made = forged.do("POST", "/api-keys", object{"name": "twice", "role": "administrator", "owner": "dora@example.org"}).want(201)
		twice := &client{x, t, made.text("id"), made.text("key")}
		anns := x.owned("administrator", "Ann@example.org")

		suspend := object{"people": people, "do": "suspend"}
		role := x.custom()
		x.holders(6, role)
		for name, ask := range map[string]func(approve string, headers ...string) reply{
			"an edit of many people": func(approve string, headers ...string) reply {
				return ann.do("POST", "/users/bulk?confirm=true"+approve, suspend, headers...)
			},
			"a change of the configuration": func(approve string, headers ...string) reply {
				return ann.do("DELETE", "/roles/"+role+"?absent=true"+approve, nil, headers...)
			},
			"a setting that would need none": func(approve string, headers ...string) reply {
				return ann.do("PUT", "/settings/guard.count?later=false"+approve, object{"value": 500}, headers...)
			},
		} {
			t.Run(name, func(t *testing.T) {
				ask("").want(409).is("held")
				ask("&approve=true").want(403).says("second")
				for who, key := range map[string]*client{"who asked": ann, "their other key": anns, "a key that they made": forged, "a key of that": twice} {
					if r := ask("&approve=true", by(key)...); r.Status != 403 || !strings.Contains(string(r.Body), "who asked for this") {
						t.Errorf("%s approves: %d %s", who, r.Status, r.Body)
					}
				}
				ask("&approve=true", by(desk)...).want(403).says("may not approve")
				ask("&approve=true", "Rollcall-Approver", "rck_nonsense").want(403)
				ask("&approve=true", by(x.gateway.tenant("").key("administrator"))...).want(403).says("another tenant's")
				ask("&approve=true", by(bob)...).want(200)
			})
		}
		ann.do("GET", "/users?state=active", nil).want(200).hides(`"p0"`)
	})
}

// directoryOf is a directory with people in it, and their distinguished names.
func directoryOf(t *testing.T, n int) (*ldaptest.Server, []string) {
	t.Helper()
	server := ldaptest.OpenLDAP(t)
	var ldif strings.Builder
	var dns []string
	for i := range n {
		dn := fmt.Sprintf("uid=crew%02d,%s", i, server.People)
		dns = append(dns, dn)
		fmt.Fprintf(&ldif, "dn: %s\nobjectClass: inetOrgPerson\nuid: crew%02d\ncn: Crew %d\nsn: Crew\nmail: crew%02d@example.com\n\n", dn, i, i, i)
	}
	server.Add(ldif.String())
	return server, dns
}

// A plan that the guard holds: who asked for the sync does not approve it, and somebody else does, by their own key.
func TestAHeldPlanOfADirectoryIsApprovedOverHTTP(t *testing.T) {
	t.Parallel()
	server, dns := directoryOf(t, 20)
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		settings := server.Settings()
		settings.GraceRuns = 1
		x.write(func(tx *store.Tx) error {
			tx.PutConnection(directory.Connection{ID: "hq", Name: "headquarters", Kind: directory.LDAP, LDAP: &settings, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest})
			return nil
		})
		x.strict()
		reads := func(_ context.Context, _ string, c directory.Connection) (directory.Source, error) {
			return ldap.Open(*c.LDAP, ldap.Options{})
		}
		s := httptest.NewServer(api.New(api.Options{DB: x.db, Engine: x.engine, Admin: x.admin, BaseURL: "https://rollcall.example.com", Open: reads}))
		defer s.Close()
		do := func(c *client, method, path string, body any, headers ...string) reply {
			t.Helper()
			return send(t, s.URL+api.Root+path, method, body, append([]string{"Authorization", "Bearer " + c.bearer}, headers...)...)
		}
		ann, bob, desk := x.owned("administrator", "ann@example.org"), x.owned("administrator", "bob@example.org"), x.owned("console_operator", "dora@example.org")
		ended := func(run, status string) reply {
			t.Helper()
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // between looks at a condition
				r := do(ann, "GET", "/runs/"+run, nil).want(200)
				if r.at("finished_at") != nil && r.text("status") != "reading" || r.text("status") == status {
					if r.text("status") != status {
						t.Fatalf("%s", r.Body)
					}
					return r
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s", r.Body)
				}
			}
		}
		sync := func() string { return do(ann, "POST", "/connections/headquarters/sync", nil).want(202).text("run") }
		ended(sync(), "applied")
		gone := settings
		gone.Users.Filter = "(&(objectClass=inetOrgPerson)(!(uid=crew1*)))" // half of them leave
		x.write(func(tx *store.Tx) error {
			tx.PutConnection(directory.Connection{ID: "hq", Name: "headquarters", Kind: directory.LDAP, LDAP: &gone, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		run := sync()
		ended(run, "held").says("would be suspended")
		do(ann, "GET", "/held-plans", nil).want(200).says(run)
		do(ann, "GET", "/runs/"+run+"/changes", nil).want(200).says("crew10")
		approve := "/runs/" + run + "/approve"
		do(desk, "POST", approve, nil).want(403).is("missing-permission")
		do(ann, "POST", approve, nil).want(403).says("who asked for this")
		do(ann, "POST", approve, nil, by(ann)...).want(403).says("who asked for this")
		do(bob, "POST", approve, nil, by(ann)...).want(403).says("who asked for this")
		do(bob, "POST", approve, nil, by(desk)...).want(403).says("may not approve")
		do(bob, "POST", approve, object{"except": []string{"nobody"}}).want(422)
		do(x.gateway.tenant("").key("administrator"), "POST", approve, nil).want(404)
		if active := do(ann, "GET", "/users?state=active&limit=100", nil).want(200).at("total"); active != float64(len(dns)) {
			t.Errorf("%v are active before the approval", active)
		}
		accepted := do(bob, "POST", approve, object{"except": []string{"crew11"}}).want(202)
		if accepted.text("run") != run {
			t.Errorf("%s", accepted.Body)
		}
		done := ended(run, "applied")
		if done.text("approved_by") != "apikey:"+bob.id || done.text("by") != "apikey:"+ann.id {
			t.Errorf("%s", done.Body)
		}
		do(ann, "GET", "/users?state=active&limit=100", nil).want(200).says("crew11", "crew09").hides("crew10")
		do(bob, "POST", approve, nil).want(409).is("conflict")
	})
}

// Somebody who is signed in at the console is a second person for what others asked, and for nothing of their own.
func TestWhoIsSignedInApprovesAHeldPlan(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for _, who := range []string{"she", "a key that she made", "a command of hers"} {
			x := g.tenant("")
			x.t = t
			x.strict()
			key := x.key("administrator")
			ada, bob := key.made("ada", object{"roles": []string{"administrator"}}), key.made("bob", object{"roles": []string{"administrator"}})
			asAda, asBob := x.as(directory.Session{Person: ada}), x.as(directory.Session{Person: bob})
			asAgent := x.as(directory.Session{Person: key.made("eve", object{"roles": []string{"agent"}})})
			made := asAda.do("POST", "/api-keys", object{"name": "hers", "role": "administrator", "owner": "carl@example.org"}).want(201)
			hers := &client{x, t, made.text("id"), made.text("key")}
			asked := map[string]directory.Actor{
				"she": {Kind: directory.ActorPerson, ID: ada}, "a key that she made": {Kind: directory.ActorAPIKey, ID: hers.id}, "a command of hers": {Kind: directory.ActorCLI, ID: "ada@host"},
			}[who]
			run := x.heldRunOf(asked)
			approve := "/runs/" + run + "/approve"
			for what, r := range map[string]reply{
				"in the console": asAda.do("POST", approve, nil), "by the key": hers.do("POST", approve, nil), "by the key, from the console": asAda.do("POST", approve, nil, by(hers)...),
				"by the key, from another's console": asBob.do("POST", approve, nil, by(hers)...),
			} {
				if r.Status != 403 || !strings.Contains(string(r.Body), "asked for this") {
					t.Errorf("%s asked, and approves %s: %d %s", who, what, r.Status, r.Body)
				}
			}
			asAda.do("POST", approve, nil).want(403).says("you asked for this yourself")
			asAgent.do("POST", approve, nil).want(403).is("missing-permission")
			asBob.do("POST", approve, nil).want(202).says(run)
			bulk := object{"people": []string{bob}, "do": "suspend"}
			asAda.do("POST", "/users/bulk?confirm=true&approve=true", bulk).want(403).says("second person", "Rollcall-Approver")
			asAda.do("POST", "/users/bulk?confirm=true&approve=true", bulk, by(hers)...).want(403).says("asked for this")
		}
	})
}
