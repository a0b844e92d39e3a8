package access

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
)

// In the files of presets a permission is a word or two: how the role has it, and how far. Words that read well stand for
// the usual case: "own" is granted for one's own, "yes" granted where there is nothing to reach for.
//
//	yes | own | group | campaign | agents | part | all      granted
//	forced SCOPE | optional [SCOPE] | denied [SCOPE] | by membership [SCOPE]

// parsePermission reads what stands beside a permission's key.
func parsePermission(key, text string) (directory.RolePermission, error) {
	p := directory.RolePermission{Key: key, Mode: directory.Granted}
	words := strings.Fields(text)
	switch {
	case len(words) > 1 && words[0] == "by" && words[1] == "membership":
		p.Mode, words = directory.ByMembership, words[2:]
	case len(words) > 0 && slices.Contains([]string{"forced", "optional", "denied"}, words[0]):
		p.Mode, words = directory.Mode(words[0]), words[1:]
	}
	switch {
	case len(words) == 1 && words[0] == "yes":
		p.Scope = directory.ScopeNone
	case len(words) == 1:
		p.Scope = directory.Scope(words[0])
	case len(words) > 1:
		return p, fmt.Errorf("%s: %q is too long", key, text)
	}
	return p, CheckRolePermission(p)
}

// PermissionText says in a word or two how a role has a permission, and how far: the form in which presets are written.
func PermissionText(p directory.RolePermission) string {
	scope := string(p.Scope)
	if p.Scope == directory.ScopeNone {
		scope = "yes"
	}
	switch p.Mode {
	case directory.Granted:
		return scope
	case directory.ByMembership:
		return strings.TrimSpace("by membership " + scope)
	default:
		return strings.TrimSpace(string(p.Mode) + " " + scope)
	}
}

// parsePermissions reads a map of them, in the order of the catalogue.
func parsePermissions(texts map[string]string) ([]directory.RolePermission, error) {
	out := make([]directory.RolePermission, 0, len(texts))
	for key, text := range texts {
		p, err := parsePermission(key, text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	inOrder(out)
	return out, nil
}

func inOrder(list []directory.RolePermission) {
	slices.SortFunc(list, func(a, b directory.RolePermission) int { return position[a.Key] - position[b.Key] })
}
