package access

import (
	"slices"
	"testing"

	"rollcall/directory"
)

func TestRow003_01To05WhoMayWhat(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "call-centre")
	m := tenantOf(t, p.Name)
	operator, iface, administrator := ana("operator"), ana("interface_user"), ana("administrator")
	asks(t, m, slices.Concat(
		every("003-01", operator, anything, true, "calls.handle", "connections.manage", "contacts.access", "contacts.edit"),
		every("003-01", operator, hers, true, "calls.transfer", "calls.history.view"),
		every("003-02", iface, anything, true, "contacts.view", "calls.history.view", "inquiries.view"),
		every("003-02", iface, Resource{Owner: "ben"}, true, "contacts.view", "calls.history.view"),
		every("003-03", administrator, anything, true, "settings.manage", "settings.view", "pbx.manage"),
		every("003-04", operator, anything, true, "metrics.view"),
		every("003-04", iface, anything, true, "metrics.view"),
		every("003-04", administrator, anything, true, "metrics.view"),
		every("003-05", iface, anything, false, "calls.handle", "connections.manage", "contacts.edit", "settings.manage", "users.create"),
		every("003-05", operator, anything, false, "settings.manage", "users.create", "users.view", "pbx.manage"),
		every("003-05", operator, Resource{Owner: "ben"}, false, "calls.history.view"),
		every("003-07", administrator, anything, true, "users.create"),
		every("003-15", administrator, anything, true, "users.edit"),
		every("003-17", administrator, anything, true, "users.bulk_edit"),
		every("003-19", administrator, anything, true, "users.delete", "users.bulk_delete"),
	))
}

func TestRow003_06And11RightsComeFromPermissionGroups(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "call-centre")
	wantRoles(t, p, "operator", "interface_user", "administrator")
	wantSetting(t, p, "roles.model", "groups_grant_rights")
	wantSetting(t, p, "roles.cardinality", "many") // 003-11
	wantSetting(t, p, "groups.type", "permission_group")
	for _, key := range platformRoles(p) {
		if r := roleOf(t, p, key); r.Kind != directory.PermissionGroup {
			t.Errorf("003-06: the role %s is of the kind %s", key, r.Kind)
		}
	}
	m := tenantOf(t, p.Name)
	operator, iface := effective(m, ana("operator")), effective(m, ana("interface_user"))
	both := effective(m, ana("operator", "interface_user"))
	for _, permission := range Permissions() {
		a, inOne := operator[permission.Key]
		b, inOther := iface[permission.Key]
		got, has := both[permission.Key]
		if has != (inOne || inOther) {
			t.Errorf("003-06: %s is there: %t", permission.Key, has)
		}
		want := a
		if wider(b, a) {
			want = b
		}
		if got != want {
			t.Errorf("003-06: %s has the scope %q, want %q", permission.Key, got, want)
		}
	}
	asks(t, m, []ask{
		{"003-06", ana(), "contacts.view", anything, false}, // no group, and nothing is visible
		{"003-06", ana("operator", "interface_user"), "calls.history.view", Resource{Owner: "ben"}, true},
		{"003-06", ana("administrator"), "roles.manage", anything, true},
	})
}

func TestRow003_08To10And21WhatAPersonNeeds(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "call-centre")
	wantSetting(t, p, "user.required_fields", "name,userName,password,role") // 003-08 … 003-11
	wantSetting(t, p, "login.identifiers", "username")                       // 003-21
	wantSetting(t, p, "login.username.pattern", "^[A-Za-z0-9]+$")            // 003-09
	wantSetting(t, p, "onboarding.method", "admin_password")                 // 003-10
	asks(t, tenantOf(t, p.Name), every("003-10", ana("administrator"), anything, true, "users.password.set"))
}
