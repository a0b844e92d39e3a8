package access

import (
	"strings"
	"testing"

	"rollcall/directory"
)

func TestCheckRolePermission(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p    directory.RolePermission
		want string // in the error; "" for none
	}{
		{directory.RolePermission{Key: "conversations.view", Scope: directory.ScopeGroup, Mode: directory.Granted}, ""},
		{directory.RolePermission{Key: "conversations.view", Scope: directory.ScopeOwn, Mode: directory.Forced}, ""},
		{directory.RolePermission{Key: "conversations.view", Mode: directory.Denied}, ""},
		{directory.RolePermission{Key: "conversations.view", Scope: directory.ScopeOwn, Mode: directory.Denied}, ""},
		{directory.RolePermission{Key: "conversations.view", Mode: directory.Optional}, ""},
		{directory.RolePermission{Key: "conversations.view", Mode: directory.ByMembership}, ""},
		{directory.RolePermission{Key: "conversations.view", Mode: directory.Granted}, "needs a scope; it can be own, group"},
		{directory.RolePermission{Key: "conversations.view", Scope: directory.ScopeNone, Mode: directory.Granted}, `cannot have the scope "none"`},
		{directory.RolePermission{Key: "conversations.view", Scope: "planet", Mode: directory.Denied}, `cannot have the scope "planet"`},
		{directory.RolePermission{Key: "users.create", Scope: directory.ScopeOwn, Mode: directory.Granted}, "it can be none"},
		{directory.RolePermission{Key: "conversations.view", Scope: directory.ScopeOwn, Mode: "maybe"}, `"maybe" is no mode`},
		{directory.RolePermission{Key: "conversations.view", Scope: directory.ScopeOwn}, `"" is no mode`},
		{directory.RolePermission{Key: "conversations.see", Scope: directory.ScopeOwn, Mode: directory.Granted}, `there is no permission "conversations.see"`},
		{directory.RolePermission{}, `there is no permission ""`},
	} {
		wantError(t, CheckRolePermission(c.p), c.want)
	}
}

// wantError checks an error that a client may see; "" is for none.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%v, want nothing", err)
	case want != "" && (directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), want)):
		t.Errorf("%v, want %q in it", err, want)
	}
}

