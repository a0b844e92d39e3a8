package api

import "encoding/json"

// exampleObjects are the examples of what other packages answer with, by the names of the schemas: their types know nothing
// of the document.
var exampleObjects = map[string]json.RawMessage{
	"Step":             exampleStep,
	"Reason":           exampleReason,
	"OriginView":       exampleOrigin,
	"RightOrigin":      exampleRight,
	"RightChange":      json.RawMessage(`{"kind": "agent_group", "target": "Support", "as": "user", "rule": "support agents"}`),
	"RuleExplanation":  json.RawMessage(`{"rule": "support agents", "hit": true, "group": "CC-Support", "yields": [{"kind": "role", "target": "agent"}]}`),
	"HoldView":         json.RawMessage(`{"id": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d12", "subject": "state", "effect": "deny", "actor": "apikey:h2k4m6p8q3r5s", "reason": "under review"}`),
	"Difference":       json.RawMessage(`{"change": "updated", "kind": "agent_group", "name": "Support", "fields": [{"name": "distribution", "before": true, "after": false}]}`),
	"Notice":           json.RawMessage(`{"about": "connection", "name": "okta", "text": "no token opens the connection", "write": "rollcall token create --tenant acme --connection okta"}`),
	"SyncChange":       json.RawMessage(`{"change": "updated", "id": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "user": "ana.prado@example.com", "user_name": "ana.prado@example.com", "fields": [], "gained": [{"kind": "role", "target": "agent"}], "reason": "rule support agents"}`),
	"GroupEligibility": exampleGroup,
	"MemberEligibility": json.RawMessage(`{"person": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "display_id": "1204", "user_name": "ana.prado@example.com", "membership": "user", "eligible": false,
  "reasons": [` + string(exampleReason) + `]}`),
	"PersonEligibility": exampleEligibility,
	"WorkState":         exampleWork,
	"EligibilityChange": exampleChange,
	"EligibilityChanges": json.RawMessage(`{"changes": [` + string(exampleChange) + `,
  {"seq": 4712, "at": "2026-01-15T09:31:00Z", "action": "tenant.applied", "agent_group": ` + string(exampleWork) + `}], "cursor": 4712, "more": false, "behind_ms": 0}`),
	"Authorized": json.RawMessage(`{"person": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "permission": "conversations.reply", "allowed": true, "scope": "own", "chain": [` + string(exampleStep) + `],
  "origins": [` + string(exampleRight) + `]}`),
	"User": json.RawMessage(`{"id": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "display_id": "1204", "user_name": "ana.prado@example.com", "display_name": "Ana Prado", "nickname": "Ani",
  "state": "active", "seat": "held", "seat_pool": "users", "status": "online", "absence": null, "eligible": true, "incomplete": [], "pending": false, "extension": "4021",
  "roles": [{"key": "agent", "name": "Agent", "origin": ` + string(exampleOrigin) + `, "origins": [` + string(exampleOrigin) + `]}], "options": [], "profile": null,
  "agent_groups": [{"id": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d11", "name": "Support", "kind": "user", "origin": ` + string(exampleOrigin) + `, "origins": [` + string(exampleOrigin) + `]}],
  "campaigns": [], "queues": [], "strategies": [], "company": null, "holds": [],
  "accounts": [{"connection": "okta", "external_id": "00u1", "user_name": "ana.prado@example.com", "active": true, "modified_at": "2026-01-15T09:30:00Z"}],
  "attributes": {"userName": "ana.prado@example.com", "displayName": "Ana Prado", "active": true}, "created_at": "2026-01-15T09:30:00Z", "modified_at": "2026-01-15T09:30:00Z"}`),
}

