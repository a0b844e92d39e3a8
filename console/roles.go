package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

var roleRoutes = []route{
	{"GET /roles", roleNeeds, (*visit).roles},
	{"GET /roles/new", roleWrites, (*visit).newRole},
	{"POST /roles/new", roleWrites, (*visit).createRole},
	{"GET /roles/{key}", roleNeeds, (*visit).viewRole},
	{"GET /roles/{key}/edit", roleWrites, (*visit).editRole},
	{"POST /roles/{key}/edit", roleWrites, (*visit).replaceRole},
	{"GET /roles/{key}/delete", roleWrites, (*visit).beforeRoleGoes},
	{"POST /roles/{key}/delete", roleWrites, (*visit).deleteRole},
	{"GET /permissions", roleNeeds, (*visit).permissions},
}

var (
	roleNeeds  = []string{"roles.view"}
	roleWrites = []string{"roles.manage"}
)

// allowance is one permission of a role or an option, as the API tells it.
type allowance struct {
	Key   string `json:"key"`
	Scope string `json:"scope,omitempty"`
	Mode  string `json:"mode,omitempty"`
}

// optionBundle is a bundle of permissions that can be switched on for single holders of a role.
type optionBundle struct {
	Key         string      `json:"key"`
	Name        string      `json:"name"`
	Permissions []allowance `json:"permissions"`
}

// roleModule is a module in the ceiling of a role's profiles.
type roleModule struct {
	Key  string `json:"key"`
	Mode string `json:"mode"`
}

