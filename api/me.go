package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"rollcall/access"
	"rollcall/directory"
)

// self is who asks and what they may do.
type self struct {
	Kind        string           `json:"kind" doc:"An API key; somebody who signed in; or who came by a login link." enum:"apikey,person,link" example:"apikey"`
	Key         string           `json:"key" doc:"The key's id; empty for people." example:"h2k4m6p8q3r5s"`
	Person      string           `json:"person" doc:"The person's id; empty for keys and links." example:""`
	Session     string           `json:"session" doc:"The id of the session of whoever is signed in." example:""`
	Name        string           `json:"name" doc:"The key's name, the person's userName, or who made the link." example:"nightly export"`
	Role        string           `json:"role" doc:"The key of its role; empty for a key that may only read, and for people." example:"administrator"`
	Owner       string           `json:"owner" doc:"Who answers for what is done." example:"ops@example.com"`
	Tenant      string           `json:"tenant" doc:"The tenant's key." example:"acme"`
	TenantName  string           `json:"tenant_name" example:"Acme Support"`
	ExpiresAt   *time.Time       `json:"expires_at"`
	Roles       []selfRight      `json:"roles" doc:"Of people and links: the roles in force." example:"[]"`
	AgentGroups []selfRight      `json:"agent_groups" doc:"Of people: the agent groups that they belong to." example:"[]"`
	Permissions []selfPermission `json:"permissions" doc:"What they may do."`
}

// selfRight is a right of who asks.
type selfRight struct {
	ID   string `json:"id" doc:"A role's key, or an agent group's id." example:"agent"`
	Name string `json:"name" example:"Agent"`
	Kind string `json:"kind,omitempty" doc:"Of an agent group: as what they belong to it." enum:"user,supervisor,both" example:"user"`
}

type selfPermission struct {
	Key   string `json:"key" example:"users.view"`
	Scope string `json:"scope" doc:"How far it reaches." enum:"none,own,group,campaign,agents,part,all" example:"all"`
}

func registerMe(h *Handler) {
	h.group("me", "Who asks.")
	register(h, operation{
		id: "get-me", method: http.MethodGet, path: "/me", tag: "me", summary: "Who am I",
		doc: "The API key that the request was made with, or whoever is signed in at the console, and what they may do.",
	}, func(_ context.Context, c *call, _ *nothing) (*tagged[self], error) {
		out := c.self
		out.Roles, out.AgentGroups = []selfRight{}, []selfRight{}
		if c.self.Kind != "apikey" {
			out.Roles, out.AgentGroups = c.myRoles(), c.myGroups()
		}
		out.Permissions = selfPermissions(c.model.Effective(c.holder))
		return answered(out)
	})
	registerMySessions(h)
}

// myRoles are the roles of who asks, in words.
func (c *call) myRoles() []selfRight {
	return all(c.holder.Roles, func(key string) selfRight {
		i := slices.IndexFunc(c.config.Roles, func(r directory.Role) bool { return r.Key == key })
		if i < 0 {
			return selfRight{ID: key, Name: key}
		}
		return selfRight{ID: key, Name: c.config.Roles[i].Name}
	})
}

// myGroups are the agent groups of who asks, in words.
func (c *call) myGroups() []selfRight {
	return all(c.holder.Memberships, func(m access.Membership) selfRight {
		i := slices.IndexFunc(c.config.AgentGroups, func(g directory.WorkGroup) bool { return g.ID == m.Group })
		if i < 0 {
			return selfRight{m.Group, m.Group, string(m.Kind)}
		}
		return selfRight{m.Group, c.config.AgentGroups[i].Name, string(m.Kind)}
	})
}

func selfPermissions(list []access.EffectivePermission) []selfPermission {
	out := make([]selfPermission, len(list))
	for i, e := range list {
		out[i] = selfPermission{e.Key, string(e.Scope)}
	}
	return out
}
