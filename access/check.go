package access

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall/directory"
)

// The bounds of roles and profiles.
const (
	maxDescription        = 400
	maxProfileDescription = 75 // 004-18
	maxName               = 100
	maxIcon               = 50
)

// The forms of keys: of options, and of roles, which may be named as directories name things.
var (
	keyForm     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	roleKeyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)
)

// CheckRolePermission reports what is wrong with one permission of a role: a key that the catalogue does not have, with the
// nearest one; a mode or a scope that there is not, or not for this permission. A denial without a scope denies altogether,
// an optional permission may leave it to the option how far it reaches, and one by membership has the scope that it gives
// without any membership.
func CheckRolePermission(p directory.RolePermission) error {
	i, ok := position[p.Key]
	if !ok {
		return directory.Errorf(directory.Invalid, "there is no permission %q%s", p.Key, hintKey(p.Key))
	}
	switch p.Mode {
	case directory.Granted, directory.Forced:
		if p.Scope == "" {
			return directory.Errorf(directory.Invalid, "%s: needs a scope; it can be %s", p.Key, scopeList(catalogue[i].Scopes))
		}
	case directory.Optional, directory.Denied, directory.ByMembership:
		if p.Scope == "" {
			return nil
		}
	default:
		return directory.Errorf(directory.Invalid, "%s: %q is no mode; it can be granted, forced, optional, denied or by_membership", p.Key, p.Mode)
	}
	if !slices.Contains(catalogue[i].Scopes, p.Scope) {
		return directory.Errorf(directory.Invalid, "%s: cannot have the scope %q; it can be %s", p.Key, p.Scope, scopeList(catalogue[i].Scopes))
	}
	return nil
}

func hintKey(key string) string {
	if near := Nearest(key); near != "" {
		return `; did you mean "` + near + `"?`
	}
	return ""
}

