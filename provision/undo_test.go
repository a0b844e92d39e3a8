package provision_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

var boss = directory.Actor{Kind: directory.ActorCLI, ID: "root@host"}

// undo undoes a target, whatever the guard says, and returns the lines that were told before.
func (b *bench) undo(t *testing.T, what provision.UndoTarget) (r provision.SyncResult, lines []provision.SyncChange) {
	t.Helper()
	actor := boss
	actor.Tenant = b.tenant
	r, err := b.engine.ApplyUndo(t.Context(), actor, what, provision.SyncOptions{Approve: true, Each: func(c provision.SyncChange) error {
		lines = append(lines, c)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r, lines
}

// last is the newest change of somebody.
func (b *bench) last(t *testing.T, person string) string {
	t.Helper()
	list, err := b.db.Reader(b.tenant).Changes(t.Context(), "person:"+person, 1)
	if err != nil || len(list) == 0 {
		t.Fatalf("changes of %s: %d (%v)", person, len(list), err)
	}
	return list[0].ID
}

func TestUndoOfOneChange(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"a suspension": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			w.mustSet(w.okta, ana, map[string]any{"active": false})
			r, lines := w.undo(t, provision.UndoTarget{Change: w.last(t, ana)})
			if v := w.view(ana); r.Status != provision.SyncApplied || v.State != directory.Active || len(v.Holds) != 1 || len(lines) != 1 || lines[0].Change != "reactivated" {
				t.Errorf("%+v, %+v: %s with %+v", r, lines, v.State, v.Holds)
			}
			w.consistent(t)
			w.mustSet(w.okta, ana, map[string]any{"title": "Agent"})
			if v := w.view(ana); v.State != directory.Active {
				t.Errorf("another attribute changed: %s", v.State)
			}
			w.mustSet(w.okta, ana, map[string]any{"active": true})
			w.mustSet(w.okta, ana, map[string]any{"active": false})
			if v := w.view(ana); v.State != directory.Suspended || len(v.Holds) != 0 {
				t.Errorf("the directory said it anew: %s with %+v", v.State, v.Holds)
			}
		},
		"a reactivation": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1", map[string]any{"active": false}).ID
			w.mustSet(w.okta, ana, map[string]any{"active": true})
			w.undo(t, provision.UndoTarget{Change: w.last(t, ana)})
			if v := w.view(ana); v.State != directory.Suspended || len(v.Holds) != 1 {
				t.Errorf("%s with %+v", v.State, v.Holds)
			}
			w.mustSet(w.okta, ana, map[string]any{"active": false})
			w.mustSet(w.okta, ana, map[string]any{"active": true})
			if v := w.view(ana); v.State != directory.Active || len(v.Holds) != 0 {
				t.Errorf("the directory said it anew: %s with %+v", v.State, v.Holds)
			}
		},
		"attributes": func(t *testing.T, w *site) {
			w.configure(configureRules(billingRule))
			ana := w.user(w.okta, "ana", "1", department("Billing"), email("ana@acme.test"), map[string]any{
				"title": "Agent", "name": map[string]any{"givenName": "Ana", "familyName": "Lopez"},
			}).ID
			w.mustSet(w.okta, ana, map[string]any{
				"title": nil, "nickName": "Annie", "name": map[string]any{"givenName": "Anna", "familyName": "Lopez"},
				"emails":         email("else@acme.test")["emails"],
				schemaEnterprise: map[string]any{"department": "Sales"},
			})
			r, _ := w.undo(t, provision.UndoTarget{Change: w.last(t, ana)})
			v := w.view(ana)
			name, _ := v.Attributes["name"].(map[string]any)
			if r.Status != provision.SyncApplied || v.Attributes["title"] != "Agent" || v.Attributes["nickName"] != nil || name["givenName"] != "Ana" || len(roles(v)) != 1 || len(v.Holds) != 5 {
				t.Errorf("%s: %v, roles %v, holds %+v", r.Status, v.Attributes, roles(v), v.Holds)
			}
			if found, err := w.db.Reader(w.tenant).PeopleByIdentifier(t.Context(), "email", "ana@acme.test"); err != nil || len(found) != 1 {
				t.Errorf("found by their address: %v (%v)", found, err)
			}
			if found, err := w.db.Reader(w.tenant).PeopleByIdentifier(t.Context(), "email", "else@acme.test"); err != nil || len(found) != 0 {
				t.Errorf("found by the address that was undone: %v (%v)", found, err)
			}
			w.consistent(t)
			w.mustSet(w.okta, ana, map[string]any{"title": "Boss", "name": map[string]any{"givenName": "Anna", "familyName": "Gomez"}})
			v = w.view(ana)
			name, _ = v.Attributes["name"].(map[string]any)
			if v.Attributes["title"] != "Boss" || name["givenName"] != "Ana" || name["familyName"] != "Gomez" {
				t.Errorf("after new statements: %v", v.Attributes)
			}
			w.consistent(t)
		},
		"a creation": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			g := w.group(w.okta, "CC-Support").ID
			ana := w.user(w.okta, "ana", "1").ID
			change := w.last(t, ana)
			w.members(g, provision.AddMembers, ana)
			w.undo(t, provision.UndoTarget{Change: change})
			if v := w.view(ana); v.State != directory.Deprovisioned || len(v.Roles)+len(v.Accounts) != 0 || len(w.in(g)) != 0 {
				t.Errorf("%+v", v)
			}
			w.consistent(t)
		},
		"a deletion": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "CC-Support", ana).ID
			before := w.view(ana)
			w.delete(w.okta, ana)
			w.undo(t, provision.UndoTarget{Change: w.last(t, ana)})
			v := w.view(ana)
			if v.State != directory.Active || len(roles(v)) != 1 || len(w.in(g)) != 1 || v.Accounts[0].ExternalID != before.Accounts[0].ExternalID {
				t.Errorf("%+v", v)
			}
			w.consistent(t)
			r, err := w.db.Reader(w.tenant).User(t.Context(), "okta", ana, false)
			if err != nil || r.Version != 2 {
				t.Errorf("version %d (%v)", r.Version, err)
			}
		},
		"of a group": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "CC-Support", ana).ID
			w.members(g, provision.RemoveMembers, ana)
			gone := w.last(t, ana)
			w.undo(t, provision.UndoTarget{Change: gone})
			if v := w.view(ana); len(v.Roles) != 1 || len(v.AgentGroups) != 1 || len(v.Holds) != 2 || v.Roles[0].Origin.Rule != "support agents" {
				t.Errorf("%+v", v)
			}
			w.consistent(t)
			w.group(w.okta, "choir", ana)
			w.configure(configureRules(supportRule, leadsRule))
			if v := w.view(ana); len(v.Roles) != 1 || len(v.AgentGroups) != 1 {
				t.Errorf("later writes: %+v", v)
			}
			holds := w.view(ana).Holds
			actor := boss
			actor.Tenant = w.tenant
			if err := w.engine.ReleaseHold(t.Context(), actor, ana, holds[0].ID, "enough"); err != nil {
				t.Fatal(err)
			}
			if err := w.engine.ReleaseHold(t.Context(), actor, ana, holds[1].ID, "enough"); err != nil {
				t.Fatal(err)
			}
			if v := w.view(ana); len(v.Roles)+len(v.AgentGroups) != 0 {
				t.Errorf("released: %+v", v)
			}
			w.consistent(t)
			w.members(g, provision.AddMembers, ana)
			given := w.last(t, ana)
			w.undo(t, provision.UndoTarget{Change: given})
			if v := w.view(ana); len(v.Roles)+len(v.AgentGroups) != 0 || len(v.Holds) != 2 {
				t.Errorf("withheld: %+v", v)
			}
			w.consistent(t)
			w.members(g, provision.RemoveMembers, ana)
			w.members(g, provision.AddMembers, ana)
			if v := w.view(ana); len(v.Roles) != 1 || len(v.AgentGroups) != 1 || len(v.Holds) != 0 {
				t.Errorf("the directory gave it anew: %+v", v)
			}
			w.consistent(t)
		},
	})
}

const schemaEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
