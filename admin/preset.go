package admin

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// pin finds the preset that a tenant begins with, or is to be brought to: text is what somebody asks for, pinned what the
// tenant has. It returns nil where nothing is to be copied. A tenant stays with its preset, whose later version it may take.
func pin(pinned, text string) (*access.Preset, error) {
	name, version, numbered := strings.Cut(text, "@")
	has, at, _ := strings.Cut(pinned, "@")
	switch {
	case pinned == "":
		p, err := access.PresetNamed(text)
		return &p, err
	case text == "", text == pinned, name == has && !numbered:
		return nil, nil //nolint:nilnil // nothing is to be copied
	case name != has:
		return nil, directory.Errorf(directory.Conflict, "the tenant was made with the preset %s, and a tenant stays with its preset: write \"preset: %s\", or make another tenant with %s", pinned, has, text)
	}
	was, _ := strconv.Atoi(at)
	if is, err := strconv.Atoi(version); err == nil && is < was {
		return nil, directory.Errorf(directory.Conflict, "the tenant has version %d of the preset %s, which does not go back to version %d: write \"preset: %s\"", was, has, is, pinned)
	}
	p, err := access.PresetNamed(text)
	return &p, err
}

// pinnedPreset is what a tenant's settings, statuses and seat pools fall back to: the preset that it pins, in the version
// that this program has.
func pinnedPreset(c *store.Configuration) access.Preset {
	name, _, _ := strings.Cut(c.Tenant.Preset, "@")
	p, err := access.PresetNamed(name)
	if err != nil { // a preset of another release
		p = access.Preset{}
	}
	return p
}

// NewerPreset returns the id of a later version of the tenant's preset, which it may take, or "" where this program has none.
func NewerPreset(c *store.Configuration) string {
	p := pinnedPreset(c)
	_, at, _ := strings.Cut(c.Tenant.Preset, "@")
	if was, err := strconv.Atoi(at); err != nil || p.Version <= was {
		return ""
	}
	return p.ID()
}

// copyPreset copies what a preset has into a configuration: into an empty one everything, into one that has a version of it
// what nobody took over. What the new version has no more stays, as the console's. It returns what cannot be copied because
// the tenant has made something of that name.
func copyPreset(c *store.Configuration, p access.Preset) (refused []directory.Message) {
	fresh := newKeys(c, p)
	c.Tenant.Preset, c.Modules = p.ID(), p.Modules
	for name, o := range c.SetBy {
		if _, still := p.Settings[name]; o.ManagedBy == directory.ByPreset && !still {
			delete(c.Settings, name)
			delete(c.SetBy, name)
		}
	}
	for name, value := range p.Settings {
		if o, has := c.SetBy[name]; !has || o.ManagedBy == directory.ByPreset {
			c.Settings[name], c.SetBy[name] = value, directory.SettingOrigin{ManagedBy: directory.ByPreset}
		}
	}
	refused = copyRoles(c, p, fresh)
	c.Statuses = copied(c.Statuses, p.Statuses, func(x *directory.Status) (string, *directory.ManagedBy) { return x.Key, &x.ManagedBy })
	c.SeatPools = copied(c.SeatPools, p.SeatPools, func(x *directory.SeatPool) (string, *directory.ManagedBy) { return x.Key, &x.ManagedBy })
	return refused
}

// newKeys are the permissions of the preset that no role of the tenant knows: those that came into the catalogue since its
// roles were copied. Nobody has them until somebody gives them. A tenant without roles of a preset knows none.
func newKeys(c *store.Configuration, p access.Preset) map[string]bool {
	known, fresh := map[string]bool{}, map[string]bool{}
	if c.Tenant.Preset == "" {
		return fresh
	}
	keys := func(roles []directory.Role, out map[string]bool) {
		for _, r := range roles {
			for _, x := range r.Permissions {
				out[x.Key] = true
			}
			for _, o := range r.Options {
				for _, x := range o.Permissions {
					out[x.Key] = true
				}
			}
		}
	}
	keys(c.Roles, known)
	keys(p.Roles, fresh)
	maps.DeleteFunc(fresh, func(key string, _ bool) bool { return known[key] })
	return fresh
}

func copyRoles(c *store.Configuration, p access.Preset, fresh map[string]bool) (refused []directory.Message) {
	for _, r := range p.Roles {
		unknown := func(x directory.RolePermission) bool { return fresh[x.Key] }
		r.Permissions = slices.DeleteFunc(r.Permissions, unknown)
		for i := range r.Options {
			r.Options[i].Permissions = slices.DeleteFunc(r.Options[i].Permissions, unknown)
		}
		r.Options = slices.DeleteFunc(r.Options, func(o directory.RoleOption) bool { return len(o.Permissions) == 0 })
		r.Privileged = access.Privileged(r)
		i := slices.IndexFunc(c.Roles, func(x directory.Role) bool { return x.Key == r.Key })
		switch {
		case i < 0:
			c.Roles = append(c.Roles, r)
		case ofPreset(c.Roles[i]):
			c.Roles[i] = r
		default:
			refused = append(refused, directory.Say("the preset %s has a role %q, and the tenant has made one of that key: rename yours first", p.ID(), r.Key))
		}
	}
	for i, r := range c.Roles {
		if _, still := p.RoleNamed(r.Key); !still && ofPreset(r) && r.Kind != directory.MembershipRole {
			c.Roles[i].ManagedBy = directory.ByConsole
			if r.Kind == directory.BuiltinRole {
				c.Roles[i].Kind = directory.CustomRole
			}
		}
	}
	return refused
}

// ofPreset reports whether a role is its preset's, and so nobody's to change.
func ofPreset(r directory.Role) bool {
	return r.ManagedBy == directory.ByPreset || r.Kind == directory.BuiltinRole || r.Kind == directory.MembershipRole || r.Kind == directory.ConsoleRole
}

// copied brings a list to what a preset has, but for what somebody took over.
func copied[T any](have, preset []T, of func(*T) (string, *directory.ManagedBy)) []T {
	out := slices.Clone(have)
	at := func(list []T, key string) int {
		return slices.IndexFunc(list, func(x T) bool {
			k, _ := of(&x)
			return k == key
		})
	}
	for _, x := range preset {
		key, _ := of(&x)
		if i := at(out, key); i < 0 {
			out = append(out, x)
		} else if _, by := of(&out[i]); *by == directory.ByPreset {
			out[i] = x
		}
	}
	for i := range out {
		key, by := of(&out[i])
		if *by == directory.ByPreset && at(preset, key) < 0 {
			*by = directory.ByConsole
		}
	}
	return out
}