func scopeList(scopes []directory.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// CheckRole reports what is wrong with a role: its key, its name, its permissions, what its options hold, its modules. It
// does not know the tenant: whether names are unique and modules exist is not asked here.
func CheckRole(r directory.Role) error {
	switch {
	case r.Kind == directory.MembershipRole:
		if membershipKind(r.Key) == "" {
			return directory.Errorf(directory.Invalid, "role %q: what a membership gives is called %s or %s", r.Key, MembershipUser, MembershipSupervisor)
		}
	case !roleKeyForm.MatchString(r.Key) || membershipKind(r.Key) != "":
		return directory.Errorf(directory.Invalid, "role %q: a key has small letters, digits, _, . and -, and begins with a letter or a digit", r.Key)
	case slices.ContainsFunc(directory.DirectAttributes(), func(a string) bool { return strings.EqualFold(a, r.Key) }):
		return directory.Errorf(directory.Invalid, "role %q: a connection's direct: means the attribute of that name; choose another key", r.Key)
	}
	if err := checkText("role "+quote(r.Key)+": the name", r.Name, 1, maxName); err != nil {
		return err
	}
	if err := checkText("role "+quote(r.Key)+": the description", r.Description, 0, maxDescription); err != nil {
		return err
	}
	if err := checkRoleForm(r); err != nil {
		return err
	}
	if err := checkPermissions("role "+quote(r.Key), r.Permissions, r.Kind != directory.MembershipRole); err != nil {
		return err
	}
	return checkOptions(r)
}

func checkRoleForm(r directory.Role) error {
	switch r.Kind {
	case directory.BuiltinRole, directory.CustomRole, directory.PermissionGroup, directory.MembershipRole, directory.ConsoleRole:
	default:
		return directory.Errorf(directory.Invalid, "role %q: %q is no kind of role", r.Key, r.Kind)
	}
	switch {
	case r.Owner && r.Kind != directory.BuiltinRole:
		return directory.Errorf(directory.Invalid, "role %q: only a preset has an owner role", r.Key)
	case r.Ceiling != "" && r.Ceiling != directory.ScopeOwn && r.Ceiling != directory.ScopeGroup && r.Ceiling != directory.ScopeAll:
		return directory.Errorf(directory.Invalid, "role %q: the ceiling is own, group or all, not %q", r.Key, r.Ceiling)
	case r.Everywhere != "" && r.Everywhere != directory.AsUser && r.Everywhere != directory.AsSupervisor && r.Everywhere != directory.AsBoth:
		return directory.Errorf(directory.Invalid, "role %q: everywhere is user, supervisor or both, not %q", r.Key, r.Everywhere)
	}
	seen := map[string]bool{}
	for _, m := range r.Modules {
		switch {
		case m.Key == "" || seen[m.Key]:
			return directory.Errorf(directory.Invalid, "role %q: the module %q stands twice, or has no name", r.Key, m.Key)
		case m.Mode != directory.Forced && m.Mode != directory.Granted && m.Mode != directory.Optional && m.Mode != directory.Denied:
			return directory.Errorf(directory.Invalid, "role %q: a module is forced, granted, optional or denied, not %q", r.Key, m.Mode)
		}
		seen[m.Key] = true
	}
	return nil
}

// checkPermissions checks a list of them; whole tells that every mode may be there, and not only what is given.
func checkPermissions(of string, list []directory.RolePermission, whole bool) error {
	seen := map[string]bool{}
	for _, p := range list {
		if err := CheckRolePermission(p); err != nil {
			return directory.Errorf(directory.Invalid, "%s: %w", of, err)
		}
		if !whole && p.Mode != directory.Granted {
			return directory.Errorf(directory.Invalid, "%s: %s: can be granted only, not %s", of, p.Key, p.Mode)
		}
		if seen[p.Key] {
			return directory.Errorf(directory.Invalid, "%s: %s stands twice", of, p.Key)
		}
		seen[p.Key] = true
	}
	return nil
}

func checkOptions(r directory.Role) error {
	seen := map[string]bool{}
	for _, o := range r.Options {
		of := "role " + quote(r.Key) + ", option " + quote(o.Key)
		switch {
		case !keyForm.MatchString(o.Key):
			return directory.Errorf(directory.Invalid, "%s: a key has small letters, digits and _, and begins with a letter", of)
		case seen[o.Key]:
			return directory.Errorf(directory.Invalid, "%s: stands twice", of)
		case len(o.Permissions) == 0:
			return directory.Errorf(directory.Invalid, "%s: gives nothing", of)
		}
		seen[o.Key] = true
		if err := checkText(of+": the name", o.Name, 1, maxName); err != nil {
			return err
		}
		if err := checkPermissions(of, o.Permissions, false); err != nil {
			return err
		}
	}
	return nil
}

// CheckProfile reports what is wrong with a profile of a role: a role that is another or the owner's, or has no profiles; no
// name or icon; a description that is too long; modules beyond the role's ceiling. Modules that the role forces need not
// stand there: [CompleteProfile] adds them.
func CheckProfile(p directory.Profile, r directory.Role) error {
	switch {
	case r.Owner:
		return directory.Errorf(directory.Invalid, "profile %q: the role %q is the owner's, which has no profiles", p.Name, r.Key)
	case p.Role != r.Key:
		return directory.Errorf(directory.Invalid, "profile %q: is of the role %q, not of %q", p.Name, p.Role, r.Key)
	case len(r.Modules) == 0:
		return directory.Errorf(directory.Invalid, "profile %q: the role %q has no modules to choose from, and so no profiles", p.Name, r.Key)
	}
	of := "profile " + quote(p.Name)
	if err := checkText(of+": the name", p.Name, 1, maxName); err != nil {
		return err
	}
	if err := checkText(of+": the icon", p.Icon, 1, maxIcon); err != nil {
		return err
	}
	if err := checkText(of+": the description", p.Description, 0, maxProfileDescription); err != nil {
		return err
	}
	for i, key := range p.Modules {
		if slices.Contains(p.Modules[:i], key) {
			return directory.Errorf(directory.Invalid, "%s: the module %q stands twice", of, key)
		}
		if mode := moduleMode(r, key); mode == "" || mode == directory.Denied {
			return directory.Errorf(directory.Invalid, "%s: the role %q cannot have the module %q; it can have %s", of, r.Key, key, strings.Join(available(r), ", "))
		}
	}
	return nil
}

// CompleteProfile returns the profile with the modules that its role forces. A profile that names no modules at all, not
// even none, begins with those that the role grants.
func CompleteProfile(p directory.Profile, r directory.Role) directory.Profile {
	begins := p.Modules == nil
	p.Modules = slices.Clone(p.Modules)
	for _, m := range r.Modules {
		if m.Mode == directory.Forced || begins && m.Mode == directory.Granted {
			if !slices.Contains(p.Modules, m.Key) {
				p.Modules = append(p.Modules, m.Key)
			}
		}
	}
	return p
}

// available lists the modules that the role's profiles may have.
func available(r directory.Role) []string {
	var out []string
	for _, m := range r.Modules {
		if m.Mode != directory.Denied {
			out = append(out, m.Key)
		}
	}
	return out
}

func moduleMode(r directory.Role, key string) directory.Mode {
	for _, m := range r.Modules {
		if m.Key == key {
			return m.Mode
		}
	}
	return ""
}

// checkText checks a text of so many characters, which are counted as people count them.
func checkText(what, text string, least, most int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	switch {
	case !utf8.ValidString(text):
		return directory.Errorf(directory.Invalid, "%s is not UTF-8", what)
	case n < least:
		return directory.Errorf(directory.Invalid, "%s is missing", what)
	case n > most:
		return directory.Errorf(directory.Invalid, "%s has %d characters; at most %d", what, n, most)
	}
	return nil
}

func quote(s string) string { return `"` + s + `"` }

// Privileged reports whether a role may administer people, roles or configuration: whether a permission of that risk is
// among what it, or an option of it, can give. A part of the configuration, as in the scope part, does not make it so.
func Privileged(r directory.Role) bool {
	if r.Owner || slices.ContainsFunc(r.Permissions, privileged) {
		return true
	}
	return slices.ContainsFunc(r.Options, func(o directory.RoleOption) bool { return slices.ContainsFunc(o.Permissions, privileged) })
}

func privileged(p directory.RolePermission) bool {
	i, ok := position[p.Key]
	return ok && catalogue[i].Risk == PrivilegedRisk && p.Mode != directory.Denied && p.Scope != directory.ScopePart
}
