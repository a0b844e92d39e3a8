package provision_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

// twoDirectories makes the connection entra one that is read by LDAP, the first in order, and links by userName.
func twoDirectories(authority ...string) func(*store.Configuration) {
	return func(c *store.Configuration) {
		ldap := directory.DefaultLDAP()
		okta, entra := &c.Connections[0], &c.Connections[1]
		okta.Order, okta.Link, okta.Authority = 1, "userName", authority
		entra.Order, entra.Link, entra.Kind, entra.Dialect, entra.LDAP = 0, "userName", directory.LDAP, "", &ldap
	}
}

func named(given, family string) map[string]any {
	return map[string]any{"name": map[string]any{"givenName": given, "familyName": family}}
}

func with(changes ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, c := range changes {
		maps.Copy(out, c)
	}
	return out
}

func TestAttributesOfSeveralAccounts(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"the first connection decides what no other lists": func(t *testing.T, w *site) {
			w.configure(twoDirectories("title", "name.givenName", schemaEnterprise+":department", "nonsense", "emails.value"))
			ana := w.user(w.entra, "ana", "e1", with(named("Ana Maria", "Lopez"), department("HR"), map[string]any{"title": "from ldap", "nickName": "from ldap"})).ID
			if v := w.view(ana); v.Sources != nil || v.Attributes["title"] != "from ldap" {
				t.Errorf("alone: %v of %v", v.Attributes, v.Sources)
			}
			w.user(w.okta, "ana", "o1", with(named("Ana", "Other"), department("Billing"), map[string]any{"title": "from okta", "nickName": "from okta", "locale": "es"}))
			v := w.view(ana)
			name, _ := v.Attributes["name"].(map[string]any)
			enterprise, _ := v.Attributes[schemaEnterprise].(map[string]any)
			if v.Attributes["title"] != "from okta" || v.Attributes["nickName"] != "from ldap" || v.Attributes["locale"] != "es" || name["givenName"] != "Ana" || name["familyName"] != "Lopez" || enterprise["department"] != "Billing" {
				t.Errorf("together: %v", v.Attributes)
			}
			want := map[string]string{
				"userName": "entra", "active": "entra", "title": "okta", "nickName": "entra", "locale": "okta", "name.givenName": "okta", "name.familyName": "entra",
				schemaEnterprise + ":department": "okta",
			}
			if !maps.Equal(v.Sources, want) {
				t.Errorf("sources %v, want %v", v.Sources, want)
			}
			w.mustSet(w.okta, ana, map[string]any{"title": nil})
			if v := w.view(ana); v.Attributes["title"] != "from ldap" || v.Sources["title"] != "entra" {
				t.Errorf("what a connection decides and does not state: %v of %v", v.Attributes["title"], v.Sources["title"])
			}
			w.consistent(t)
		},
		"rules look at what is decided, and a new order counts for everybody": func(t *testing.T, w *site) {
			w.configure(func(c *store.Configuration) { twoDirectories()(c); configureRules(billingRule)(c) })
			ana := w.user(w.entra, "ana", "e1", department("Billing")).ID
			w.user(w.okta, "ana", "o1", department("Sales"))
			if got := roles(w.view(ana)); len(got) != 1 {
				t.Errorf("roles %v", got)
			}
			w.configure(func(c *store.Configuration) {
				for i := range c.Connections {
					if c.Connections[i].ID == "okta" {
						c.Connections[i].Authority = []string{"department"}
					}
				}
			})
			if v := w.view(ana); len(v.Roles) != 0 || v.Sources[schemaEnterprise+":department"] != "okta" {
				t.Errorf("roles %v, sources %v", v.Roles, v.Sources)
			}
			w.consistent(t)
		},
	})
}

