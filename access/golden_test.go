package access

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

// pages are the presets by the number of the page that the matrix uses.
var pages = map[string]string{
	"000": "conversations-basic", "001": "commerce-chat", "002": "whatsapp-team", "003": "call-centre", "004": "campaign-contact-centre",
}

// matrix is the table of permissions of the five pages: by page and role, the code in each permission's cell.
func matrix(t *testing.T) (keys []string, columns map[string]map[string]map[string]string) {
	t.Helper()
	file, err := os.Open("testdata/permissions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	columns = map[string]map[string]map[string]string{}
	var head []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if head == nil {
			head = cells
			continue
		}
		if len(cells) != len(head) {
			t.Fatalf("%s has %d cells, not %d", cells[0], len(cells), len(head))
		}
		keys = append(keys, cells[0])
		for i, name := range head[1:] {
			page, role, _ := strings.Cut(name, ".")
			if columns[page] == nil {
				columns[page] = map[string]map[string]string{}
			}
			if columns[page][role] == nil {
				columns[page][role] = map[string]string{}
			}
			columns[page][role][cells[0]] = cells[i+1]
		}
	}
	return keys, columns
}

// cell reads a code; false is a permission that the role has not. "~" marks what the page does not state and "v" what
// another page of the vendor does; neither changes the right.
func cell(t *testing.T, key, code string, kind bool) (directory.RolePermission, bool) {
	t.Helper()
	code = strings.TrimRight(code, "~v")
	p := directory.RolePermission{Key: key, Mode: directory.Granted}
	switch {
	case code == "" || code == "-":
		return p, false
	case code == "·":
		p.Mode = directory.ByMembership
		return p, !kind // in a kind's column it is the role that decides
	case strings.HasPrefix(code, "+"):
		p.Mode, code = directory.Optional, code[1:]
		if code == "" {
			return p, true
		}
	case strings.HasSuffix(code, "!"):
		p.Mode, code = directory.Forced, strings.TrimSuffix(code, "!")
	}
	scope, ok := map[string]directory.Scope{
		"a": directory.ScopeAll, "g": directory.ScopeGroup, "c": directory.ScopeCampaign, "o": directory.ScopeOwn,
		"y": directory.ScopeNone, "x": directory.ScopeAgents, "p": directory.ScopePart,
	}[code]
	if !ok {
		t.Fatalf("%s: %q is no code", key, code)
	}
	p.Scope = scope
	return p, true
}

// Check 2 of the catalogue: for each page and role, the permissions are exactly those of the table, both ways. What the
// console roles hold is Rollcall's own and not on any page.
func TestPresetsAreTheMatrixOfTheirPages(t *testing.T) {
	t.Parallel()
	keys, columns := matrix(t)
	if len(keys) != 88 {
		t.Errorf("%d keys in the matrix, want 88", len(keys))
	}
	roles := 0
	for page, name := range pages {
		p := presetNamed(t, name)
		if p.Page != page {
			t.Errorf("%s follows page %q, want %q", name, p.Page, page)
		}
		for role, cells := range columns[page] {
			roles++
			r := roleOf(t, p, role)
			want := map[string]directory.RolePermission{}
			for _, key := range keys {
				if x, ok := cell(t, key, cells[key], r.Kind == directory.MembershipRole); ok {
					want[key] = x
				}
			}
			got := map[string]directory.RolePermission{}
			for _, x := range r.Permissions {
				if permission, _ := PermissionNamed(x.Key); permission.Module != ConsoleModule {
					got[x.Key] = x
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, role %s (-page +preset):\n%s", name, role, diff)
			}
		}
		for _, r := range p.Roles {
			if columns[page][r.Key] == nil && r.Kind != directory.ConsoleRole {
				t.Errorf("%s has the role %s, which its page has not", name, r.Key)
			}
		}
	}
	if roles != 19 {
		t.Errorf("%d columns, want 17 roles and 2 kinds of membership", roles)
	}
}

// The catalogue begins with the keys of the matrix, in its order, and then has what the console needs.
func TestCatalogueIsTheMatrixAndTheConsole(t *testing.T) {
	t.Parallel()
	keys, _ := matrix(t)
	for i, p := range Permissions() {
		switch {
		case i < len(keys) && p.Key != keys[i]:
			t.Errorf("permission %d is %s, want %s", i, p.Key, keys[i])
		case i >= len(keys) && (p.Module != ConsoleModule || !strings.HasPrefix(p.Key, "console.")):
			t.Errorf("%s is neither in the matrix nor of the console", p.Key)
		}
	}
}

// A role of the matrix without a profile, an option or a membership has exactly what its column grants: modules, options
// and ceilings add nothing by themselves and take nothing away.
func TestARoleAloneHasItsColumn(t *testing.T) {
	t.Parallel()
	keys, columns := matrix(t)
	for page, name := range pages {
		m := tenantOf(t, name)
		for role, cells := range columns[page] {
			if membershipKind(role) != "" {
				continue
			}
			got := effective(m, ana(role))
			for _, key := range keys {
				x, ok := cell(t, key, cells[key], false)
				has := ok && (x.Mode == directory.Granted || x.Mode == directory.Forced)
				if r := m.roles[role]; x.Mode == directory.ByMembership && r.Everywhere != "" {
					continue // it counts as a member everywhere
				}
				if _, found := got[key]; found != has {
					t.Errorf("%s, role %s: %s is there: %t, want %t", name, role, key, found, has)
				}
			}
		}
	}
}

// Without a preset the roles are those of 000, and what 000 has no module for is shared out sensibly.
func TestStandardHasTheMatrixOf000AndMore(t *testing.T) {
	t.Parallel()
	keys, columns := matrix(t)
	m := tenantOf(t, "")
	for role, cells := range columns["000"] {
		got := effective(m, ana(role))
		for _, key := range keys {
			x, ok := cell(t, key, cells[key], false)
			if cells[key] == "" || role == "administrator" && key == "users.purge" {
				continue
			}
			if scope, found := got[key]; found != ok || found && scope != x.Scope {
				t.Errorf("role %s: %s has the scope %q, want %q", role, key, scope, x.Scope)
			}
		}
	}
	administrator := effective(m, ana("administrator"))
	never := map[string]string{
		"ownership.transfer":              "there is no owner",
		"conversations.auto_distribution": "administrators are no targets of distribution",
		"conversations.notify_sound":      "nor do they wait for conversations",
	}
	for _, p := range Permissions() {
		if _, ok := administrator[p.Key]; ok == (never[p.Key] != "") {
			t.Errorf("the administrator has %s: %t (%s)", p.Key, ok, never[p.Key])
		}
	}
}
