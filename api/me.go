package api

import (
	"context"
	"net/http"
	"time"

	"rollcall/access"
)

// self is who a key is and what it may do.
type self struct {
	Key         string           `json:"key" doc:"The key's id." example:"h2k4m6p8q3r5s"`
	Name        string           `json:"name" example:"nightly export"`
	Role        string           `json:"role" doc:"The key of its role; empty for a key that may only read." example:"administrator"`
	Owner       string           `json:"owner" doc:"Who answers for what is done with it." example:"ops@example.com"`
	Tenant      string           `json:"tenant" doc:"The tenant's key." example:"acme"`
	ExpiresAt   *time.Time       `json:"expires_at"`
	Permissions []selfPermission `json:"permissions" doc:"What the key may do."`
}

type selfPermission struct {
	Key   string `json:"key" example:"users.view"`
	Scope string `json:"scope" doc:"How far it reaches." enum:"none,own,group,campaign,agents,part,all" example:"all"`
}

func registerMe(h *Handler) {
	h.group("me", "Who asks.")
	register(h, operation{
		id: "get-me", method: http.MethodGet, path: "/me", tag: "me", summary: "Who am I",
		doc: "The API key that the request was made with, and what it may do.",
	}, func(_ context.Context, c *call, _ *nothing) (*tagged[self], error) {
		out := self{
			Key: c.key.ID, Name: c.key.Name, Role: c.key.Role, Owner: c.key.Owner, Tenant: c.config.Tenant.Key, ExpiresAt: c.key.ExpiresAt,
			Permissions: selfPermissions(c.model.Effective(c.holder)),
		}
		return answered(out)
	})
}

func selfPermissions(list []access.EffectivePermission) []selfPermission {
	out := make([]selfPermission, len(list))
	for i, e := range list {
		out[i] = selfPermission{e.Key, string(e.Scope)}
	}
	return out
}