func TestCheckRole(t *testing.T) {
	t.Parallel()
	granted := directory.RolePermission{Key: "reports.view", Scope: directory.ScopeNone, Mode: directory.Granted}
	option := directory.RoleOption{Key: "exports", Name: "Exports", Permissions: []directory.RolePermission{granted}}
	for _, c := range []struct {
		change func(r *directory.Role)
		want   string
	}{
		{func(*directory.Role) {}, ""},
		{func(r *directory.Role) { r.Kind = directory.PermissionGroup }, ""},
		{func(r *directory.Role) { r.Permissions = nil }, ""},
		{func(r *directory.Role) { r.Options = []directory.RoleOption{option} }, ""},
		{func(r *directory.Role) { r.Key = "" }, "a key has small letters"},
		{func(r *directory.Role) { r.Key = "Admin" }, "a key has small letters"},
		{func(r *directory.Role) { r.Key = MembershipUser }, "a key has small letters"},
		{func(r *directory.Role) { r.Key = "profile" }, "choose another key"},
		{func(r *directory.Role) { r.Key, r.Kind = "boss", directory.MembershipRole }, "is called membership.user"},
		{func(r *directory.Role) { r.Name = "" }, "the name is missing"},
		{func(r *directory.Role) { r.Name = strings.Repeat("é", 101) }, "has 101 characters; at most 100"},
		{func(r *directory.Role) { r.Name = "a\xff" }, "not UTF-8"},
		{func(r *directory.Role) { r.Description = strings.Repeat("x", 401) }, "the description has 401"},
		{func(r *directory.Role) { r.Kind = "team" }, "no kind of role"},
		{func(r *directory.Role) { r.Kind = "" }, "no kind of role"},
		{func(r *directory.Role) { r.Owner = true }, "only a preset has an owner role"},
		{func(r *directory.Role) { r.Ceiling = directory.ScopeCampaign }, "the ceiling is"},
		{func(r *directory.Role) { r.Everywhere = "boss" }, "everywhere is"},
		{func(r *directory.Role) { r.Permissions = append(r.Permissions, granted) }, "reports.view stands twice"},
		{func(r *directory.Role) {
			r.Permissions = []directory.RolePermission{{Key: "report.view", Mode: directory.Granted}}
		}, `did you mean "reports.view"?`},
		{func(r *directory.Role) { r.Options = []directory.RoleOption{option, option} }, "stands twice"},
		{func(r *directory.Role) {
			r.Options = []directory.RoleOption{{Key: "a:b", Name: "x", Permissions: option.Permissions}}
		}, "a key has small letters"},
		{func(r *directory.Role) {
			r.Options = []directory.RoleOption{{Key: "ab", Permissions: option.Permissions}}
		}, "the name is missing"},
		{func(r *directory.Role) { r.Options = []directory.RoleOption{{Key: "ab", Name: "x"}} }, "gives nothing"},
		{func(r *directory.Role) {
			r.Options = []directory.RoleOption{{Key: "ab", Name: "x", Permissions: []directory.RolePermission{{Key: "reports.view", Mode: directory.Denied}}}}
		}, "can be granted only"},
		{func(r *directory.Role) { r.Modules = []directory.RoleModule{{Key: "m", Mode: directory.ByMembership}} }, "a module is forced"},
		{func(r *directory.Role) { r.Modules = []directory.RoleModule{{Mode: directory.Granted}} }, "has no name"},
		{func(r *directory.Role) {
			r.Modules = []directory.RoleModule{{Key: "m", Mode: directory.Granted}, {Key: "m", Mode: directory.Denied}}
		}, "stands twice"},
	} {
		r := reportingAdmin()
		r.Permissions = []directory.RolePermission{granted}
		c.change(&r)
		wantError(t, CheckRole(r), c.want)
	}
	wantError(t, CheckRole(directory.Role{Key: MembershipUser, Name: "As user", Kind: directory.MembershipRole, Permissions: []directory.RolePermission{
		{Key: "conversations.reply", Mode: directory.ByMembership},
	}}), "can be granted only")
}

func TestCheckProfile(t *testing.T) {
	t.Parallel()
	preset := presetNamed(t, contactCentre)
	for _, c := range []struct {
		role   string
		change func(p *directory.Profile)
		want   string
	}{
		{"agent", func(*directory.Profile) {}, ""},
		{"agent", func(p *directory.Profile) { p.Modules = []string{"module.crm", "module.workspace"} }, ""},
		{"administrator", func(p *directory.Profile) { p.Role = "administrator" }, ""},
		{"owner", func(p *directory.Profile) { p.Role = "owner" }, "the owner's, which has no profiles"},
		{"administrator", func(*directory.Profile) {}, `is of the role "agent", not of "administrator"`},
		{"console_viewer", func(p *directory.Profile) { p.Role = "console_viewer" }, "no modules to choose from"},
		{"agent", func(p *directory.Profile) { p.Name = " " }, "the name is missing"},
		{"agent", func(p *directory.Profile) { p.Icon = "" }, "the icon is missing"},
		{"agent", func(p *directory.Profile) { p.Icon = strings.Repeat("x", 51) }, "the icon has 51 characters"},
		{"agent", func(p *directory.Profile) { p.Modules = []string{"module.crm", "module.crm"} }, "stands twice"},
		{"agent", func(p *directory.Profile) { p.Modules = []string{"module.reports"} }, "it can have module.crm, module.agenda, module.workspace"},
		{"agent", func(p *directory.Profile) { p.Modules = []string{"module.gone"} }, `cannot have the module "module.gone"`},
		{"agent", func(p *directory.Profile) { p.Modules = []string{""} }, `cannot have the module ""`},
	} {
		p := directory.Profile{Name: "Night shift", Role: "agent", Icon: "moon"}
		c.change(&p)
		wantError(t, CheckProfile(p, roleOf(t, preset, c.role)), c.want)
	}
	chosen := []string{"module.crm"}
	p := CompleteProfile(directory.Profile{Role: "agent", Modules: chosen}, roleOf(t, preset, "agent"))
	if strings.Join(p.Modules, " ") != "module.crm module.workspace" || len(chosen) != 1 {
		t.Errorf("the profile has %q", p.Modules)
	}
}
