package api

import (
	"context"
	"net/http"

	"rollcall/access"
	"rollcall/directory"
)

// catalogued is a permission of the catalogue, with the roles that have it.
type catalogued struct {
	Key         string           `json:"key" example:"conversations.reply"`
	Module      string           `json:"module" doc:"The part of the catalogue; console is Rollcall itself." example:"conversations"`
	Description string           `json:"description"`
	Scopes      []string         `json:"scopes" doc:"How far it can be given."`
	Risk        string           `json:"risk" enum:"low,high,privileged" doc:"Privileged permissions administer people, roles or configuration." example:"low"`
	Roles       []permissionRole `json:"roles" doc:"The tenant's roles that have it, or can."`
}

type permissionRole struct {
	Role    string   `json:"role" example:"agent"`
	Mode    string   `json:"mode" enum:"granted,forced,optional,denied,by_membership" example:"granted"`
	Scope   string   `json:"scope" example:"own"`
	Options []string `json:"options" doc:"Keys of the role's options that give it."`
}

func cataloguedOf(p access.Permission, ceilings []access.Ceiling) catalogued {
	out := catalogued{
		Key: p.Key, Module: p.Module, Description: p.Description, Risk: string(p.Risk), Roles: []permissionRole{},
		Scopes: all(p.Scopes, func(s directory.Scope) string { return string(s) }),
	}
	for _, c := range ceilings {
		for _, x := range c.Permissions {
			if x.Key == p.Key {
				out.Roles = append(out.Roles, permissionRole{c.Role, string(x.Mode), string(x.Scope), some(x.Options)})
			}
		}
	}
	return out
}

type byKey struct {
	Key string `path:"key" maxLength:"100" doc:"The permission's key." example:"conversations.reply"`
}

// preset is a preset as clients read it.
type preset struct {
	ID       string            `json:"id" doc:"name@version, as a tenant pins it." example:"call-centre@1"`
	Name     string            `json:"name" example:"call-centre"`
	Title    string            `json:"title" example:"Call centre"`
	Version  int               `json:"version" example:"1"`
	Pinned   bool              `json:"pinned" doc:"The tenant's own preset, in whatever version."`
	Settings map[string]string `json:"settings" doc:"Only what differs from the defaults."`
	Roles    []string          `json:"roles" doc:"Keys."`
	Modules  []string          `json:"modules" doc:"Keys."`
	Statuses []string          `json:"statuses" doc:"Keywords."`
	Pools    []string          `json:"seat_pools" doc:"Keys."`
}

func presetAs(p access.Preset, pinned string) preset {
	out := preset{
		ID: p.ID(), Name: p.Name, Title: p.Title, Version: p.Version, Pinned: p.Name == pinned, Settings: p.Settings,
		Roles:    all(p.Roles, func(x directory.Role) string { return x.Key }),
		Modules:  all(p.Modules, func(x directory.Module) string { return x.Key }),
		Statuses: all(p.Statuses, func(x directory.Status) string { return x.Key }),
		Pools:    all(p.SeatPools, func(x directory.SeatPool) string { return x.Key }),
	}
	if out.Settings == nil {
		out.Settings = map[string]string{}
	}
	return out
}

func registerCatalogue(h *Handler) {
	h.group("permissions", "The catalogue of everything that can be allowed.")
	ceilings := func(ctx context.Context, c *call) ([]access.Ceiling, error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		m := modelOf(now)
		var out []access.Ceiling
		for _, r := range now.Roles {
			if x, ok := m.Ceiling(r.Key); ok {
				out = append(out, x)
			}
		}
		return out, nil
	}
	register(h, operation{
		id: "list-permissions", method: http.MethodGet, path: "/permissions", tag: "permissions", summary: "List permissions", permission: "roles.view",
		doc: "Every permission with the roles of the tenant that have it, in the order in which people read them.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[catalogued]], error) {
		list, err := ceilings(ctx, c)
		if err != nil {
			return nil, err
		}
		return paged(all(access.Permissions(), func(p access.Permission) catalogued { return cataloguedOf(p, list) }), *in, func(x catalogued) string { return x.Key })
	})
	register(h, operation{
		id: "get-permission", method: http.MethodGet, path: "/permissions/{key}", tag: "permissions", summary: "Get a permission", permission: "roles.view",
		doc: "What it is, and which roles of the tenant have it.",
	}, func(ctx context.Context, c *call, in *byKey) (*tagged[catalogued], error) {
		p, ok := access.PermissionNamed(in.Key)
		if !ok {
			hint := "GET " + Root + "/permissions lists them"
			if near := access.Nearest(in.Key); near != "" {
				hint = "did you mean " + quote(near) + "?"
			}
			return nil, directory.Errorf(directory.NotFound, "there is no permission %q; %s", in.Key, hint)
		}
		list, err := ceilings(ctx, c)
		if err != nil {
			return nil, err
		}
		return answered(cataloguedOf(p, list))
	})
	h.group("presets", "What tenants begin with: the ways in which platforms manage people, as data.")
	register(h, operation{
		id: "list-presets", method: http.MethodGet, path: "/presets", tag: "presets", summary: "List presets", permission: "console.tenant.read",
	}, func(_ context.Context, c *call, in *Paging) (*tagged[page[preset]], error) {
		pinned := presetOf(c.config).Name
		return paged(all(access.Presets(), func(p access.Preset) preset { return presetAs(p, pinned) }), *in, func(x preset) string { return x.ID })
	})
}
