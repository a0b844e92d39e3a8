package access

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
)

var update = flag.Bool("update", false, "write docs/permissions.md anew")

// The page about permissions is made from the catalogue and the presets, so that it cannot say anything else (000-33).
func TestRow000_33PublishedListOfPermissions(t *testing.T) {
	t.Parallel()
	const page = "../docs/permissions.md"
	want := permissionsPage()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; go test ./access -run 000_33 -update writes it", page)
	}
}

const permissionsIntroduction = `# Permissions

What there is to allow, and which role of which preset allows it. This page is made from the program: ` + "`access/catalogue.json`" + ` and
the files in ` + "`access/presets`" + `. To change it, change those and run ` + "`go test ./access -run 000_33 -update`" + `.

## How to read the tables

A cell says how a role has a permission, and how far it reaches.

| cell | meaning |
| --- | --- |
| yes | allowed; there is nothing to reach for |
| own | for what is one's own: one's conversations, contacts, orders; campaigns that one is assigned to |
| group | for what belongs to one's agent groups |
| campaign | for what belongs to one's campaigns, queues and strategies |
| agents | over people with the role agent and no other |
| part | for a part of the area, which the contact centre names |
| all | for everything in the tenant |
| optional … | off, until an option or a module switches it on |
| forced … | allowed, and no profile takes it away |
| by membership … | as the kind of one's membership in the agent group says; what stands after it needs no membership |
| denied … | never, whatever else would allow it |
| – | not allowed |

Only who is active may do anything. A denial wins over everything; several roles add up; of several reaches the widest counts.
Whether somebody may do something, and why, ` + "`rollcall explain`" + ` answers for a person and ` + "`POST /api/v1/authorize`" + ` for a program.

The risk of a permission is low, high, or privileged: then it administers people, roles or configuration, and a role that has it
is a privileged one. Rules give privileged roles only after an administrator's confirmation.

`

func permissionsPage() string {
	var b strings.Builder
	b.WriteString(permissionsIntroduction)
	writeCatalogue(&b)
	for _, p := range Presets() {
		writePreset(&b, p)
	}
	writeConsole(&b)
	return b.String()
}

func writeCatalogue(b *strings.Builder) {
	b.WriteString("## The catalogue\n\n| permission | allows to | can reach | risk |\n| --- | --- | --- | --- |\n")
	for _, p := range Permissions() {
		words := make([]string, len(p.Scopes))
		for i, s := range p.Scopes {
			words[i] = PermissionText(directory.RolePermission{Scope: s, Mode: directory.Granted})
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.Key, strings.ToLower(p.Description[:1])+p.Description[1:], strings.Join(words, ", "), p.Risk)
	}
}

func writePreset(b *strings.Builder, p Preset) {
	fmt.Fprintf(b, "\n## %s: `%s`\n\n", p.Title, p.ID())
	if p.Page == "" {
		b.WriteString("What a tenant has whose manifest names no preset.\n\n")
	}
	var roles []directory.Role
	for _, r := range p.Roles {
		if r.Kind == directory.ConsoleRole {
			continue
		}
		roles = append(roles, r)
		fmt.Fprintf(b, "- **%s** (`%s`): %s%s\n", r.Name, r.Key, r.Description, roleNotes(r))
	}
	writeMatrix(b, roles, func(p Permission) bool { return p.Module != ConsoleModule })
	writeOptions(b, roles)
	writeModules(b, p)
}

// roleNotes says what of a role is not in the table.
func roleNotes(r directory.Role) string {
	var notes string
	if r.Privileged {
		notes += " Privileged."
	}
	if r.Owner {
		notes += " The owner's role, which no connection gives or takes."
	}
	if r.Ceiling != "" {
		notes += fmt.Sprintf(" What memberships give reaches no further than %s.", r.Ceiling)
	}
	if r.Everywhere != "" {
		notes += fmt.Sprintf(" Counts as %s of every agent group.", r.Everywhere)
	}
	return notes
}

