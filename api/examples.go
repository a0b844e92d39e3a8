package api

import "encoding/json"

// exampleBodies are the examples of bodies whose properties do not all go together: one of several ways to use an
// operation, by the operations' ids. The other examples are made of those of their properties.
var exampleBodies = map[string]json.RawMessage{
	"authorize":          json.RawMessage(`{"person": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10", "permission": "conversations.reply", "agent_group": "019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d11"}`),
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
