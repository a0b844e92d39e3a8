package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// RoleBody is what a client says of a role.
type RoleBody struct {
	Key         string       `json:"key" minLength:"1" maxLength:"63" doc:"Small letters, digits and _; unique in the tenant, and never changed." example:"night_shift"`
	Name        string       `json:"name" minLength:"1" maxLength:"100" example:"Night shift"`
	Description string       `json:"description,omitempty" maxLength:"400" example:"Agents who work at night."`
	Kind        string       `json:"kind,omitempty" enum:"custom,permission_group,builtin,membership,console" doc:"custom unless said; a permission group is one of several that a person may be in. The others are for presets alone." example:"custom"`
	Rank        int          `json:"rank,omitempty" minimum:"0" maximum:"1000" doc:"The higher, the more it may do; for the order of lists." example:"15"`
	Permissions []Permission `json:"permissions,omitempty" maxItems:"500" doc:"What it gives, and what it denies."`
	Options     []option     `json:"options,omitempty" maxItems:"100" doc:"Bundles that can be switched on for single holders."`
	Modules     []module     `json:"modules,omitempty" maxItems:"100" doc:"The ceiling of its profiles; without any it has no profiles."`
	Colour      string       `json:"colour,omitempty" maxLength:"32" doc:"Of its profiles' icons." example:"orange"`
	Ceiling     string       `json:"ceiling,omitempty" enum:",own,group,all" doc:"Cuts the scope of what the role's memberships give." example:""`
	Everywhere  string       `json:"everywhere,omitempty" enum:",user,supervisor,both" doc:"The kind of membership that it has in agent groups that its holder is no member of." example:""`
}

// role is a role as clients read it.
type role struct {
	RoleBody

	Privileged bool   `json:"privileged" doc:"It may administer people, roles or configuration."`
	Owner      bool   `json:"owner" doc:"It is the owner's, which only a transfer passes on."`
	ManagedBy  string `json:"managed_by" enum:"preset,manifest,console,rule" doc:"Who owns it: only what the console owns can be changed here." example:"console"`
}

// Permission is one permission of a role or an option.
type Permission struct {
	Key   string `json:"key" doc:"A key of GET /permissions." example:"conversations.reply"`
	Scope string `json:"scope,omitempty" enum:",none,own,group,campaign,agents,part,all" doc:"How far it reaches." example:"group"`
	Mode  string `json:"mode,omitempty" enum:"granted,forced,optional,denied,by_membership" doc:"How the role has it; granted unless said." example:"granted"`
}

type option struct {
	Key         string       `json:"key" minLength:"1" maxLength:"63" example:"transfers"`
	Name        string       `json:"name" minLength:"1" maxLength:"200" example:"May transfer"`
	Permissions []Permission `json:"permissions" maxItems:"500"`
}

type module struct {
	Key  string `json:"key" example:"module.workspace"`
	Mode string `json:"mode" enum:"forced,granted,optional,denied" example:"optional"`
}

func roleOf(r directory.Role) role {
	out := role{
		RoleBody: RoleBody{
			Key: r.Key, Name: r.Name, Description: r.Description, Kind: string(r.Kind), Rank: r.Rank, Colour: r.Colour,
			Ceiling: string(r.Ceiling), Everywhere: string(r.Everywhere), Permissions: permissionsOf(r.Permissions),
		},
		Privileged: r.Privileged, Owner: r.Owner, ManagedBy: string(r.ManagedBy),
	}
	for _, o := range r.Options {
		out.Options = append(out.Options, option{o.Key, o.Name, permissionsOf(o.Permissions)})
	}
	for _, m := range r.Modules {
		out.Modules = append(out.Modules, module{m.Key, string(m.Mode)})
	}
	return out
}

func permissionsOf(list []directory.RolePermission) []Permission {
	out := make([]Permission, len(list))
	for i, p := range list {
		out[i] = Permission{p.Key, string(p.Scope), string(p.Mode)}
	}
	return out
}

func rolePermissions(list []Permission) []directory.RolePermission {
	out := make([]directory.RolePermission, len(list))
	for i, p := range list {
		out[i] = directory.RolePermission{Key: p.Key, Scope: directory.Scope(p.Scope), Mode: directory.Mode(cmp.Or(p.Mode, string(directory.Granted)))}
	}
	return out
}

