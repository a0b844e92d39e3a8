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

// principal is who asks, as the one evaluator of permissions knows them: an API key, or somebody who is signed in.
type principal struct {
	who    directory.Actor      // whom the change log names, but for the request's id
	id     string               // one to each rate of requests, and to each set of idempotency keys
	name   directory.Message    // as the sentences begin that refuse something
	owner  string               // who answers for what is done
	self   self                 // but for the permissions
	config *store.Configuration // of keys at most a few seconds old; for permissions and settings, never to write with
	model  *access.Model
	holder access.Holder
	reader store.Reader // bound to the tenant
}

// actor is who the change log names.
func (c *call) actor() directory.Actor {
	a := c.who
	a.RequestID = c.id
	return a
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

// keyed is the principal of an API key. Its role may have been made a moment ago, and not be in the configuration yet.
func (h *Handler) keyed(ctx context.Context, key directory.APIKey) (*principal, error) {
	p := &principal{
		who: directory.Actor{Tenant: key.Tenant, Kind: directory.ActorAPIKey, ID: key.ID}, id: key.ID, owner: key.Owner,
		self:   self{Kind: "apikey", Key: key.ID, Name: key.Name, Role: key.Role, Owner: key.Owner, ExpiresAt: key.ExpiresAt},
		name:   directory.Say("the key %s with the role %s", quote(key.Name), quote(key.Role)),
		holder: holderOf(key.Role), reader: h.db.Reader(key.Tenant),
	}
	if key.Role == "" {
		p.name = directory.Say("the key %s without a role", quote(key.Name))
	}
	p.holder.ID = "apikey:" + key.ID
	return p, h.configured(ctx, p, key.Role)
}

// configured gives a principal the configuration by which it is judged.
func (h *Handler) configured(ctx context.Context, p *principal, role string) error {
	config, err := h.engine.Configuration(ctx, p.who.Tenant)
	if err == nil && role != "" && !hasRole(config, role) {
		config, err = p.reader.Configuration(ctx)
	}
	if err == nil {
		h.judgedBy(p, config)
	}
	return err
}

func (h *Handler) judgedBy(p *principal, config *store.Configuration) {
	p.config, p.model = config, h.models.of(config)
	p.self.Tenant, p.self.TenantName = config.Tenant.Key, config.Tenant.Name
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
	why := directory.Say("%v lacks the permission %s", c.name, permission)
	if d.Allowed {
		why = directory.Say("%v lacks the permission %s for the whole tenant: it is there for a part", c.name, permission)
	}
	return c.missing(permission, why)
}

// missing is the problem of who lacks a permission.
func (c *call) missing(permission string, why directory.Message) *Problem {
	var having []string
	for _, r := range c.config.Roles {
		if c.model.Decide(holderOf(r.Key), permission, access.Resource{}).Unbounded() {
			having = append(having, r.Key)
		}
	}
	switch {
	case len(having) > 0:
		why = why.And("; ", directory.Say("roles that have it: %s", strings.Join(having, ", ")))
	case c.config.Tenant.Preset == "":
		why = why.And("; ", directory.Say("the tenant is from before there were presets, and its roles have no permissions yet: apply its manifest, which brings it to the standard preset"))
	default:
		why = why.And("; ", directory.Say("no role of the tenant has it"))
	}
	p := c.problem(http.StatusForbidden, "missing-permission", "%v", why)
	p.Missing, p.Having = permission, having
	return p
}

func quote(s string) string { return `"` + s + `"` }
