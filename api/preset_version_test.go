package api_test

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

// before makes the tenant as the version before of its preset made it: that had no permission conversations.close, gave agents
// no contacts.view, let people have several roles, and had a status lunch.
func (x *tenant) before(version string) {
	x.t.Helper()
	c := x.config()
	x.write(func(tx *store.Tx) error {
		for _, r := range c.Roles {
			r.Permissions = slices.DeleteFunc(slices.Clone(r.Permissions), func(p directory.RolePermission) bool {
				return p.Key == "conversations.close" || p.Key == "contacts.view" && r.Key == "agent"
			})
			tx.PutRole(r)
		}
		tx.PutSetting("roles.cardinality", "many", directory.SettingOrigin{ManagedBy: directory.ByPreset})
		tx.PutStatus(directory.Status{Key: "lunch", Name: "Lunch", Active: true, Order: 2, ManagedBy: directory.ByPreset})
		tx.PutModel(version, c.Modules)
		_, err := tx.RaiseConfigVersion(c.Tenant.Name)
		return err
	})
}

// DECISIONS 27: a later version of a preset is offered, is a plan, and changes what nobody took over; a permission that is new
// starts with nobody; and there is no way back.
func TestALaterVersionOfAPresetIsTaken(t *testing.T) {
	onPlatform(t, "conversations-basic", "console_owner", "settings: {user.email.mutable: admin}\n", map[string]func(*testing.T, *platform){
		"": func(t *testing.T, p *platform) {
			c := p.client
			c.do("GET", "/tenant", nil).want(200).says(`"newer_preset":""`)
			x := c.tenant
			x.before("conversations-basic@0")
			tenant := c.do("GET", "/tenant", nil).want(200).says(`"newer_preset":"conversations-basic@1"`)
			c.do("GET", "/notices", nil).want(200).says("preset: conversations-basic@1")
			take := object{"preset": "conversations-basic@1"}

			x.able("console.tenant.manage", "console.tenant.read").do("PATCH", "/tenant", take).lacks("console.presets.manage")
			x.able("console.presets.manage", "console.tenant.read").do("PATCH", "/tenant", take).lacks("console.tenant.manage")
			for preset, status := range map[string]int{
				"conversations-basic@2": 422, "conversations-basic@one": 422, "conversations-basic@-1": 409, "conversations-basic@99999999999999999999": 422,
				"call-centre": 409, "call-centre@1": 409, "nonsense": 409, "@1": 409,
			} {
				if r := c.do("PATCH", "/tenant?plan=true", object{"preset": preset}); r.Status != status {
					t.Errorf("%s: %d, want %d: %s", preset, r.Status, status, r.Body)
				}
			}

			planned := c.do("PATCH", "/tenant?plan=true", take).want(200).says("roles.cardinality", "contacts.view", "conversations-basic@1").hides("conversations.close")
			c.do("GET", "/tenant", nil).says(`"preset":"conversations-basic@0"`)
			version := fmt.Sprint(int64(planned.at("result.version").(float64)))
			c.do("POST", "/companies", object{"name": "North"}).want(201)
			c.do("PATCH", "/tenant?version="+version, take).want(412).is("stale")
			c.do("PATCH", "/tenant", take, "If-Match", tenant.Header.Get("ETag")).want(412)
			c.do("GET", "/tenant", nil).says(`"preset":"conversations-basic@0"`)

			done := c.do("PATCH", "/tenant", take).want(200).says(`"newer_preset":""`)
			if done.text("object.preset") != "conversations-basic@1" {
				t.Errorf("%s", done.Body)
			}
			c.do("GET", "/roles/agent", nil).want(200).says("contacts.view")
			for _, role := range []string{"agent", "supervisor", "administrator"} {
				c.do("GET", "/roles/"+role, nil).want(200).hides("conversations.close")
			}
			c.do("GET", "/settings/roles.cardinality", nil).want(200).says(`"value":"one"`, `"origin":"preset"`)
			c.do("GET", "/settings/user.email.mutable", nil).want(200).says(`"value":"admin"`, `"origin":"manifest"`)
			c.do("GET", "/statuses/lunch", nil).want(200).says(`"managed_by":"console"`)
			c.do("PATCH", "/tenant", take).want(200).says(`"status":"nothing"`)
			c.do("PATCH", "/tenant", object{"preset": "conversations-basic@0"}).want(409).is("conflict").says("does not go back")

			// What is new is given to a role of the tenant's own; the built-in ones stay as they are everywhere.
			c.do("POST", "/roles", object{"key": "closer", "name": "Closer", "permissions": []object{{"key": "conversations.close", "scope": "own"}}}).want(201)

			// A program of before is asked about a tenant that a later one brought on.
			x.before("conversations-basic@2")
			c.do("GET", "/tenant", nil).want(200).says(`"newer_preset":""`)
			c.do("PATCH", "/tenant", take).want(409).says("does not go back to version 1")
		},
	})
}
