package access

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/directory"
)

var (
	drawnModules = []string{"m0", "m1", "m2"}
	drawnGroups  = []string{"g0", "g1", "g2"}
	drawnPeople  = []string{"ana", "ben", ""}
	drawnWork    = []string{"w0", "w1"}
	drawnKinds   = []directory.MembershipKind{directory.AsUser, directory.AsSupervisor, directory.AsBoth}
	// A few permissions of every sort, so that what is drawn meets.
	drawnKeys = []string{
		"conversations.view", "conversations.reply", "conversations.claim", "contacts.view", "users.view", "users.deactivate",
		"settings.manage", "campaigns.view", "workspace.access",
	}
)

func drawPermission(t *rapid.T, modes ...directory.Mode) directory.RolePermission {
	p := directory.RolePermission{
		Key: rapid.SampledFrom(drawnKeys).Draw(t, "key"), Mode: rapid.SampledFrom(modes).Draw(t, "mode"),
	}
	permission, _ := PermissionNamed(p.Key)
	p.Scope = rapid.SampledFrom(permission.Scopes).Draw(t, "scope")
	if p.Mode != directory.Granted && p.Mode != directory.Forced && rapid.Bool().Draw(t, "no scope") {
		p.Scope = ""
	}
	return p
}

func drawPermissions(t *rapid.T, most int, modes ...directory.Mode) []directory.RolePermission {
	var out []directory.RolePermission
	for range rapid.IntRange(0, most).Draw(t, "permissions") {
		p := drawPermission(t, modes...)
		if !slices.ContainsFunc(out, func(o directory.RolePermission) bool { return o.Key == p.Key }) {
			out = append(out, p)
		}
	}
	return out
}

// drawTenant draws a configuration of three roles, with options and modules, and a profile of each.
func drawTenant(t *rapid.T, modes ...directory.Mode) Options {
	var o Options
	for _, key := range drawnModules {
		keys := rapid.SliceOfDistinct(rapid.SampledFrom(drawnKeys), rapid.ID).Draw(t, "module")
		o.Modules = append(o.Modules, directory.Module{Key: key, Name: key, Permissions: keys})
	}
	for i := range 3 {
		r := directory.Role{
			Key: fmt.Sprint("r", i), Name: fmt.Sprint("Role ", i), Kind: directory.CustomRole, Permissions: drawPermissions(t, 6, modes...),
			Ceiling:    rapid.SampledFrom([]directory.Scope{"", directory.ScopeOwn, directory.ScopeGroup, directory.ScopeAll}).Draw(t, "ceiling"),
			Everywhere: rapid.SampledFrom([]directory.MembershipKind{"", "", directory.AsSupervisor}).Draw(t, "everywhere"),
		}
		if rapid.Bool().Draw(t, "has modules") {
			for _, key := range drawnModules {
				mode := rapid.SampledFrom([]directory.Mode{directory.Forced, directory.Granted, directory.Optional, directory.Denied}).Draw(t, "module mode")
				r.Modules = append(r.Modules, directory.RoleModule{Key: key, Mode: mode})
			}
		}
		for j := range rapid.IntRange(0, 2).Draw(t, "options") {
			r.Options = append(r.Options, directory.RoleOption{
				Key: fmt.Sprint("o", j), Name: fmt.Sprint("Option ", j), Permissions: drawPermissions(t, 3, directory.Granted),
			})
		}
		o.Roles = append(o.Roles, r)
		o.Profiles = append(o.Profiles, directory.Profile{
			ID: fmt.Sprint("p", i), Name: fmt.Sprint("Profile ", i), Role: r.Key, Icon: "moon",
			Modules: rapid.SliceOfDistinct(rapid.SampledFrom(drawnModules), rapid.ID).Draw(t, "profile modules"),
		})
	}
	for _, key := range []string{MembershipUser, MembershipSupervisor} {
		o.Roles = append(o.Roles, directory.Role{Key: key, Name: key, Kind: directory.MembershipRole, Permissions: drawPermissions(t, 5, directory.Granted)})
	}
	for _, id := range drawnGroups {
		v := rapid.SampledFrom([]directory.Visibility{directory.VisibleAll, directory.VisibleTeam, directory.VisibleAttendant, ""}).Draw(t, "visibility")
		o.AgentGroups = append(o.AgentGroups, agentGroup(id, id, v))
	}
	return o
}