// writeMatrix writes a table of permissions and roles, without the rows that no role has.
func writeMatrix(b *strings.Builder, roles []directory.Role, shown func(Permission) bool) {
	b.WriteString("\n| permission |")
	for _, r := range roles {
		fmt.Fprintf(b, " %s |", r.Name)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(roles)) + "\n")
	for _, p := range Permissions() {
		cells, found := make([]string, len(roles)), false
		for i, r := range roles {
			cells[i] = "–"
			if j := slices.IndexFunc(r.Permissions, func(x directory.RolePermission) bool { return x.Key == p.Key }); j >= 0 {
				cells[i], found = PermissionText(r.Permissions[j]), true
			}
		}
		if found && shown(p) {
			fmt.Fprintf(b, "| `%s` | %s |\n", p.Key, strings.Join(cells, " | "))
		}
	}
}

func writeOptions(b *strings.Builder, roles []directory.Role) {
	if !slices.ContainsFunc(roles, func(r directory.Role) bool { return len(r.Options) > 0 }) {
		return
	}
	b.WriteString("\nOptions, which are switched on for single people:\n\n| option | name | of | allows |\n| --- | --- | --- | --- |\n")
	for _, r := range roles {
		for _, o := range r.Options {
			var words []string
			for _, p := range o.Permissions {
				word := "`" + p.Key + "`"
				if p.Scope != directory.ScopeNone {
					word += " (" + PermissionText(p) + ")"
				}
				words = append(words, word)
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", directory.OptionTarget(r.Key, o.Key), o.Name, r.Name, strings.Join(words, ", "))
		}
	}
}

func writeModules(b *strings.Builder, p Preset) {
	if len(p.Modules) == 0 {
		return
	}
	b.WriteString("\nModules, which profiles switch on or off. A profile begins with what is granted, may add what is optional, and always has what\n" +
		"is forced. A permission in several modules works with any of them; one in no module needs none.\n\n| module | name |")
	var roles []directory.Role
	for _, r := range p.Roles {
		if len(r.Modules) > 0 {
			roles = append(roles, r)
			fmt.Fprintf(b, " %s |", r.Name)
		}
	}
	b.WriteString(" holds |\n| --- | --- |" + strings.Repeat(" --- |", len(roles)+1) + "\n")
	for _, m := range p.Modules {
		fmt.Fprintf(b, "| `%s` | %s |", m.Key, m.Name)
		for _, r := range roles {
			word := string(moduleMode(r, m.Key))
			if word == "" || word == string(directory.Denied) {
				word = "–"
			}
			fmt.Fprintf(b, " %s |", word)
		}
		fmt.Fprintf(b, " `%s` |\n", strings.Join(m.Permissions, "`, `"))
	}
	for _, r := range roles {
		fmt.Fprintf(b, "\nIcons of the profiles of the role %s are %s.", r.Name, r.Colour)
	}
	b.WriteString("\n")
}

func writeConsole(b *strings.Builder) {
	b.WriteString("\n## Rollcall itself\n\nFour roles for those who run Rollcall are in every preset: for API keys and for operators.\n\n")
	var roles []directory.Role
	for _, r := range Presets()[0].Roles {
		if r.Kind == directory.ConsoleRole {
			roles = append(roles, r)
			fmt.Fprintf(b, "- **%s** (`%s`): %s\n", r.Name, r.Key, r.Description)
		}
	}
	writeMatrix(b, roles, func(Permission) bool { return true })
	b.WriteString("\nRoles that administer a tenant administer Rollcall for it as well:\n\n")
	for _, p := range Presets() {
		for _, r := range p.Roles {
			n := 0
			for _, x := range r.Permissions {
				if permission, _ := PermissionNamed(x.Key); permission.Module == ConsoleModule {
					n++
				}
			}
			if n > 0 && r.Kind != directory.ConsoleRole {
				like := "the console owner"
				if !ownsConsole(r, roles) {
					like = "a console operator"
				}
				fmt.Fprintf(b, "- `%s`: the role **%s** has the `console.*` permissions of %s.\n", p.ID(), r.Name, like)
			}
		}
	}
}

// ownsConsole reports whether the role has every console permission of the last of the console's roles.
func ownsConsole(r directory.Role, console []directory.Role) bool {
	for _, x := range console[len(console)-1].Permissions {
		if permission, _ := PermissionNamed(x.Key); permission.Module == ConsoleModule && !slices.Contains(r.Permissions, x) {
			return false
		}
	}
	return true
}
