package provision_test

import (
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// link sets the link rule of the connection entra.
func link(by string) func(*store.Configuration) {
	return func(c *store.Configuration) { c.Connections[1].Link = by }
}

func email(address string) map[string]any {
	return map[string]any{"emails": []any{map[string]any{"value": address, "primary": true}}}
}

// oneOwner checks that nobody is both a connection's and nobody's, and that each connection's total is what it lists.
func (w *site) oneOwner(t *testing.T) {
	t.Helper()
	if n := w.number(`SELECT COUNT(*) FROM account a JOIN account b ON b.tenant = a.tenant AND b.person = a.person AND b.ended = 0 AND b.connection <> ''
	  WHERE a.tenant = ? AND a.connection = '' AND a.ended = 0`); n != 0 {
		t.Errorf("%d people are a connection's and nobody's at once", n)
	}
	for _, c := range []string{"okta", "entra", ""} {
		page, err := w.db.Reader(w.tenant).Users(t.Context(), store.Query{Connection: c, Unowned: true, Limit: 1000, Total: true})
		if err != nil || page.Total != int64(len(page.Resources)) {
			t.Errorf("connection %q: total %d of %d rows (%v)", c, page.Total, len(page.Resources), err)
		}
		seen := map[string]bool{}
		for _, r := range page.Resources {
			if seen[r.ID] {
				t.Errorf("connection %q lists %s twice", c, r.ID)
			}
			seen[r.ID] = true
		}
	}
}

func TestWhoComesBackIsThePersonTheyWere(t *testing.T) {
	t.Parallel()
	local := func(w *site) directory.Actor {
		return directory.Actor{Tenant: w.tenant, Kind: directory.ActorCLI, ID: "root@host"}
	}
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"after leaver.do keep, with the account that nobody owned ended": func(t *testing.T, w *site) {
			w.setting("leaver.do", "keep")
			ana := w.user(w.okta, "ana@acme.test", "1")
			w.delete(w.okta, ana.ID)
			if v := w.view(ana.ID); v.State != directory.Active {
				t.Errorf("kept: %s", v.State)
			}
			w.oneOwner(t)
			if back := w.user(w.okta, "ana@acme.test", "1"); back.ID != ana.ID || back.Version <= ana.Version {
				t.Errorf("came back as %s version %d, want %s and more than %d", back.ID, back.Version, ana.ID, ana.Version)
			}
			w.oneOwner(t)
		},
		"not another, whose name they had before": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "old@acme.test", "")
			w.delete(w.okta, ana.ID)
			if back := w.user(w.okta, "old@acme.test", ""); back.ID != ana.ID {
				t.Fatalf("came back as %s", back.ID)
			}
			w.mustSet(w.okta, ana.ID, map[string]any{"userName": "new@acme.test"})
			if other, err := w.engine.CreateUser(t.Context(), w.okta, account("old@acme.test", "")); err != nil || other.ID == ana.ID {
				t.Errorf("a new user with a userName that nobody has: %s (%v)", other.ID, err)
			}
		},
		"not another, whose externalId they had before": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana@acme.test", "1")
			w.delete(w.okta, ana.ID)
			w.user(w.okta, "ana@acme.test", "1")
			_, err := w.engine.UpdateUser(t.Context(), w.okta, ana.ID, nil, func(a directory.Account) (directory.Account, error) {
				a.ExternalID = "2"
				return a, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if other, err := w.engine.CreateUser(t.Context(), w.okta, account("bob@acme.test", "1")); err != nil || other.ID == ana.ID {
				t.Errorf("a new user with an externalId that nobody has: %s (%v)", other.ID, err)
			}
		},
		"by a link, although their account here ended under another externalId": func(t *testing.T, w *site) {
			w.configure(link("userName"))
			ana := w.user(w.okta, "ana@acme.test", "1")
			first := w.user(w.entra, "ana@acme.test", "e1")
			changed := w.mustSet(w.entra, ana.ID, map[string]any{"title": "Agent"})
			w.delete(w.entra, ana.ID)
			if v := w.view(ana.ID); v.State != directory.Suspended {
				t.Errorf("after one goodbye under leaver.when any: %s", v.State)
			}
			back := w.user(w.entra, "ana@acme.test", "e2")
			if v := w.view(ana.ID); back.ID != ana.ID || first.ID != ana.ID || v.State != directory.Active {
				t.Errorf("linked again as %s (person %s): %s with accounts %+v, want active", back.ID, ana.ID, v.State, v.Accounts)
			}
			if back.Version <= changed.Version {
				t.Errorf("version %d again after %d: an ETag is repeated", back.Version, changed.Version)
			}
		},
		"also when nobody owned them and a link finds them": func(t *testing.T, w *site) {
			w.configure(link("emails"))
			ana := w.user(local(w), "ana@acme.test", "", email("ana@acme.test"))
			if linked := w.user(w.entra, "a.smith@acme.test", "e1", email("ana@acme.test")); linked.ID != ana.ID {
				t.Fatalf("linked as %s, want %s", linked.ID, ana.ID)
			}
			w.oneOwner(t)
			if v := w.view(ana.ID); len(v.Accounts) != 1 {
				t.Errorf("accounts %+v, want entra's alone", v.Accounts)
			}
		},
		"but never an administrator whom nobody owns": func(t *testing.T, w *site) {
			w.configure(link("emails"))
			boss := w.user(local(w), "boss@acme.test", "", email("boss@acme.test"))
			administrator := provision.Assignment{Add: []directory.Entitlement{{Kind: directory.RoleEntitlement, Target: "administrator"}}}
			if _, err := w.engine.Assign(t.Context(), local(w), boss.ID, administrator, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(roles(w.view(boss.ID)), "administrator") {
				t.Fatalf("boss has %v", roles(w.view(boss.ID)))
			}
			for _, userName := range []string{"boss@acme.test", "evil@acme.test"} {
				_, err := w.engine.CreateUser(t.Context(), w.entra, account(userName, "e-"+userName, email("boss@acme.test")))
				w.wantKind(err, directory.Conflict)
			}
			if v := w.view(boss.ID); len(v.Accounts) != 1 {
				t.Errorf("a connection took an administrator over: %+v", v.Accounts)
			}
		},
		"and a claimed person leaves with their new connection": func(t *testing.T, w *site) {
			ana := w.user(local(w), "ana@acme.test", "")
			team := w.group(w.okta, "team", ana.ID)
			w.user(w.entra, "ana@acme.test", "e1")
			w.delete(w.entra, ana.ID)
			if v := w.view(ana.ID); v.State != directory.Deprovisioned {
				t.Errorf("state %s", v.State)
			}
			if in := w.in(team.ID); len(in) != 0 {
				t.Errorf("a group still lists %v, who is gone", in)
			}
		},
	})
}

func TestPeopleWhoAreGoneStayGoneWhenTheLeaverRuleChanges(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"suspend": func(t *testing.T, w *site) { goneThen(t, w, "suspend") },
		"keep":    func(t *testing.T, w *site) { goneThen(t, w, "keep") },
	})
}

func goneThen(t *testing.T, w *site, do string) {
	t.Helper()
	w.configure(configureRules(directory.Rule{ID: "r", Name: "everybody", When: `not (title eq "x")`, Roles: []string{"agent"}}))
	ana := w.user(w.okta, "ana@acme.test", "1")
	w.delete(w.okta, ana.ID)
	w.setting("leaver.do", do)
	if v := w.view(ana.ID); v.State != directory.Deprovisioned || len(v.Roles) > 0 {
		t.Errorf("%s with %v", v.State, v.Roles)
	}
	if who := w.unsettled(); len(who) > 0 {
		t.Errorf("a plan promises what settling does not do: %v", who)
	}
}