// roleBody is what the API takes of a role.
type roleBody struct {
	Key         string         `json:"key"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Kind        string         `json:"kind,omitempty"`
	Rank        int            `json:"rank,omitempty"`
	Permissions []allowance    `json:"permissions,omitempty"`
	Options     []optionBundle `json:"options,omitempty"`
	Modules     []roleModule   `json:"modules,omitempty"`
	Colour      string         `json:"colour,omitempty"`
	Ceiling     string         `json:"ceiling,omitempty"`
	Everywhere  string         `json:"everywhere,omitempty"`
}

// role is a role, as the API tells it.
type role struct {
	roleBody

	Privileged bool   `json:"privileged"`
	Owner      bool   `json:"owner"`
	ManagedBy  string `json:"managed_by"`
}

// own reports whether it is of a kind that tenants have of their own; its preset may have brought it even so.
func (r role) own() bool { return r.Kind == "custom" || r.Kind == "permission_group" }

// changeable reports whether it can be changed here.
func (r role) changeable() bool {
	return r.own() && r.ManagedBy != "manifest" && r.ManagedBy != "preset"
}

// given counts the permissions that its holders have.
func (r role) given() (n int) {
	for _, p := range r.Permissions {
		if p.Mode != "denied" && p.Mode != "optional" {
			n++
		}
	}
	return n
}

// permission is a permission of the catalogue, as the API tells it.
type permission struct {
	Key         string   `json:"key"`
	Module      string   `json:"module"`
	Description string   `json:"description"`
	Scopes      []string `json:"scopes"`
	Risk        string   `json:"risk"`
	Roles       []struct {
		allowance

		Role    string   `json:"role"`
		Options []string `json:"options"`
	} `json:"roles"`
}

// roles lists the roles (rows 000-01, 000-24).
func (v *visit) roles() error {
	list, err := whole[role](v, "/roles", nil)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b role) int { return cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)) })
	return v.show(rolesPage(v, list))
}

// kindOrder is the order in which kinds of roles are read.
func kindOrder(kind string) int {
	return slices.Index([]string{"builtin", "permission_group", "custom", "membership", "console"}, kind)
}

// viewRole shows what a role contains (row 000-33), with its options (rows 001-11 … 001-30).
func (v *visit) viewRole() error {
	var x role
	var list []permission
	var modules []platformModule
	err := v.all(
		func() error { return v.get(at("roles", v.path("key")), nil, &x) },
		func() (err error) {
			list, err = whole[permission](v, "/permissions", nil)
			return err
		},
		func() (err error) {
			modules, err = v.platformModules()
			return err
		},
	)
	if err != nil {
		return err
	}
	return v.show(rolePage(v, x, list, modules))
}

// platformModule is a module of the platform, as the API tells it.
type platformModule struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// platformModules are the tenant's, where the reader may see them.
func (v *visit) platformModules() ([]platformModule, error) {
	if !v.may("console.tenant.read") {
		return nil, nil
	}
	var t struct {
		Modules []platformModule `json:"modules"`
	}
	return t.Modules, v.get("/tenant", nil, &t)
}

// moduleName is what people call a module.
func (v *visit) moduleName(key string, list []platformModule) string {
	name := strings.TrimPrefix(key, "module.")
	if i := slices.IndexFunc(list, func(m platformModule) bool { return m.Key == key }); i >= 0 {
		name = list[i].Name
	}
	return v.Either("permission."+underscored(key), name)
}

// means says in the reader's language what a permission allows.
func (v *visit) means(p permission) string {
	return v.Either("permission."+underscored(p.Key), p.Description)
}

// meaning is means for a permission of which only the key is known.
func (v *visit) meaning(list []permission, key string) string {
	if i := slices.IndexFunc(list, func(p permission) bool { return p.Key == key }); i >= 0 {
		return v.means(list[i])
	}
	return key
}

// underscored is a key as the catalogue of texts has it.
func underscored(key string) string { return strings.ReplaceAll(key, ".", "_") }

// chapter is a part of the catalogue of permissions.
type chapter struct {
	module  string
	entries []permission
}

// chapters sorts permissions by the part of the catalogue that they stand in; only those that keep says.
func chapters(list []permission, keep func(permission) bool) (out []chapter) {
	for _, p := range list {
		if !keep(p) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].module == p.Module {
			out[n-1].entries = append(out[n-1].entries, p)
		} else {
			out = append(out, chapter{p.Module, []permission{p}})
		}
	}
	return out
}

// of returns how a list has a permission.
func of(list []allowance, key string) (allowance, bool) {
	if i := slices.IndexFunc(list, func(p allowance) bool { return p.Key == key }); i >= 0 {
		return list[i], true
	}
	return allowance{}, false
}

// reach says how far a permission is given: everywhere, one's own, and so on; or how else a role has it.
func (v *visit) reach(p allowance) string {
	switch p.Mode {
	case "denied":
		return v.T("role.mode_denied")
	case "optional":
		return v.T("role.mode_optional")
	}
	return v.Either("scope."+p.Scope, p.Scope)
}

// permissions is the published list of what each role contains (row 000-33).
func (v *visit) permissions() error {
	var list []permission
	var having []role
	err := v.all(
		func() (err error) {
			list, err = whole[permission](v, "/permissions", nil)
			return err
		},
		func() (err error) {
			having, err = whole[role](v, "/roles", nil)
			return err
		},
	)
	if err != nil {
		return err
	}
	slices.SortStableFunc(having, func(a, b role) int { return cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)) })
	if v.query("roles") != "all" {
		having = slices.DeleteFunc(having, func(r role) bool { return r.Kind == "console" || r.Kind == "membership" })
	}
	words := strings.Fields(strings.ToLower(v.query("q")))
	found := chapters(list, func(p permission) bool {
		text := strings.ToLower(p.Key + " " + v.means(p) + " " + v.areaName(p.Module))
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
	return v.show(roleContentsPage(v, found, having))
}

// areaName is what a part of the catalogue is called.
func (v *visit) areaName(module string) string { return v.Either("permission.area_"+module, module) }

// cell is how a role has a permission, where it does.
func (p permission) cell(role string) (allowance, bool) {
	for _, x := range p.Roles {
		if x.Role == role {
			return x.allowance, true
		}
	}
	return allowance{}, false
}

// beforeRoleGoes shows what the deletion of a role does.
func (v *visit) beforeRoleGoes() error {
	var x role
	if err := v.get(at("roles", v.path("key")), nil, &x); err != nil {
		return err
	}
	return v.beforeRemoval(at("roles", x.Key), v.T("role.delete_title", "Name", x.Name))
}

// deleteRole removes a role, and takes it from whoever has it.
func (v *visit) deleteRole() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var x role
	if err := v.get(at("roles", v.path("key")), nil, &x); err != nil {
		return err
	}
	return v.change(f, http.MethodDelete, at("roles", x.Key), absent, nil, v.T("role.delete_title", "Name", x.Name),
		func(outcome) error { return v.done("/roles", "role.deleted", "Name", x.Name) },
		func(f *form) error { return f.problem })
}