func TestLeaversOfTwoDirectories(t *testing.T) {
	t.Parallel()
	off, on := map[string]any{"active": false}, map[string]any{"active": true}
	cases := map[string]func(*testing.T, *site){}
	for when, want := range map[string][4]directory.State{ // after LDAP says no, SCIM says no, LDAP says yes, the LDAP account ends
		"any":     {directory.Suspended, directory.Suspended, directory.Suspended, directory.Suspended},
		"all":     {directory.Active, directory.Suspended, directory.Active, directory.Suspended},
		"primary": {directory.Suspended, directory.Suspended, directory.Active, directory.Suspended},
	} {
		cases[when] = func(t *testing.T, w *site) {
			w.configure(func(c *store.Configuration) { twoDirectories()(c); c.Settings["leaver.when"] = when })
			ana := w.user(w.entra, "ana", "e1").ID
			w.user(w.okta, "ana", "o1")
			var got [4]directory.State
			for i, step := range []func(){
				func() { w.mustSet(w.entra, ana, off) },
				func() { w.mustSet(w.okta, ana, off) },
				func() { w.mustSet(w.entra, ana, on) },
				func() { w.delete(w.entra, ana) },
			} {
				step()
				got[i] = w.view(ana).State
			}
			if got != want {
				t.Errorf("states %v, want %v", got, want)
			}
			w.delete(w.okta, ana)
			if v := w.view(ana); v.State != directory.Deprovisioned {
				t.Errorf("after both said goodbye: %s", v.State)
			}
			w.consistent(t)
		}
	}
	cases["a conflict leaves accounts and state as they were"] = func(t *testing.T, w *site) {
		w.configure(func(c *store.Configuration) {
			twoDirectories()(c)
			c.Connections[0].Link, c.Connections[1].Link = "", ""
			configureRules(supportRule)(c)
		})
		ana := w.user(w.entra, "ana", "e1").ID
		bob := w.user(w.entra, "bob", "e2").ID
		g := w.group(w.entra, "CC-Support", ana, bob).ID
		before := w.portraits()
		_, err := w.engine.CreateUser(t.Context(), w.okta, account("ana", "o1", off))
		w.wantKind(err, directory.Conflict)
		_, err = w.engine.CreateUser(t.Context(), w.entra, account("else", "e1", off))
		w.wantKind(err, directory.Conflict)
		_, err = w.set(w.entra, bob, with(off, map[string]any{"userName": "ana"}))
		w.wantKind(err, directory.Conflict)
		if after := w.portraits(); !maps.EqualFunc(before, after, func(a, b portrait) bool { return a.State == b.State && slices.Equal(a.Rights, b.Rights) }) || len(w.in(g)) != 2 {
			t.Errorf("%+v became %+v", before, after)
		}
		w.consistent(t)
	}
	inOneDatabase(t, cases)
}