func drawHolder(t *rapid.T, id string) Holder {
	h := Holder{
		ID: id, State: rapid.SampledFrom([]directory.State{directory.Active, directory.Active, directory.Active, directory.Suspended, directory.Pending, ""}).Draw(t, "state"),
		Roles:   rapid.SliceOfDistinct(rapid.SampledFrom([]string{"r0", "r1", "r2", "gone"}), rapid.ID).Draw(t, "roles"),
		Options: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"r0:o0", "r0:o1", "r1:o0", "r2:o1", "gone:o0"}), rapid.ID).Draw(t, "options"),
		Profile: rapid.SampledFrom([]string{"", "p0", "p1", "p2", "gone"}).Draw(t, "profile"),
		Work:    rapid.SliceOfDistinct(rapid.SampledFrom(drawnWork), rapid.ID).Draw(t, "work"),
	}
	h.Memberships = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Membership {
		return Membership{Group: rapid.SampledFrom(append(drawnGroups, "gone")).Draw(t, "group"), Kind: rapid.SampledFrom(drawnKinds).Draw(t, "kind")}
	}), 0, 3).Draw(t, "memberships")
	return h
}

func drawResource(t *rapid.T) Resource {
	r := Resource{
		Owner:      rapid.SampledFrom(drawnPeople).Draw(t, "owner"),
		AgentGroup: rapid.SampledFrom(append([]string{""}, drawnGroups...)).Draw(t, "agent group"),
		Campaign:   rapid.SampledFrom(append([]string{""}, drawnWork...)).Draw(t, "campaign"),
	}
	if rapid.Bool().Draw(t, "over a person") {
		person := drawHolder(t, rapid.SampledFrom([]string{"ana", "ben"}).Draw(t, "person"))
		r.Person = &person
	}
	return r
}

var allModes = []directory.Mode{directory.Granted, directory.Granted, directory.Forced, directory.Optional, directory.Denied, directory.ByMembership}

// Effective lists a permission exactly when Decide allows it of nothing in particular, with the same scope; a resource never
// allows more; every answer says why, and only who is active has anything.
func TestEffectiveAndDecideAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, h, r := Compile(drawTenant(t, allModes...)), drawHolder(t, "ana"), drawResource(t)
		got := effective(m, h)
		if h.State != directory.Active && len(got) > 0 {
			t.Fatalf("who is %q has %v", h.State, got)
		}
		for _, key := range drawnKeys {
			d, scope := m.Decide(h, key, Resource{}), got[key]
			if _, listed := got[key]; d.Allowed != listed || d.Allowed && d.Scope != scope {
				t.Fatalf("%s: listed %t with %q, decided %+v", key, listed, scope, d)
			}
			over := m.Decide(h, key, r)
			if over.Allowed && !d.Allowed || wider(over.Scope, d.Scope) {
				t.Fatalf("%s: over %+v %+v, at all %+v", key, r, over, d)
			}
			for _, d := range []Decision{d, over} {
				if len(d.Chain) == 0 || d.Chain[0].Text == "" || d.Allowed != (d.Chain[0].Effect == Grants) {
					t.Fatalf("%s: %+v", key, d)
				}
			}
		}
	})
}

// A denial wins over whatever else gives the permission.
func TestDeniedWinsOverEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, h, r := drawTenant(t, allModes...), drawHolder(t, "ana"), drawResource(t)
		key := rapid.SampledFrom(drawnKeys).Draw(t, "denied")
		o.Roles = append(o.Roles, directory.Role{Key: "never", Name: "Never", Kind: directory.CustomRole, Permissions: []directory.RolePermission{{Key: key, Mode: directory.Denied}}})
		h.Roles = append(h.Roles, "never")
		m := Compile(o)
		if d := m.Decide(h, key, r); d.Allowed {
			t.Fatalf("%s: %+v", key, d)
		}
		if d := m.Decide(h, key, Resource{}); d.Allowed || h.State == directory.Active && d.Chain[0].Kind != DenialStep {
			t.Fatalf("%s: %+v", key, d)
		}
	})
}

