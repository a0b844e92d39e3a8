package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/access"
	"rollcall/directory"
)

// The bounds of what one role has.
const (
	maxPermissions = 500
	maxOptions     = 100
	maxModules     = 100
)

// rightsReader reads one list of permissions after the other, in which a key stands once.
type rightsReader struct {
	m     *manifest
	lines map[string]int
	list  []directory.RolePermission
}

// readPermissions reads what a role may do and, in a list of their own, its restrictions (000-22).
func (m *manifest) readPermissions(granted, denied node) []directory.RolePermission {
	r := rightsReader{m: m, lines: make(map[string]int)}
	r.read(granted, []directory.Mode{directory.Granted, directory.Forced, directory.Optional, directory.Denied, directory.ByMembership})
	r.read(denied, []directory.Mode{directory.Denied})
	return r.list
}

// readGranted reads what an option gives.
func (m *manifest) readGranted(n node) []directory.RolePermission {
	r := rightsReader{m: m, lines: make(map[string]int)}
	r.read(n, []directory.Mode{directory.Granted})
	return r.list
}

// read reads a list, of keys or of {key, scope, mode}, in which those modes may be; the first is the usual one.
func (r *rightsReader) read(n node, modes []directory.Mode) {
	for _, n := range r.m.list(n, maxPermissions) {
		f := map[string]node{"key": n}
		if _, mapping := n.value.(*ast.MappingNode); mapping {
			f, _ = r.m.keyed(n, permissionSection)
		}
		p := directory.RolePermission{Mode: r.mode(f["mode"], modes)}
		key, ok := r.m.name(f["key"], maxName)
		if !ok {
			continue
		}
		known, ok := access.PermissionNamed(key)
		switch line := r.lines[key]; {
		case !ok:
			r.m.fault(f["key"], "unknown permission %s%s", quote(key), r.m.permissionHint(key))
			continue
		case line > 0:
			r.m.fault(f["key"], "the permission %s is already in this role, on line %d", quote(key), line)
			continue
		}
		r.lines[key] = f["key"].line
		p.Key = key
		p.Scope = r.scope(f["scope"], f["key"], p.Mode, known)
		r.list = append(r.list, p)
	}
}

func (r *rightsReader) mode(n node, modes []directory.Mode) directory.Mode {
	words := make([]string, len(modes))
	for i, mode := range modes {
		words[i] = string(mode)
	}
	return directory.Mode(r.m.choice(n, words...))
}

// scope reads how far a permission reaches. Where it is not said, a permission that is given has the scope that says
// nothing about reach, or its only one; who means another has to say so.
func (r *rightsReader) scope(n, at node, mode directory.Mode, p access.Permission) directory.Scope {
	words := make([]string, len(p.Scopes))
	for i, s := range p.Scopes {
		words[i] = string(s)
	}
	if n.given() {
		return directory.Scope(r.m.choice(n, words...))
	}
	usual := usualScope(mode, p)
	if usual == "" && (mode == directory.Granted || mode == directory.Forced) {
		r.m.fault(at, "say how far: {key: %s, scope: %s}; it can be %s", p.Key, words[0], strings.Join(words, ", "))
	}
	return usual
}

// usualScope is the scope of a permission for which the manifest names none.
func usualScope(mode directory.Mode, p access.Permission) directory.Scope {
	switch {
	case mode != directory.Granted && mode != directory.Forced:
		return ""
	case slices.Contains(p.Scopes, directory.ScopeNone):
		return directory.ScopeNone
	case len(p.Scopes) == 1:
		return p.Scopes[0]
	}
	return ""
}

// permissionHint names the permission that is nearest, or says where they are listed.
func (r *reader) permissionHint(key string) string {
	var all []string
	for _, p := range access.Permissions() {
		all = append(all, p.Key)
	}
	return r.dotted(key, all, "docs/permissions.md")
}