func TestHoldsOfAttributes(t *testing.T) {
	t.Parallel()
	place := func(t *testing.T, w *site, person, path string, value any) (string, error) {
		t.Helper()
		h := directory.Hold{Person: person, Subject: "attribute:" + path, Effect: directory.Keep, Value: value, Reason: "because"}
		if value == nil {
			h.Effect = directory.Deny
		}
		return w.engine.PlaceHold(t.Context(), directory.Actor{Tenant: w.tenant, Kind: directory.ActorPerson, ID: "boss"}, h)
	}
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"kept until the directory states something else": func(t *testing.T, w *site) {
			w.configure(configureRules(billingRule))
			ana := w.user(w.okta, "ana", "1", with(named("Ana", "Lopez"), department("Sales"), map[string]any{"title": "Agent"})).ID
			id, err := place(t, w, ana, "department", "Billing")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := place(t, w, ana, "NAME.givenname", "Annie"); err != nil {
				t.Fatal(err)
			}
			v := w.view(ana)
			name, _ := v.Attributes["name"].(map[string]any)
			if len(v.Roles) != 1 || name["givenName"] != "Annie" || name["familyName"] != "Lopez" || v.Holds[0].Value != "Billing" {
				t.Errorf("%v, %v, %+v", v.Roles, v.Attributes, v.Holds)
			}
			r, err := w.db.Reader(w.tenant).User(t.Context(), "okta", ana, false)
			if err != nil || r.Version != 1 || !bytes.Contains(r.Document, []byte(`"department":"Sales"`)) || !bytes.Contains(r.Document, []byte(`"givenName":"Ana"`)) {
				t.Errorf("the client is answered %s, version %d (%v)", r.Document, r.Version, err)
			}
			w.consistent(t)
			w.mustSet(w.okta, ana, map[string]any{"title": "Lead"})
			if v := w.view(ana); len(v.Roles) != 1 || len(v.Holds) != 2 {
				t.Errorf("another attribute changed: %v, %+v", v.Roles, v.Holds)
			}
			w.mustSet(w.okta, ana, department("Support"))
			if v := w.view(ana); len(v.Roles) != 0 || len(v.Holds) != 1 {
				t.Errorf("the attribute changed: %v, %+v", v.Roles, v.Holds)
			}
			actor := directory.Actor{Tenant: w.tenant, Kind: directory.ActorPerson, ID: "boss"}
			w.wantKind(w.engine.ReleaseHold(t.Context(), actor, ana, id, "late"), directory.NotFound)
			w.consistent(t)
		},
		"kept away until released": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1", email("ana@acme.test")).ID
			id, err := place(t, w, ana, "emails", nil)
			if err != nil {
				t.Fatal(err)
			}
			w.mustSet(w.okta, ana, email("new@acme.test"))
			if v := w.view(ana); v.Attributes["emails"] != nil {
				t.Errorf("%v", v.Attributes)
			}
			found, err := w.db.Reader(w.tenant).PeopleByIdentifier(t.Context(), "email", "new@acme.test")
			if err != nil || len(found) != 0 {
				t.Errorf("found %v (%v)", found, err)
			}
			if err := w.engine.ReleaseHold(t.Context(), directory.Actor{Tenant: w.tenant, Kind: directory.ActorPerson, ID: "boss"}, ana, id, "done"); err != nil {
				t.Fatal(err)
			}
			found, err = w.db.Reader(w.tenant).PeopleByIdentifier(t.Context(), "email", "new@acme.test")
			if v := w.view(ana); err != nil || len(found) != 1 || v.Attributes["emails"] == nil {
				t.Errorf("released: %v, found %v (%v)", v.Attributes, found, err)
			}
			w.consistent(t)
		},
		"over two accounts": func(t *testing.T, w *site) {
			w.configure(twoDirectories())
			ana := w.user(w.entra, "ana", "e1", map[string]any{"title": "ldap"}).ID
			w.user(w.okta, "ana", "o1", map[string]any{"title": "okta"})
			if _, err := place(t, w, ana, "title", "held"); err != nil {
				t.Fatal(err)
			}
			w.mustSet(w.okta, ana, map[string]any{"title": "whatever"})
			if v := w.view(ana); v.Attributes["title"] != "held" || v.Sources["title"] != "hold" {
				t.Errorf("what does not count changed: %v of %v", v.Attributes["title"], v.Sources["title"])
			}
			w.mustSet(w.entra, ana, map[string]any{"title": "new"})
			if v := w.view(ana); v.Attributes["title"] != "new" || v.Sources["title"] != "entra" {
				t.Errorf("what counts changed: %v of %v", v.Attributes["title"], v.Sources["title"])
			}
			w.consistent(t)
		},
		"bad ones": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			for path, value := range map[string]any{
				"nonsense": "x", "active": true, "groups": []any{}, "password": "x", "id": "x", "emails.value": "x", "title": map[string]any{}, "name.": "x",
				"nickName": "", schemaEnterprise: map[string]any{"department": "x"}, "userName": nil, "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:state": "active",
			} {
				_, err := place(t, w, ana, path, value)
				if directory.KindOf(err) != directory.Invalid {
					t.Errorf("%s = %v: %v", path, value, err)
				}
			}
			for _, h := range []directory.Hold{
				{Person: ana, Subject: "attribute:title", Effect: directory.Keep, Reason: "x"},
				{Person: ana, Subject: "attribute:title", Effect: directory.Deny, Value: "x", Reason: "x"},
				{Person: ana, Subject: "state", Effect: directory.Deny, Value: "x", Reason: "x"},
			} {
				_, err := w.engine.PlaceHold(t.Context(), w.okta, h)
				w.wantKind(err, directory.Invalid)
			}
			if n := w.number(`SELECT COUNT(*) FROM hold WHERE tenant = ?`); n != 0 {
				t.Errorf("%d holds were written", n)
			}
		},
	})
}
