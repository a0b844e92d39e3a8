package admin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/access"
	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// of is a manifest of a tenant with a preset, and nothing else.
func of(preset string) directory.Spec {
	return directory.Spec{Tenant: "acme", Name: "Acme", Preset: preset, Settings: map[string]string{}}
}

func TestANewTenantIsACopyOfItsPreset(t *testing.T) {
	t.Parallel()
	for _, p := range access.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, d *desk) {
				r := d.apply(of(p.Name))
				want := []admin.Difference{{Change: "created", Kind: "tenant", Name: "acme", Fields: []admin.Field{{Name: "name", After: "Acme"}, {Name: "preset", After: p.ID()}}}}
				if diff := cmp.Diff(want, r.Configuration); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				c := d.configuration()
				if c.Tenant.Preset != p.ID() {
					t.Errorf("pinned %q, want %q", c.Tenant.Preset, p.ID())
				}
				if diff := cmp.Diff(p.Settings, c.Settings); diff != "" {
					t.Errorf("settings (-want +got):\n%s", diff)
				}
				for name, o := range c.SetBy {
					if o.ManagedBy != directory.ByPreset || o.Version != store.FirstConfigVersion || o.ChangedBy != "cli:op@host" || o.ChangedAt.IsZero() {
						t.Errorf("setting %s is %+v, want the preset's, of the first version", name, o)
					}
				}
				byKey := func(a, b directory.Role) int { return strings.Compare(a.Key, b.Key) }
				slices.SortFunc(c.Roles, byKey)
				slices.SortFunc(p.Roles, byKey)
				if diff := cmp.Diff(texts(p.Roles), texts(c.Roles)); diff != "" {
					t.Errorf("roles (-want +got):\n%s", diff)
				}
				byStatus := cmpopts.SortSlices(func(a, b directory.Status) bool { return a.Key < b.Key })
				if diff := cmp.Diff(p.Statuses, c.Statuses, byStatus, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(p.SeatPools, c.SeatPools, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("seat pools (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(p.Modules, c.Modules, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("modules (-want +got):\n%s", diff)
				}
				if r := d.apply(of(p.Name)); r.Status != admin.Nothing {
					t.Errorf("again: %+v, want nothing", r)
				}
				if r := d.apply(of("")); r.Status != admin.Nothing {
					t.Errorf("without naming it: %+v, want nothing", r)
				}
			})
		})
	}
}

// texts are roles for people to compare.
func texts(roles []directory.Role) []string {
	var out []string
	for _, r := range roles {
		text := r.Key + " " + string(r.Kind) + " " + string(r.ManagedBy)
		for _, p := range r.Permissions {
			text += "\n" + p.Key + ": " + access.PermissionText(p)
		}
		for _, o := range r.Options {
			text += "\noption " + o.Key
		}
		for _, m := range r.Modules {
			text += "\nmodule " + m.Key + " " + string(m.Mode)
		}
		out = append(out, text)
	}
	return out
}

func TestATenantStaysWithItsPreset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of("whatsapp-team"))
		for preset, says := range map[string]string{
			"call-centre":       `was made with the preset whatsapp-team@1`,
			"standard":          `write "preset: whatsapp-team"`,
			"whatsapp-team@0":   "does not go back to version 0",
			"whatsapp-team@2":   `no version "2"`,
			"whatsapp-team@one": `no version "one"`,
			"nonsense":          "make another tenant with nonsense",
		} {
			if text := d.refused(of(preset)); !strings.Contains(text, says) {
				t.Errorf("%s: %q, want %q", preset, text, says)
			}
		}
		other := of("whatsap-team")
		other.Tenant = "other"
		if _, err := d.admin.Apply(t.Context(), operator, other, admin.Options{}); err == nil || !strings.Contains(err.Error(), `did you mean "whatsapp-team"`) {
			t.Errorf("%v, want the nearest preset", err)
		}
	})
}

// aged makes a tenant as the release before presets made it.
func (d *desk) aged() {
	d.t.Helper()
	c := d.configuration()
	d.write(func(tx *store.Tx) {
		for _, r := range c.Roles {
			tx.DeleteRole(r.Key)
		}
		for _, key := range []string{"agent", "supervisor", "administrator"} {
			tx.PutRole(directory.Role{Key: key, Name: key, Privileged: key == "administrator", ManagedBy: directory.ByConsole})
		}
		for _, x := range c.Statuses {
			tx.DeleteStatus(x.Key)
		}
		tx.PutModel("", nil)
	})
}

