package store

import (
	"slices"
	"sync"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// roleContent is what a role has beyond its columns.
type roleContent struct {
	Kind        directory.RoleKind         `json:"kind,omitempty"`
	Permissions []directory.RolePermission `json:"permissions,omitempty"`
	Options     []directory.RoleOption     `json:"options,omitempty"`
	Modules     []directory.RoleModule     `json:"modules,omitempty"`
	Colour      string                     `json:"colour,omitempty"`
	Ceiling     directory.Scope            `json:"ceiling,omitempty"`
	Everywhere  directory.MembershipKind   `json:"everywhere,omitempty"`
}

const roleRow = `key, name, description, rank, privileged, owner, content, managed_by`

func scanRole(s scanner) (directory.Role, error) {
	var x directory.Role
	var content, by string
	if err := s.Scan(&x.Key, &x.Name, &x.Description, &x.Rank, &x.Privileged, &x.Owner, &content, &by); err != nil {
		return x, err
	}
	c, err := roleContents.of(content)
	x.Kind, x.Permissions, x.Options, x.Modules, x.Colour, x.Ceiling, x.Everywhere = c.Kind, c.Permissions, c.Options, c.Modules, c.Colour, c.Ceiling, c.Everywhere
	x.ManagedBy = directory.ManagedBy(by)
	if x.Kind == "" { // written by the version before roles had kinds
		if x.Kind = directory.CustomRole; x.ManagedBy != directory.ByManifest {
			x.Kind = directory.BuiltinRole
		}
	}
	return x, err
}

// roleContents remembers what texts decode to. A role lists a hundred permissions, every tenant of a preset has the same
// roles, and each read of a configuration has all of them.
var roleContents = contents{known: map[string]roleContent{}}

const mostContents = 1024

type contents struct {
	mu    sync.RWMutex
	known map[string]roleContent
}

// of decodes a text. Nothing of what it returns is shared.
func (c *contents) of(text string) (roleContent, error) {
	c.mu.RLock()
	x, ok := c.known[text]
	c.mu.RUnlock()
	if ok {
		return x.clone(), nil
	}
	x, err := decoded[roleContent](text)
	if err != nil {
		return x, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= mostContents {
		clear(c.known)
	}
	c.known[text] = x
	return x.clone(), nil
}

func (x roleContent) clone() roleContent {
	x.Permissions, x.Options, x.Modules = slices.Clone(x.Permissions), slices.Clone(x.Options), slices.Clone(x.Modules)
	for i := range x.Options {
		x.Options[i].Permissions = slices.Clone(x.Options[i].Permissions)
	}
	return x
}

// PutRole writes a role, and makes it if it is not there.
func (tx *Tx) PutRole(x directory.Role) {
	tx.exec(`INSERT INTO role (tenant, key, name, description, rank, privileged, owner, content, managed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, key) DO UPDATE SET name = excluded.name, description = excluded.description, rank = excluded.rank,
	    privileged = excluded.privileged, owner = excluded.owner, content = excluded.content, managed_by = excluded.managed_by`,
		tx.tenant, x.Key, x.Name, x.Description, int64(x.Rank), x.Privileged, x.Owner,
		encoded(roleContent{x.Kind, x.Permissions, x.Options, x.Modules, x.Colour, x.Ceiling, x.Everywhere}), string(x.ManagedBy))
}

// DeleteRole removes a role that nobody has.
func (tx *Tx) DeleteRole(key string) {
	tx.exec(`DELETE FROM role WHERE tenant = ? AND key = ?`, tx.tenant, key)
}

const profileRow = `id, name, role, icon, description, modules, managed_by, archived`

func scanProfile(s scanner) (directory.Profile, error) {
	var x directory.Profile
	var modules, by string
	if err := s.Scan(&x.ID, &x.Name, &x.Role, &x.Icon, &x.Description, &modules, &by, &x.Archived); err != nil {
		return x, err
	}
	var err error
	if x.Modules, err = decoded[[]string](modules); x.Modules == nil {
		x.Modules = []string{}
	}
	x.ManagedBy = directory.ManagedBy(by)
	return x, err
}

// PutProfile writes a profile, and makes it if it is not there. One of no modules has none, also when it is read again: only
// who makes a profile may leave them to its role.
func (tx *Tx) PutProfile(x directory.Profile) {
	if x.Modules == nil {
		x.Modules = []string{}
	}
	tx.exec(`INSERT INTO profile (tenant, id, name, name_fold, role, icon, description, modules, managed_by, archived) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, role = excluded.role, icon = excluded.icon,
	    description = excluded.description, modules = excluded.modules, managed_by = excluded.managed_by, archived = excluded.archived`,
		tx.tenant, x.ID, x.Name, schema.Fold(x.Name), x.Role, x.Icon, x.Description, encoded(x.Modules), string(x.ManagedBy), x.Archived)
}

// DeleteProfile removes a profile that nobody has.
func (tx *Tx) DeleteProfile(id string) {
	tx.exec(`DELETE FROM profile WHERE tenant = ? AND id = ?`, tx.tenant, id)
}