var (
	exampleStep   = json.RawMessage(`{"kind": "role", "subject": "agent", "effect": "grants", "scope": "own", "text": "the role \"Agent\" gives it, for what is their own"}`)
	exampleReason = json.RawMessage(`{"code": "status", "text": "the status \"Offline\" receives nothing new"}`)
	exampleOrigin = json.RawMessage(`{"kind": "rule", "rule": "support agents", "group": "CC-Support", "change": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d13", "at": "2026-01-15T09:30:00Z"}`)
	exampleRight  = json.RawMessage(`{"kind": "role", "target": "agent", "origins": [` + string(exampleOrigin) + `]}`)
	exampleGroup  = json.RawMessage(`{"group": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d11", "name": "Support", "kind": "agent_group", "membership": "user", "channel": "chat", "eligible": false,
  "reasons": [` + string(exampleReason) + `]}`)
	exampleWork        = json.RawMessage(`{"id": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d11", "name": "Support", "kind": "agent_group", "distribution": false, "channels": ["chat"], "archived": false}`)
	exampleEligibility = json.RawMessage(`{"person": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "display_id": "1204", "user_name": "ana.prado@example.com", "state": "active", "seat": "held",
  "status": "offline", "absent": false, "incomplete": [], "extension": true, "eligible": false, "groups": [` + string(exampleGroup) + `], "reasons": [` + string(exampleReason) + `]}`)
	exampleChange = json.RawMessage(`{"seq": 4711, "at": "2026-01-15T09:30:00Z", "action": "user.status_changed", "person": ` + string(exampleEligibility) + `}`)
)

// exampleBodies are the examples of bodies whose properties do not all go together: one of several ways to use an
// operation, by the operations' ids. The other examples are made of those of their properties.
var exampleBodies = map[string]json.RawMessage{
	"authorize":          json.RawMessage(`{"person": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "permission": "conversations.reply", "owner": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"}`),
	"create-connection":  exampleConnection,
	"replace-connection": exampleConnection,
	"create-role":        exampleRole,
	"replace-role":       exampleRole,
	"undo":               json.RawMessage(`{"run": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"}`),
	"bulk-users":         json.RawMessage(`{"people": ["ana.prado@example.com"], "add": {"agent_groups": [{"id": "Support", "kind": "user"}]}, "reason": "the new night shift"}`),
	"add-absence":        json.RawMessage(`{"kind": "holiday", "from": "2035-07-02T00:00:00Z", "until": "2035-07-16T00:00:00Z", "note": "summer"}`),
	"place-hold":         json.RawMessage(`{"subject": "role:supervisor", "effect": "deny", "until": "2035-07-16T00:00:00Z", "reason": "under review"}`),
	"change-rights":      json.RawMessage(`{"add": {"agent_groups": [{"id": "Support", "kind": "both"}]}, "remove": {"roles": ["supervisor"]}, "reason": "the new night shift"}`),
	"give-right":         json.RawMessage(`{"reason": "the new night shift"}`),
	"suspend-user":       json.RawMessage(`{"reason": "under review"}`),
}

var exampleConnection = json.RawMessage(`{"name": "headquarters", "kind": "ldap", "ldap": {"urls": ["ldaps://ldap.example.com"], "bind_dn": "cn=reader,dc=example,dc=com",
  "bind_password": "a password", "users": {"base": "ou=people,dc=example,dc=com"}, "groups": {"base": "ou=groups,dc=example,dc=com"},
  "attributes": {"departmentNumber": "department"}, "schedule": "15m"}, "link": "emails.value", "authority": ["title"], "guard": {"percent": 10, "count": 50}}`)

var exampleRole = json.RawMessage(`{"key": "night_shift", "name": "Night shift", "description": "Agents who work at night.", "rank": 15,
  "permissions": [{"key": "conversations.reply", "scope": "group", "mode": "granted"}, {"key": "contacts.export", "scope": "none", "mode": "denied"}],
  "options": [{"key": "transfers", "name": "May transfer", "permissions": [{"key": "conversations.transfer", "scope": "group", "mode": "granted"}]}]}`)
