package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"rollcall/access"
	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// tenant is the tenant of the key.
type tenant struct {
	ID        string           `json:"id" example:"h2k4m6p8q3r5s"`
	Key       string           `json:"key" example:"acme"`
	Name      string           `json:"name" example:"Acme Support"`
	Version   int64            `json:"version" doc:"Of the configuration: it rises with every change." example:"17"`
	Preset    string           `json:"preset" doc:"What its roles and settings were copied from." example:"conversations-basic@1"`
	Newer     string           `json:"newer_preset" doc:"A later version of the preset, which can be taken; empty where there is none." example:""`
	SCIM      string           `json:"scim_base_url" doc:"What identity providers are given, with a token of a connection." example:"https://rollcall.example.com/scim/v2"`
	CreatedAt time.Time        `json:"created_at"`
	Modules   []platformModule `json:"modules" doc:"Areas of the platform, which profiles switch on or off."`
}

type tenantBody struct {
	Name   string `json:"name,omitempty" minLength:"1" maxLength:"200" doc:"For people." example:"Acme Support"`
	Preset string `json:"preset,omitempty" maxLength:"100" doc:"A later version of the preset, as name@version: its roles and settings are copied, but for what somebody took over. Needs console.presets.manage besides." example:"conversations-basic@1"`
}

type tenantChange struct {
	Changing

	Body tenantBody
}

func (h *Handler) tenantOf(c *store.Configuration) tenant {
	t := tenant{
		ID: c.Tenant.ID, Key: c.Tenant.Key, Name: c.Tenant.Name, Version: c.Tenant.ConfigVersion, Preset: c.Tenant.Preset, CreatedAt: c.Tenant.CreatedAt,
		Newer: admin.NewerPreset(c), SCIM: h.base + "/scim/v2",
		Modules: all(c.Modules, func(m directory.Module) platformModule { return platformModule{m.Key, m.Name, some(m.Permissions)} }),
	}
	return t
}

// presetOf is the preset that a tenant pins, in the version that this program has.
func presetOf(c *store.Configuration) access.Preset {
	name, _, _ := strings.Cut(c.Tenant.Preset, "@")
	p, err := access.PresetNamed(name)
	if err != nil {
		return access.Preset{} // of another release
	}
	return p
}

func registerTenant(h *Handler) {
	h.group("tenant", "The tenant that the key belongs to. A key opens no other.")
	register(h, operation{
		id: "get-tenant", method: http.MethodGet, path: "/tenant", tag: "tenant", summary: "Get the tenant", permission: "console.tenant.read",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[tenant], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		return answered(h.tenantOf(now))
	})
	register(h, operation{
		id: "update-tenant", method: http.MethodPatch, path: "/tenant", tag: "tenant", summary: "Change the tenant", permission: "console.tenant.manage",
		within: changeTime, conditional: true, problems: configured,
	}, func(ctx context.Context, c *call, in *tenantChange) (*changedAnswer[tenant], error) {
		if in.Body.Preset != "" {
			if err := c.require("console.presets.manage", false); err != nil {
				return nil, err
			}
		}
		return changedSettings(ctx, c, in.Changing, func(next *store.Configuration) error {
			if err := c.match(h.tenantOf(next)); err != nil {
				return err
			}
			if in.Body.Name != "" {
				next.Tenant.Name = in.Body.Name
			}
			if in.Body.Preset != "" {
				next.Tenant.Preset = in.Body.Preset
			}
			return nil
		}, h.tenantOf)
	})
	register(h, operation{
		id: "list-notices", method: http.MethodGet, path: "/notices", tag: "tenant", summary: "What does not work yet", permission: "console.tenant.read",
		doc: "What is configured and does not work yet, or soon will not: rules whose group was never seen, connections without a request, tokens that end, and nobody left to administer.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[admin.Notice]], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		list, err := h.admin.Notices(ctx, now)
		if err != nil {
			return nil, err
		}
		return paged(list, *in, func(n admin.Notice) string { return n.About + "/" + n.Name + "/" + n.Text })
	})
	registerDetach(h)
}

// detaching says what to detach.
type detaching struct {
	Kind string `json:"kind" enum:"setting,connection,role,profile,company,status,seat_pool,agent_group,campaign,queue,strategy,rule,mapping_test" example:"role"`
	Name string `json:"name" minLength:"1" maxLength:"300" doc:"Its name or key." example:"night_shift"`
}

type detachIn struct {
	Changing

	Body detaching
}

// ownerPermissions are what it takes to change an object of a kind.
var ownerPermissions = map[string]string{
	"setting": "settings.manage", "connection": "console.connections.write", "role": "roles.manage", "profile": "profiles.manage",
	"company": "console.tenant.manage", "status": "statuses.manage", "seat_pool": "console.seats.manage", "agent_group": "groups.manage",
	"campaign": "campaigns.manage", "queue": "queues.manage", "strategy": "strategies.manage", "rule": "console.mappings.publish", "mapping_test": "console.mappings.publish",
}

func registerDetach(h *Handler) {
	register(h, operation{
		id: "detach", method: http.MethodPost, path: "/detach", tag: "tenant", summary: "Take an object over from the manifest", permission: "console.tenant.manage",
		doc:    "The object becomes the console's, so that it can be changed here. A manifest that still names it changes nothing while it says the same, and is refused once it does not. Needs the permission to change objects of its kind besides.",
		status: http.StatusOK, within: changeTime, problems: append([]string{"not-found"}, configured...),
	}, func(ctx context.Context, c *call, in *detachIn) (*changedAnswer[detaching], error) {
		if err := c.require(ownerPermissions[in.Body.Kind], false); err != nil {
			return nil, err
		}
		result, err := c.changeBy(in.Changing, admin.Options{}, func(o admin.Options) (admin.Result, error) {
			return h.admin.Detach(ctx, c.actor(), o, in.Body.Kind, in.Body.Name)
		})
		if err != nil {
			return nil, err
		}
		return &changedAnswer[detaching]{Status: http.StatusOK, Body: changed[detaching]{result, &in.Body}}, nil
	})
}

// platformModule is an area of the platform.
type platformModule struct {
	Key         string   `json:"key" example:"module.workspace"`
	Name        string   `json:"name" example:"Workspace"`
	Permissions []string `json:"permissions" doc:"What works only where a profile has the module."`
}