// Another role never takes anything away unless it denies; a role that is taken away never gives anything.
func TestRolesAddUp(t *testing.T) {
	t.Parallel()
	modes := []directory.Mode{directory.Granted, directory.Forced, directory.Optional, directory.ByMembership}
	rapid.Check(t, func(t *rapid.T) {
		m, h, r := Compile(drawTenant(t, modes...)), drawHolder(t, "ana"), drawResource(t)
		h.Roles = []string{"r0"}
		more := h
		more.Roles = []string{"r0", "r1"}
		for _, key := range drawnKeys {
			one, two := m.Decide(h, key, r), m.Decide(more, key, r)
			if one.Allowed && !two.Allowed || wider(one.Scope, two.Scope) {
				t.Fatalf("%s: alone %+v, with another role %+v", key, one, two)
			}
		}
	})
}

// So does another membership, and a wider one of the same group.
func TestMembershipsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, h, r := Compile(drawTenant(t, directory.Granted, directory.ByMembership)), drawHolder(t, "ana"), drawResource(t)
		more := h.as(rapid.SampledFrom(drawnKinds).Draw(t, "kind"), rapid.SampledFrom(drawnGroups).Draw(t, "group"))
		for _, key := range drawnKeys {
			one, two := m.Decide(h, key, r), m.Decide(more, key, r)
			if one.Allowed && !two.Allowed {
				t.Fatalf("%s: %+v, with another membership %+v", key, one, two)
			}
		}
	})
}

// What a profile has is part of what its role can have: of what the role itself grants, and of what is optional in it.
func TestAProfileIsPartOfItsRole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, r := Compile(drawTenant(t, allModes...)), drawResource(t)
		h := Holder{ID: "ana", State: directory.Active, Roles: []string{"r0"}, Profile: "p0"}
		everything := h
		everything.Profile = "all"
		all := directory.Profile{ID: "all", Role: "r0", Modules: drawnModules}
		x := m.roles["r0"]
		m.profiles["all"] = &profile{Profile: all, on: switchedOn(x.Modules, all.Modules)}
		ceiling, _ := m.Ceiling("r0")
		for _, key := range drawnKeys {
			narrow, wide := m.Decide(h, key, r), m.Decide(everything, key, r)
			if narrow.Allowed && !wide.Allowed || wider(narrow.Scope, wide.Scope) {
				t.Fatalf("%s: with the profile %+v, with every module %+v", key, narrow, wide)
			}
			if wide.Allowed && !slices.ContainsFunc(ceiling.Permissions, func(p CeilingPermission) bool { return p.Key == key && p.Mode != directory.Denied }) {
				t.Fatalf("%s is not in the ceiling %+v", key, ceiling)
			}
		}
		for _, c := range ceiling.Modules {
			if c.Mode == directory.Forced && !m.profiles["p0"].on[c.Key] {
				t.Fatalf("the forced module %s is off", c.Key)
			}
		}
	})
}

// What an option adds is in the bundle that its role declares.
func TestAnOptionAddsItsBundle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := drawTenant(t, allModes...)
		m, h := Compile(o), drawHolder(t, "ana")
		h.Options = nil
		target := rapid.SampledFrom([]string{"r0:o0", "r0:o1", "r1:o0", "r1:o1", "r2:o0", "gone:o0"}).Draw(t, "option")
		bundle := map[string]bool{}
		for _, r := range o.Roles {
			for _, option := range r.Options {
				if directory.OptionTarget(r.Key, option.Key) == target && slices.Contains(h.Roles, r.Key) {
					for _, p := range option.Permissions {
						bundle[p.Key] = true
					}
				}
			}
		}
		without, with := effective(m, h), effective(m, h.with(target))
		for key, scope := range with {
			if before, had := without[key]; (!had || before != scope) && !bundle[key] {
				t.Fatalf("%s adds %s with the scope %s, beyond its bundle %v", target, key, scope, bundle)
			}
		}
	})
}

// The order in which roles, options and memberships stand changes nothing of what is allowed.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, h, r := Compile(drawTenant(t, allModes...)), drawHolder(t, "ana"), drawResource(t)
		turned := h
		turned.Roles, turned.Options, turned.Memberships = slices.Clone(h.Roles), slices.Clone(h.Options), slices.Clone(h.Memberships)
		slices.Reverse(turned.Roles)
		slices.Reverse(turned.Options)
		slices.Reverse(turned.Memberships)
		if diff := cmp.Diff(effective(m, h), effective(m, turned)); diff != "" {
			t.Fatal(diff)
		}
		for _, key := range drawnKeys {
			if a, b := m.Decide(h, key, r), m.Decide(turned, key, r); a.Allowed != b.Allowed || a.Scope != b.Scope {
				t.Fatalf("%s: %+v and %+v", key, a, b)
			}
		}
	})
}
