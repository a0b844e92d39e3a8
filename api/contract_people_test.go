package api_test

import (
	"maps"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// person makes somebody in the tenant of a case, and returns their id.
func (x *tenant) person() string { return x.key(ownerOf(x)).made("ana") }

// bulkRun makes a run, and returns its id.
func (x *tenant) bulkRun() string {
	x.t.Helper()
	body := map[string]any{"people": []string{x.person()}, "do": "suspend"}
	return x.key(ownerOf(x)).do("POST", "/users/bulk?confirm=true", body).want(200).text("run")
}

func ofPerson(suffix string) func(*tenant) string {
	return func(x *tenant) string { return "/users/" + x.person() + suffix }
}

func always(v any) func(*tenant) any { return func(*tenant) any { return v } }

func init() {
	maps.Copy(contracts, map[string]contract{
		"list-users": {}, "get-user": {path: ofPerson("")}, "export-users": {},
		"create-user": {body: always(map[string]any{"user_name": "bo", "given_name": "Bo", "family_name": "Li", "email": "bo@example.com"})},
		"update-user": {path: ofPerson(""), body: always(map[string]any{"title": "Lead"})},
		"delete-user": {path: ofPerson("")}, "suspend-user": {path: ofPerson("/suspend"), body: always(map[string]any{"reason": "x"})},
		"resume-user": {path: ofPerson("/resume"), body: always(map[string]any{"reason": "x"})},
		"transfer-ownership": {preset: "campaign-contact-centre", path: func(x *tenant) string {
			x.change(func(next *store.Configuration) { next.Settings["user.required_fields"] = "email" })
			return "/users/" + x.person() + "/make-owner"
		}, body: always(map[string]any{"reason": "x"})},
		"change-rights": {path: ofPerson("/rights"), body: always(map[string]any{"add": map[string]any{"roles": []string{"agent"}}})},
		"give-right":    {path: ofPerson("/rights/role/agent"), body: always(map[string]any{"reason": "x"}), gone: "/users/nothere/rights/role/agent"},
		"take-right":    {path: ofPerson("/rights/role/agent"), gone: "/users/nothere/rights/role/agent"},
		"bulk-users": {body: func(x *tenant) any {
			return map[string]any{"people": []string{x.person()}, "do": "suspend"}
		}},
		"list-holds": {path: ofPerson("/holds")},
		"place-hold": {path: ofPerson("/holds"), body: always(map[string]any{"subject": "state", "effect": "deny", "reason": "x"})},
		"release-hold": {path: func(x *tenant) string {
			id := x.person()
			hold := x.key(ownerOf(x)).do("POST", "/users/"+id+"/holds", map[string]any{"subject": "state", "effect": "deny", "reason": "x"}).want(201)
			return "/users/" + id + "/holds/" + hold.text("id")
		}},
		"list-my-sessions": {free: true},
		"end-my-session": {
			free: true,
			path: func(x *tenant) string { return "/me/sessions/" + x.session(x.person()) },
			by:   func(x *tenant, path string) *client { return x.as(x.stored(strings.TrimPrefix(path, "/me/sessions/"))) },
		},
		"list-user-sessions": {path: ofPerson("/sessions")}, "end-user-sessions": {path: ofPerson("/sessions")}, "list-sessions": {},
		"end-user-session": {path: func(x *tenant) string {
			id := x.person()
			return "/users/" + id + "/sessions/" + x.session(id)
		}},
		"end-session":     {path: func(x *tenant) string { return "/sessions/" + x.session("") }},
		"list-identities": {path: ofPerson("/identities")},
		"forget-identity": {path: func(x *tenant) string {
			id := x.person()
			x.session(id)
			return "/users/" + id + "/identities/" + x.provider()
		}},
		"explain-user": {path: ofPerson("/explain")}, "list-user-permissions": {path: ofPerson("/permissions")},
		"authorize":  {body: always(map[string]any{"person": "x", "permission": "users.view"})},
		"set-status": {path: ofPerson("/status"), body: always(map[string]any{"status": "online"})}, "list-presences": {path: ofPerson("/status")},
		"list-absences": {path: ofPerson("/absences")}, "add-absence": {path: ofPerson("/absences"), body: always(map[string]any{"kind": "sick"})},
		"end-absence": {path: func(x *tenant) string {
			id := x.person()
			return "/users/" + id + "/absences/" + x.key(ownerOf(x)).do("POST", "/users/"+id+"/absences", map[string]any{}).want(201).text("id")
		}},
		"get-user-eligibility": {path: ofPerson("/eligibility")},
		"list-group-eligibility": {path: func(x *tenant) string {
			c := x.change(func(next *store.Configuration) {
				next.AgentGroups = append(next.AgentGroups, directory.NewWorkGroup(directory.AgentGroupWork, "Desk"))
			})
			return "/agent-groups/" + c.AgentGroups[0].ID + "/eligibility"
		}},
		"get-eligibility-cursor": {}, "list-eligibility-changes": {path: func(*tenant) string { return "/eligibility/changes?cursor=0" }},
		"list-runs": {}, "get-run": {path: func(x *tenant) string { return "/runs/" + x.bulkRun() }},
		"list-run-changes": {path: func(x *tenant) string { return "/runs/" + x.bulkRun() + "/changes" }},
		"undo":             {body: func(x *tenant) any { return map[string]any{"run": x.bulkRun()} }},
		"list-held-runs":   {}, "list-audit": {}, "list-activity": {}, "export-audit": {}, "get-ledger-head": {},
		"get-user-at": {path: func(x *tenant) string { return "/audit/users/" + x.person() }}, "list-holders-at": {path: func(*tenant) string { return "/audit/rights/role/agent" }, gone: "-"},
		"sync-connection": {path: func(x *tenant) string { return "/connections/" + x.headquarters() + "/sync" }, body: always(map[string]any{})},
		"plan-sync":       {path: func(x *tenant) string { return "/connections/" + x.headquarters() + "/sync/plan" }, body: always(map[string]any{})},
		"test-connection": {path: func(x *tenant) string { return "/connections/" + x.headquarters() + "/test" }},
		"approve-run":     {path: func(x *tenant) string { return "/runs/" + x.heldRun() + "/approve" }, body: always(map[string]any{})},
		"list-held":       {path: func(x *tenant) string { return "/connections/" + x.okta() + "/held" }},
		"approve-held":    {path: func(x *tenant) string { return "/connections/" + x.okta() + "/held/approve" }},
		"discard-held":    {path: func(x *tenant) string { return "/connections/" + x.okta() + "/held/discard" }},
		"discard-run":     {path: func(x *tenant) string { return "/runs/" + x.heldRun() + "/discard" }},
	})
}

// headquarters is a connection whose directory is read, and does not answer here.
func (x *tenant) headquarters() string {
	x.write(func(tx *store.Tx) error {
		tx.PutConnection(directory.Connection{
			ID: "hq", Name: "headquarters", Kind: directory.LDAP, LDAP: &directory.LDAPSettings{URLs: []string{"ldaps://ldap.example.com"}},
			Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest, Order: 1,
		})
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	return "hq"
}

// heldRun is a plan of the schedule's that waits for approval.
func (x *tenant) heldRun() string {
	x.t.Helper()
	return x.heldRunOf(directory.Actor{Kind: directory.ActorSystem, ID: "sync"})
}

// heldRunOf is a plan that somebody asked for and that waits for approval.
func (x *tenant) heldRunOf(asked directory.Actor) string {
	x.t.Helper()
	hq, id := x.headquarters(), store.NewID()
	x.write(func(tx *store.Tx) error {
		until := tx.Now().Add(time.Hour)
		tx.PutRun(store.Run{ID: id, Kind: "sync", Status: "held", Connection: hq, Actor: asked, CreatedAt: tx.Now(), ExpiresAt: until})
		source, err := tx.LockSource(hq)
		if err != nil {
			return err
		}
		source.Status, source.HeldRun, source.HeldUntil = store.SourceQuarantined, id, until
		tx.PutSource(source)
		return tx.InsertPlanLines(id, []store.PlanLine{{Subject: "plan", Status: "done", Line: []byte(`{"Connection":"hq"}`)}})
	})
	return id
}