func (b RoleBody) role() directory.Role {
	r := directory.Role{
		Key: b.Key, Name: b.Name, Description: b.Description, Kind: directory.RoleKind(cmp.Or(b.Kind, string(directory.CustomRole))), Rank: b.Rank,
		Permissions: rolePermissions(b.Permissions), Colour: b.Colour, Ceiling: directory.Scope(b.Ceiling), Everywhere: directory.MembershipKind(b.Everywhere),
	}
	for _, o := range b.Options {
		r.Options = append(r.Options, directory.RoleOption{Key: o.Key, Name: o.Name, Permissions: rolePermissions(o.Permissions)})
	}
	for _, m := range b.Modules {
		r.Modules = append(r.Modules, directory.RoleModule{Key: m.Key, Mode: directory.Mode(m.Mode)})
	}
	return r
}

var roleResource = resource[RoleBody, role]{
	one: "role", many: "roles", path: "/roles", read: "roles.view", write: "roles.manage",
	doc:  "What people and API keys may do. Those of the preset are nobody's to change; others are the tenant's own.",
	list: func(c *store.Configuration) []role { return all(c.Roles, roleOf) },
	key:  func(x role) string { return x.Key }, name: func(x role) string { return x.Name }, named: func(in RoleBody) string { return in.Key },
	put: func(next *store.Configuration, id string, in RoleBody) error {
		if err := sameKey("role", id, in.Key); err != nil {
			return err
		}
		next.Roles = putIn(next.Roles, in.role(), func(x directory.Role) bool { return x.Key == id })
		return nil
	},
	remove: func(next *store.Configuration, id string) {
		next.Roles = slices.DeleteFunc(next.Roles, func(x directory.Role) bool { return x.Key == id })
	},
	replaceDoc: "Without an option that it had, and that somebody was given, only with absent=true: it is taken from them.",
	deleteDoc:  "A role that somebody holds goes only with absent=true, and is taken from them.",
}

func registerRoles(h *Handler) {
	roleResource.register(h)
	register(h, operation{
		id: "get-role-modules", method: http.MethodGet, path: "/roles/{id}/modules", tag: "roles", summary: "What profiles of a role can have", permission: "roles.view",
		doc: "The ceiling of a role: its permissions, its options, and the modules that its profiles have to have, begin with, or may have.",
	}, func(ctx context.Context, c *call, in *ByID) (*tagged[ceiling], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		r, err := roleResource.find(now, in.ID)
		if err != nil {
			return nil, err
		}
		x, _ := modelOf(now).Ceiling(r.Key)
		return answered(ceilingOf(x))
	})
}

// ceiling is what a role, and a profile of it, may have.
type ceiling struct {
	Role        string              `json:"role" example:"agent"`
	Privileged  bool                `json:"privileged"`
	Profiles    bool                `json:"profiles" doc:"The role can have profiles."`
	Colour      string              `json:"colour" doc:"Of its profiles' icons." example:"orange"`
	Modules     []ceilingModule     `json:"modules" doc:"In the order of the platform."`
	Options     []string            `json:"options" doc:"Keys of the role's options."`
	Permissions []ceilingPermission `json:"permissions" doc:"In the order of the catalogue."`
}

type ceilingModule struct {
	Key         string   `json:"key" example:"module.workspace"`
	Name        string   `json:"name" example:"Workspace"`
	Mode        string   `json:"mode" enum:"forced,granted,optional" doc:"Forced: a profile has it; granted: a profile begins with it." example:"optional"`
	Permissions []string `json:"permissions" doc:"Of the role, those that the module holds."`
}

type ceilingPermission struct {
	Permission

	Options []string `json:"options" doc:"Keys of the role's options that give it."`
	Modules []string `json:"modules" doc:"Any of which a profile has to have for it to work."`
}

func ceilingOf(x access.Ceiling) ceiling {
	out := ceiling{Role: x.Role, Privileged: x.Privileged, Profiles: x.Profiles, Colour: x.Colour, Options: some(x.Options)}
	out.Modules = all(x.Modules, func(m access.CeilingModule) ceilingModule {
		return ceilingModule{m.Key, m.Name, string(m.Mode), some(m.Permissions)}
	})
	out.Permissions = all(x.Permissions, func(p access.CeilingPermission) ceilingPermission {
		return ceilingPermission{Permission{p.Key, string(p.Scope), string(p.Mode)}, some(p.Options), some(p.Modules)}
	})
	return out
}
