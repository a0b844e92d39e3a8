package access

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
)

// The eight checks on the catalogue. The second is TestPresetsAreTheMatrixOfTheirPages.

// Check 1: every key is from the one file, in a preset as in a module, and an unknown one is refused with the nearest.
func TestCheck1EveryKeyIsOfTheCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range Permissions() {
		if seen[p.Key] || p.Description == "" || p.Module == "" || len(p.Scopes) == 0 || strings.ToLower(p.Key) != p.Key || !strings.Contains(p.Key, ".") {
			t.Errorf("the entry %+v stands twice or lacks something", p)
		}
		seen[p.Key] = true
		if p.Risk != LowRisk && p.Risk != HighRisk && p.Risk != PrivilegedRisk {
			t.Errorf("%s: %q is no risk", p.Key, p.Risk)
		}
		for i, s := range p.Scopes {
			if rank(s) == 0 || slices.Contains(p.Scopes[:i], s) {
				t.Errorf("%s: the scope %q", p.Key, s)
			}
		}
	}
	for _, p := range Presets() {
		for _, m := range p.Modules {
			for _, key := range m.Permissions {
				if !seen[key] {
					t.Errorf("%s, module %s: %s", p.ID(), m.Key, key)
				}
			}
		}
		for _, r := range p.Roles {
			if err := CheckRole(r); err != nil {
				t.Errorf("%s: %v", p.ID(), err)
			}
		}
	}
	err := CheckRolePermission(directory.RolePermission{Key: "conversatons.view", Scope: directory.ScopeOwn, Mode: directory.Granted})
	if directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), `did you mean "conversations.view"?`) {
		t.Errorf("an unknown key: %v", err)
	}
}

// others are names of files and of fields that look like permissions.
var others = []string{"console.css", "console.js", "users.csv", "users.base", "users.filter"}

// The rest of check 1: what the code asks for by a name of the catalogue is in the catalogue.
func TestCheck1KeysInTheCodeAreOfTheCatalogue(t *testing.T) {
	t.Parallel()
	literal, found := regexp.MustCompile(`"((?:console|users)\.[a-z_.]+)"`), 0
	for _, folder := range []string{"api", "provision", "console"} {
		files, err := filepath.Glob("../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
				found++
				if _, ok := PermissionNamed(m[1]); !ok && !strings.HasSuffix(file, "_test.go") && !slices.Contains(others, m[1]) {
					t.Errorf("%s asks for %s, which is not in the catalogue", file, m[1])
				}
			}
		}
	}
	if found == 0 {
		t.Error("the test no longer reads the code")
	}
}

// Check 3: who administers orders and payments has nothing else, whatever options are on (001-24).
func TestCheck3OrderAdministratorsHaveOrdersOnly(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "commerce-chat")
	h := ana("order_payment_administrator")
	for _, o := range roleOf(t, p, "order_payment_administrator").Options {
		h.Options = append(h.Options, directory.OptionTarget("order_payment_administrator", o.Key))
	}
	got := effective(tenantOf(t, p.Name), h)
	for key := range got {
		if !strings.HasPrefix(key, "orders.") && !strings.HasPrefix(key, "payments.") && !strings.HasPrefix(key, "reports.payments.") && key != "reports.view" {
			t.Errorf("they have %s", key)
		}
	}
	if len(got) < 10 {
		t.Errorf("they have %v only", got)
	}
}

// Check 4: a restricted attendant has no contacts, no settings and no metrics, and sees their own only, whatever they are
// in their teams (002-13 … 002-16).
func TestCheck4RestrictedAttendants(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team")
	for _, kind := range []directory.MembershipKind{"", directory.AsUser, directory.AsSupervisor, directory.AsBoth} {
		h := ana("restricted_attendant").as(kind, billing, support)
		for key, scope := range effective(m, h) {
			for _, prefix := range []string{"contacts.", "settings.", "metrics."} {
				if strings.HasPrefix(key, prefix) {
					t.Errorf("as %q they have %s", kind, key)
				}
			}
			if scope != directory.ScopeOwn && scope != directory.ScopeNone {
				t.Errorf("as %q they have %s with the scope %s", kind, key, scope)
			}
		}
	}
}

// Check 5: user and supervisor of one team add up (002-31).
func TestCheck5BothKindsAddUp(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team")
	h := ana("attendant")
	user, supervisor := effective(m, h.as(directory.AsUser, billing)), effective(m, h.as(directory.AsSupervisor, billing))
	both := effective(m, h.as(directory.AsBoth, billing))
	for _, p := range Permissions() {
		want := user[p.Key]
		if wider(supervisor[p.Key], want) {
			want = supervisor[p.Key]
		}
		if both[p.Key] != want {
			t.Errorf("%s has the scope %q, want %q", p.Key, both[p.Key], want)
		}
	}
}