// write changes the stored configuration behind the back of the verbs.
func (d *desk) write(fn func(*store.Tx)) {
	d.t.Helper()
	c := d.configuration()
	err := d.db.Write(d.t.Context(), c.Tenant.ID, func(tx *store.Tx) error {
		fn(tx)
		_, err := tx.RaiseConfigVersion(c.Tenant.Name)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestATenantFromBeforePresetsIsBroughtToTheStandardOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Support")
		d.person("boss", "title", "Boss")
		d.aged()
		if !d.noticed("preset", "the next apply brings it to the standard one") {
			t.Error("nobody was told that the tenant has no preset")
		}
		s := acme()
		s.Preset = "call-centre"
		if text := d.refused(s); !strings.Contains(text, "made without a preset") {
			t.Errorf("refusal %q", text)
		}
		r := d.apply(acme())
		var told []string
		for _, x := range r.Configuration {
			told = append(told, x.Change+" "+x.Kind+" "+x.Name)
		}
		for _, want := range []string{"updated tenant acme", "updated role agent", "created role console_owner", "created status offline"} {
			if !slices.Contains(told, want) {
				t.Errorf("told %q, want %q among them", told, want)
			}
		}
		if d.configuration().Tenant.Preset != "standard@1" || d.rights("ada") != "role agent, group Support" {
			t.Errorf("preset %q, ada has %q", d.configuration().Tenant.Preset, d.rights("ada"))
		}
		if r := d.apply(acme()); r.Status != admin.Nothing {
			t.Errorf("again: %+v, want nothing", r)
		}
	})
}

// noticed reports whether a notice about something says a text.
func (d *desk) noticed(about, says string) bool {
	d.t.Helper()
	list, err := d.admin.Notices(d.t.Context(), d.configuration())
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(n admin.Notice) bool { return n.About == about && strings.Contains(n.Text+" "+n.Write, says) })
}

// A later version of a preset is offered, is taken by name and number alone, and gives nobody a permission that is new.
func TestANewerPresetIsAPlan(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of("conversations-basic"))
		c := d.configuration()
		d.write(func(tx *store.Tx) { // the version before had no such permissions and settings, and a status more
			for _, r := range c.Roles {
				r.Permissions = slices.DeleteFunc(r.Permissions, func(p directory.RolePermission) bool {
					return p.Key == "conversations.close" || p.Key == "contacts.view" && r.Key == "agent"
				})
				tx.PutRole(r)
			}
			tx.PutSetting("roles.cardinality", "", directory.SettingOrigin{})
			tx.PutStatus(directory.Status{Key: "lunch", Name: "Lunch", Active: true, Order: 2, ManagedBy: directory.ByPreset})
			tx.PutModel("conversations-basic@0", c.Modules)
		})
		if !d.noticed("preset", "preset: conversations-basic@1") {
			t.Error("the newer version is not offered")
		}
		if r := d.apply(of("conversations-basic")); r.Status != admin.Nothing || d.configuration().Tenant.Preset != "conversations-basic@0" {
			t.Errorf("without a number: %+v, want nothing", r)
		}
		planned, err := d.admin.Plan(t.Context(), of("conversations-basic@1"), admin.Options{})
		if err != nil || planned.Status != admin.Planned {
			t.Fatalf("planned %+v, %v", planned, err)
		}
		d.apply(of("conversations-basic@1"))
		c = d.configuration()
		has := func(role, key string) bool {
			i := slices.IndexFunc(c.Roles, func(r directory.Role) bool { return r.Key == role })
			return slices.ContainsFunc(c.Roles[i].Permissions, func(p directory.RolePermission) bool { return p.Key == key })
		}
		if !has("agent", "contacts.view") {
			t.Error("agents did not get what the new version gives them")
		}
		if has("agent", "conversations.close") || has("administrator", "conversations.close") {
			t.Error("a permission that is new was given to somebody")
		}
		if c.Tenant.Preset != "conversations-basic@1" || c.Setting("roles.cardinality") != "one" {
			t.Errorf("preset %q, cardinality %q", c.Tenant.Preset, c.Setting("roles.cardinality"))
		}
		if i := slices.IndexFunc(c.Statuses, func(x directory.Status) bool { return x.Key == "lunch" }); i < 0 || c.Statuses[i].ManagedBy != directory.ByConsole {
			t.Errorf("statuses %+v, want what the new version has no more kept, as the console's", c.Statuses)
		}
		if r := d.apply(of("conversations-basic@1")); r.Status != admin.Nothing {
			t.Errorf("again: %+v", r)
		}
	})
}
