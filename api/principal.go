package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// principal is who asks: an API key, as the one evaluator of permissions knows it.
type principal struct {
	key    directory.APIKey
	config *store.Configuration // at most a few seconds old; for permissions and settings, never to write with
	model  *access.Model
	holder access.Holder
	reader store.Reader // bound to the tenant
}

// actor is who the change log names.
func (c *call) actor() directory.Actor {
	return directory.Actor{Tenant: c.config.Tenant.ID, Kind: directory.ActorAPIKey, ID: c.key.ID, RequestID: c.id}
}

// readOnly is the role of API keys without one. Its key is none that a tenant can make.
const readOnly = "(read only)"

// readOnlyRole may look at everything: what the role console_viewer may, and every permission whose action is view.
var readOnlyRole = newReadOnlyRole()

func newReadOnlyRole() directory.Role {
	r := directory.Role{Key: readOnly, Name: "API key without a role", Kind: directory.ConsoleRole, ManagedBy: directory.ByPreset}
	standard, err := access.PresetNamed("")
	if err != nil {
		panic("api: " + err.Error()) // it is part of the program
	}
	if viewer, ok := standard.RoleNamed("console_viewer"); ok {
		r.Permissions = slices.Clone(viewer.Permissions)
	}
	for _, p := range access.Permissions() {
		has := slices.ContainsFunc(r.Permissions, func(x directory.RolePermission) bool { return x.Key == p.Key })
		if !has && strings.HasSuffix(p.Key, ".view") {
			r.Permissions = append(r.Permissions, directory.RolePermission{Key: p.Key, Scope: widest(p), Mode: directory.Granted})
		}
	}
	return r
}

// widest is how far a permission can be given.
func widest(p access.Permission) directory.Scope {
	if slices.Contains(p.Scopes, directory.ScopeAll) {
		return directory.ScopeAll
	}
	if slices.Contains(p.Scopes, directory.ScopeNone) {
		return directory.ScopeNone
	}
	return p.Scopes[len(p.Scopes)-1]
}

// models remembers, for each tenant, what its configuration lets whom do.
type models struct {
	mu       sync.Mutex
	byTenant map[string]compiled
}

type compiled struct {
	of    *store.Configuration
	model *access.Model
}

func newModels() *models { return &models{byTenant: map[string]compiled{}} }

func (m *models) of(c *store.Configuration) *access.Model {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.byTenant[c.Tenant.ID]
	if x.of != c {
		x = compiled{c, modelOf(c)}
		m.byTenant[c.Tenant.ID] = x
	}
	return x.model
}

func modelOf(c *store.Configuration) *access.Model {
	return access.Compile(access.Options{
		Roles: append(slices.Clone(c.Roles), readOnlyRole), Modules: c.Modules, Profiles: c.Profiles, AgentGroups: c.AgentGroups, Statuses: c.Statuses,
	})
}

// holderOf is a key as the evaluator knows it.
func holderOf(role string) access.Holder {
	return access.Holder{State: directory.Active, Roles: []string{cmp.Or(role, readOnly)}}
}

// principal finds what a key may do. Its role may have been made a moment ago, and not be in the configuration yet.
func (h *Handler) principal(ctx context.Context, key directory.APIKey) (*principal, error) {
	p := &principal{key: key, reader: h.db.Reader(key.Tenant), holder: holderOf(key.Role)}
	p.holder.ID = "apikey:" + key.ID
	var err error
	if p.config, err = h.engine.Configuration(ctx, key.Tenant); err != nil {
		return nil, err
	}
	if key.Role != "" && !hasRole(p.config, key.Role) {
		if p.config, err = p.reader.Configuration(ctx); err != nil {
			return nil, err
		}
	}
	p.model = h.models.of(p.config)
	return p, nil
}

func hasRole(c *store.Configuration, key string) bool {
	return slices.ContainsFunc(c.Roles, func(r directory.Role) bool { return r.Key == key })
}

// may decides whether the principal may do something to a resource; the zero resource asks whether at all.
func (p *principal) may(permission string, r access.Resource) access.Decision {
	return p.model.Decide(p.holder, permission, r)
}

// allowed refuses who lacks the permission of an operation. Unless the operation asks how far it reaches, a permission for a
// part of the tenant is not enough.
func (c *call) allowed(op *operation) error {
	if op.permission == "" {
		return nil
	}
	return c.require(op.permission, op.partly)
}

// require refuses who lacks a permission, and says who has it.
func (c *call) require(permission string, partly bool) error {
	d := c.may(permission, access.Resource{})
	if d.Allowed && (partly || d.Unbounded()) {
		return nil
	}
	why := "the key " + quote(c.key.Name) + ", with the role " + quote(c.key.Role) + ", lacks the permission " + permission
	if c.key.Role == "" {
		why = "the key " + quote(c.key.Name) + " has no role and may only read; this needs the permission " + permission
	} else if d.Allowed {
		why += " for the whole tenant: it has it for a part"
	}
	return c.missing(permission, why)
}

// missing is the problem of who lacks a permission.
func (c *call) missing(permission, why string) *Problem {
	var having []string
	for _, r := range c.config.Roles {
		if c.model.Decide(holderOf(r.Key), permission, access.Resource{}).Unbounded() {
			having = append(having, r.Key)
		}
	}
	switch {
	case len(having) > 0:
		why += "; roles that have it: " + strings.Join(having, ", ")
	case c.config.Tenant.Preset == "":
		why += "; the tenant is from before there were presets, and its roles have no permissions yet: apply its manifest, which brings it to the standard preset"
	default:
		why += "; no role of the tenant has it"
	}
	p := c.problem(http.StatusForbidden, "missing-permission", why)
	p.Missing, p.Having = permission, having
	return p
}

func quote(s string) string { return `"` + s + `"` }
