package access

import (
	"slices"
	"testing"

	"rollcall/directory"
)

// presetNamed returns a preset that is there.
func presetNamed(t testing.TB, name string) Preset {
	t.Helper()
	p, err := PresetNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// roleOf returns a role of a preset that is there.
func roleOf(t testing.TB, p Preset, key string) directory.Role {
	t.Helper()
	r, ok := p.RoleNamed(key)
	if !ok {
		t.Fatalf("%s has no role %s", p.ID(), key)
	}
	return r
}

// Two agent groups, one that is archived, and the campaigns c1 and c2.
const (
	billing = "ag-billing"
	support = "ag-support"
	closed  = "ag-closed"
)

func agentGroup(id, name string, visibility directory.Visibility) directory.WorkGroup {
	g := directory.NewWorkGroup(directory.AgentGroupWork, name)
	g.ID, g.Visibility = id, visibility
	return g
}

// tenantOf compiles a tenant that is as its preset says, after the edits.
func tenantOf(t testing.TB, preset string, edits ...func(*Options)) *Model {
	t.Helper()
	p := presetNamed(t, preset)
	archived := agentGroup(closed, "Closed", directory.VisibleTeam)
	archived.Archived = true
	o := Options{
		Roles: p.Roles, Modules: p.Modules, Statuses: p.Statuses,
		AgentGroups: []directory.WorkGroup{agentGroup(billing, "Billing", directory.VisibleTeam), agentGroup(support, "Support", directory.VisibleTeam), archived},
	}
	for _, edit := range edits {
		edit(&o)
	}
	return Compile(o)
}

// ana is an active person with the roles.
func ana(roles ...string) Holder {
	return Holder{ID: "ana", State: directory.Active, Roles: roles}
}

func (h Holder) with(options ...string) Holder {
	h.Options = options
	return h
}

func (h Holder) as(kind directory.MembershipKind, groups ...string) Holder {
	h.Memberships = slices.Clone(h.Memberships)
	for _, g := range groups {
		h.Memberships = append(h.Memberships, Membership{Group: g, Kind: kind})
	}
	return h
}

func (h Holder) working(ids ...string) Holder {
	h.Work = ids
	return h
}

func (h Holder) profiled(id string) Holder {
	h.Profile = id
	return h
}

// ben is somebody else with the same rights.
func (h Holder) ben() *Holder {
	h.ID = "ben"
	return &h
}

// What somebody may act on.
var (
	anything        = Resource{}
	hers            = Resource{Owner: "ana"}
	hersInBilling   = Resource{Owner: "ana", AgentGroup: billing}
	othersInBilling = Resource{Owner: "ben", AgentGroup: billing}
	othersInSupport = Resource{Owner: "ben", AgentGroup: support}
	nobodysBilling  = Resource{AgentGroup: billing}
	othersInC1      = Resource{Owner: "ben", Campaign: "c1"}
	othersInC2      = Resource{Owner: "ben", Campaign: "c2"}
)

// ask is one question of a row, and its answer.
type ask struct {
	row        string
	holder     Holder
	permission string
	resource   Resource
	want       bool
}

// asks puts questions to a tenant, each under the row that it shows.
func asks(t *testing.T, m *Model, list []ask) {
	t.Helper()
	for _, a := range list {
		t.Run(a.row, func(t *testing.T) {
			t.Helper()
			d := m.Decide(a.holder, a.permission, a.resource)
			if d.Allowed != a.want {
				t.Errorf("%s for %v over %+v: allowed %t, want %t\n%+v", a.permission, a.holder.Roles, a.resource, d.Allowed, a.want, d.Chain)
			}
			if len(d.Chain) == 0 {
				t.Errorf("%s: no reason", a.permission)
			}
		})
	}
}

// every makes one question of each permission.
func every(row string, h Holder, r Resource, want bool, permissions ...string) []ask {
	var out []ask
	for _, p := range permissions {
		out = append(out, ask{row, h, p, r, want})
	}
	return out
}

// keysOf lists the catalogue's keys of some modules.
func keysOf(modules ...string) []string {
	var out []string
	for _, p := range Permissions() {
		if slices.Contains(modules, p.Module) {
			out = append(out, p.Key)
		}
	}
	return out
}

// effective is what somebody has, by key.
func effective(m *Model, h Holder) map[string]directory.Scope {
	out := map[string]directory.Scope{}
	for _, e := range m.Effective(h) {
		out[e.Key] = e.Scope
	}
	return out
}