// Check 6: personal data is the person's own (004-31), Workspace is forced for agents (004-13), no profile is an owner's
// (004-12; see TestRow004_10To13Profiles).
func TestCheck6PersonalDataIsThePersonsOwn(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	m := tenantOf(t, p.Name)
	for _, role := range platformRoles(p) {
		asks(t, m, every("004-31", ana(role), anything, false, "users.edit"))
	}
	for _, x := range roleOf(t, p, "agent").Permissions {
		if (x.Key == "workspace.access" || x.Key == "strategies.work") && x.Mode != directory.Forced {
			t.Errorf("004-13: %s is %s for agents", x.Key, x.Mode)
		}
	}
	if mode := moduleMode(roleOf(t, p, "agent"), "module.workspace"); mode != directory.Forced {
		t.Errorf("004-13: Workspace is %s for agents", mode)
	}
}

// Check 7: one name, two meanings (001-13, 001-21).
func TestCheck7IndependentOrdersDiffersByRole(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "commerce-chat")
	wantBundle := func(role string, want ...string) {
		t.Helper()
		with, without := effective(m, ana(role).with(role+":independent_orders")), effective(m, ana(role))
		var got []string
		for _, p := range Permissions() {
			if _, had := without[p.Key]; had {
				continue
			}
			if _, has := with[p.Key]; has {
				got = append(got, p.Key)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the role %s gains %q, want %q", role, got, want)
		}
	}
	wantBundle("conversation_agent", "orders.create_independent")
	wantBundle("order_payment_administrator", "orders.create_independent")
	wantBundle("supervisor", "orders.create_independent", "orders.cancel", "orders.delete", "orders.comment")
}

// Check 8: in every preset somebody on the platform may create people, and that role is a privileged one.
func TestCheck8SomebodyCreatesPeople(t *testing.T) {
	t.Parallel()
	for _, p := range Presets() {
		m := tenantOf(t, p.Name)
		found := 0
		for _, role := range platformRoles(p) {
			if m.Decide(ana(role), "users.create", anything).Allowed {
				found++
				if !roleOf(t, p, role).Privileged {
					t.Errorf("%s: the role %s creates people and is not privileged", p.ID(), role)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: nobody may create people", p.ID())
		}
	}
}

// Who does not administer is not privileged: rules give such roles without anybody's confirmation.
func TestPrivilegedRolesOfThePresets(t *testing.T) {
	t.Parallel()
	for _, p := range Presets() {
		for _, r := range p.Roles {
			want := r.Key == "administrator" || r.Owner || r.Kind == directory.ConsoleRole && r.Key != "console_viewer"
			if r.Privileged != want || Privileged(r) != want {
				t.Errorf("%s: the role %s is privileged: %t, want %t", p.ID(), r.Key, r.Privileged, want)
			}
		}
	}
	options := reportingAdmin()
	options.Options = []directory.RoleOption{{Key: "more", Name: "More", Permissions: []directory.RolePermission{
		{Key: "users.create", Scope: directory.ScopeNone, Mode: directory.Granted},
	}}}
	if Privileged(reportingAdmin()) || !Privileged(options) {
		t.Error("a role is privileged by what an option of it can give")
	}
}

// The console roles are in every preset, each holds more of the console than the one before, and those who administer a
// tenant administer Rollcall for it.
func TestConsoleRoles(t *testing.T) {
	t.Parallel()
	console := keysOf(ConsoleModule)
	for _, p := range Presets() {
		m := tenantOf(t, p.Name)
		has := func(role string) []string {
			got := effective(m, ana(role))
			return slices.DeleteFunc(slices.Clone(console), func(key string) bool { _, ok := got[key]; return !ok })
		}
		viewer, operator := has("console_viewer"), has("console_operator")
		if !slices.Equal(has("console_owner"), console) {
			t.Errorf("%s: the console's owner lacks something", p.ID())
		}
		for _, key := range viewer {
			if !slices.Contains(operator, key) {
				t.Errorf("%s: an operator lacks %s, which a viewer has", p.ID(), key)
			}
		}
		for _, key := range has("console_help_desk") {
			if !slices.Contains(viewer, key) {
				t.Errorf("%s: the help desk has %s", p.ID(), key)
			}
		}
		for _, key := range viewer {
			if !strings.HasSuffix(key, ".read") && key != "console.users.explain" && key != "console.runs.plan" {
				t.Errorf("%s: a viewer has %s", p.ID(), key)
			}
		}
		want := console
		if _, ok := p.RoleNamed("owner"); ok {
			if !slices.Equal(has("owner"), console) {
				t.Errorf("%s: the owner lacks something of the console", p.ID())
			}
			want = slices.DeleteFunc(slices.Clone(operator), func(key string) bool { return key == "console.seats.read" }) // in a module that they cannot have
		}
		if got := has("administrator"); !slices.Equal(got, want) {
			t.Errorf("%s: the administrator has %q, want %q", p.ID(), got, want)
		}
	}
}
