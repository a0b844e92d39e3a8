package access

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"rollcall/directory"
)

// Risk says how much harm a permission can do in the wrong hands.
type Risk string

// The risks.
const (
	LowRisk        Risk = "low"
	HighRisk       Risk = "high"       // moves other people's work, money or data
	PrivilegedRisk Risk = "privileged" // may administer people, roles or configuration
)

// Permission is one entry of the catalogue.
type Permission struct {
	Key         string            `json:"key"`    // such as "conversations.reply"; the last word is the action
	Module      string            `json:"module"` // the part of the catalogue; "console" is Rollcall itself
	Description string            `json:"description"`
	Scopes      []directory.Scope `json:"scopes"` // how far it can be given
	Risk        Risk              `json:"risk"`
	// Visibility tells that an agent group's visibility decides how far the permission reaches in that group, for roles
	// whose ceiling is their agent groups.
	Visibility bool `json:"visibility,omitempty"`
}

// ConsoleModule is the module of the permissions to administer Rollcall itself.
const ConsoleModule = "console"

// workModule holds the permissions whose objects are campaigns, queues and strategies: there one's own is what one is
// assigned to.
const workModule = "work"

//go:embed catalogue.json
var catalogueFile []byte

var (
	catalogue = parseCatalogue()
	position  = positions(catalogue)
)

func parseCatalogue() []Permission {
	var out []Permission
	if err := json.Unmarshal(catalogueFile, &out); err != nil {
		panic("access: catalogue.json: " + err.Error()) // it is part of the program, and the tests read it
	}
	return out
}

func positions(permissions []Permission) map[string]int {
	out := make(map[string]int, len(permissions))
	for i, p := range permissions {
		out[p.Key] = i
	}
	return out
}

// Permissions returns the catalogue, module by module, in the order in which people read it.
func Permissions() []Permission {
	out := slices.Clone(catalogue)
	for i := range out {
		out[i].Scopes = slices.Clone(out[i].Scopes)
	}
	return out
}

// PermissionNamed finds a permission by its key, and reports whether there is one.
func PermissionNamed(key string) (Permission, bool) {
	i, ok := position[key]
	if !ok {
		return Permission{}, false
	}
	p := catalogue[i]
	p.Scopes = slices.Clone(p.Scopes)
	return p, true
}

// Nearest returns the key of the catalogue that is nearest to what somebody typed, or "" when none is near.
func Nearest(key string) string {
	keys := make([]string, len(catalogue))
	for i, p := range catalogue {
		keys[i] = p.Key
	}
	return nearest(key, keys)
}

// nearest returns the name that is nearest to word, or "" when none is near: at most one edit in three letters, three at
// the most, whatever the case. Of several, the first.
func nearest(word string, names []string) string {
	folded := []rune(strings.ToLower(strings.TrimSpace(word)))
	if len(folded) == 0 || len(folded) > 64 {
		return ""
	}
	best, least := "", min(3, (len(folded)+2)/3)+1
	for _, name := range names {
		if d := edits(folded, []rune(strings.ToLower(name))); d < least {
			best, least = name, d
		}
	}
	return best
}

// edits is the number of insertions, deletions and replacements that turn a into b.
func edits(a, b []rune) int {
	last, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
		}
		last, row = row, last
	}
	return last[len(b)]
}

// hint is `; did you mean "x"?`, or "" when nothing is near.
func hint(word string, names []string) string {
	if name := nearest(word, names); name != "" {
		return `; did you mean "` + name + `"?`
	}
	return ""
}
