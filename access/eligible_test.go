package access

import (
	"slices"
	"testing"

	"rollcall/directory"
)

// standing is a holder who lacks nothing.
func standing(h Holder) Standing {
	return Standing{
		Holder: h, Seat: directory.SeatHeld, StatusKnown: true, Extension: true,
		Status: directory.Status{Key: "online", Name: "Online", Receives: true, Active: true},
	}
}

func codes(reasons []Reason) []string {
	out := []string{}
	for _, r := range reasons {
		out = append(out, r.Code)
	}
	return out
}

// eligibility is one line of the table: what is changed of somebody who lacks nothing, and the reasons.
type eligibility struct {
	row     string
	change  func(s *Standing, g *directory.WorkGroup)
	channel string
	want    []string
}

func testEligibility(t *testing.T, m *Model, h Holder, list []eligibility) {
	t.Helper()
	for _, x := range list {
		t.Run(x.row, func(t *testing.T) {
			t.Helper()
			s, g := standing(h), agentGroup(billing, "Billing", directory.VisibleTeam)
			if x.change != nil {
				x.change(&s, &g)
			}
			got := m.Eligible(s, g, x.channel)
			if !slices.Equal(codes(got), x.want) && len(codes(got))+len(x.want) > 0 {
				t.Errorf("%v, want %v", got, x.want)
			}
			for _, r := range got {
				if r.Text == "" {
					t.Errorf("%s says nothing", r.Code)
				}
			}
		})
	}
}

// Every false term of the formula is a reason.
func TestEligible(t *testing.T) {
	t.Parallel()
	type S = Standing
	type G = directory.WorkGroup
	testEligibility(t, tenantOf(t, "whatsapp-team"), ana("attendant").as(directory.AsUser, billing), []eligibility{
		{"002-28 lacks nothing", nil, "", nil},
		{"state suspended", func(s *S, _ *G) { s.State = directory.Suspended }, "", []string{"state"}},
		{"state pending", func(s *S, _ *G) { s.State = directory.Pending }, "", []string{"state"}},
		{"state unknown", func(s *S, _ *G) { s.State = "" }, "", []string{"state"}},
		{"002-02 no seat", func(s *S, _ *G) { s.Seat = directory.SeatBlocked }, "", []string{"seat"}},
		{"seat none", func(s *S, _ *G) { s.Seat = directory.SeatNone }, "", []string{"seat"}},
		{"seat unknown", func(s *S, _ *G) { s.Seat = "" }, "", []string{"seat"}},
		{"seat exempt", func(s *S, _ *G) { s.Seat = directory.SeatExempt }, "", nil},
		{"000-29 status receives nothing", func(s *S, _ *G) { s.Status.Receives = false }, "", []string{"status"}},
		{"000-30 status switched off", func(s *S, _ *G) { s.Status.Active = false }, "", []string{"status_inactive"}},
		{"000-32 status unknown", func(s *S, _ *G) { s.StatusKnown = false }, "", []string{"status"}},
		{"002-20 absent", func(s *S, _ *G) { s.Absent = true }, "", []string{"absence"}},
		{"incomplete", func(s *S, _ *G) { s.Incomplete = []string{"role", "email"} }, "", []string{"incomplete"}},
		{"no member", func(s *S, _ *G) { s.Memberships = nil }, "", []string{"membership", "permission"}},
		{"002-29 supervisor", func(s *S, _ *G) { s.Memberships = []Membership{{billing, directory.AsSupervisor}} }, "", []string{"membership", "permission"}},
		{"002-31 both", func(s *S, _ *G) { s.Memberships = []Membership{{billing, directory.AsBoth}} }, "", nil},
		{"002-31 both, apart", func(s *S, _ *G) {
			s.Memberships = []Membership{{billing, directory.AsSupervisor}, {billing, directory.AsUser}}
		}, "", nil},
		{"002-28 distribution off", func(_ *S, g *G) { g.Distribution = false }, "", []string{"distribution"}},
		{"archived", func(_ *S, g *G) { g.Archived = true }, "", []string{"archived"}},
		{"no such permission", func(s *S, _ *G) { s.Roles = nil }, "", []string{"permission"}},
		{"channel", func(_ *S, g *G) { g.Channels = []string{"chat", "email"} }, "chat", nil},
		{"other channel", func(_ *S, g *G) { g.Channels = []string{"chat", "email"} }, "voice", []string{"distribution"}},
		{"003-12 voice", nil, "voice", nil},
		{"003-12 voice without an extension", func(s *S, _ *G) { s.Extension = false }, "voice", []string{"extension"}},
		{"003-12 chat without an extension", func(s *S, _ *G) { s.Extension = false }, "chat", nil},
		{"everything", func(s *S, g *G) {
			*s = Standing{Absent: true, Incomplete: []string{"role"}}
			g.Distribution, g.Archived = false, true
		}, "voice", []string{"state", "seat", "status", "absence", "incomplete", "membership", "archived", "distribution", "permission", "extension"}},
	})
}

// An agent group is a target for its members, and for nobody else (001-31); administrators take no part (002-29).
func TestEligibleByRole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row, preset, role string
		want              bool
	}{
		{"000-32", "conversations-basic", "agent", true},
		{"000-32", "conversations-basic", "supervisor", false},
		{"001-31", "commerce-chat", "conversation_agent", true},
		{"001-24", "commerce-chat", "order_payment_administrator", false},
		{"002-28", "whatsapp-team", "restricted_attendant", true},
		{"003-01", "call-centre", "operator", true},
		{"003-02", "call-centre", "interface_user", false},
		{"004-09", contactCentre, "agent", true},
		{"004-15", contactCentre, "administrator", false},
		{"", "", "agent", true},
		{"", "", "administrator", false},
	} {
		m := tenantOf(t, c.preset)
		g := agentGroup(billing, "Billing", directory.VisibleTeam)
		got := m.Eligible(standing(ana(c.role).as(directory.AsUser, billing)), g, "chat")
		if (len(got) == 0) != c.want {
			t.Errorf("%s %s, role %s: %v", c.row, c.preset, c.role, got)
		}
		if got := m.Eligible(standing(ana(c.role)), g, "chat"); !slices.Contains(codes(got), ReasonMembership) {
			t.Errorf("%s %s, role %s, no member: %v", c.row, c.preset, c.role, got)
		}
	}
}

// Queues, campaigns and strategies have their people by assignment (004-50, 004-53).
func TestEligibleForGroupsOfWork(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, contactCentre, withProfile(profileOf(t, "administrator", "module.workspace")))
	queue := directory.WorkGroup{ID: "q1", Kind: directory.QueueWork, Name: "Claims"}
	strategy := directory.WorkGroup{ID: "s1", Kind: directory.StrategyWork, Name: "Renewals"}
	for _, c := range []struct {
		who  Holder
		g    directory.WorkGroup
		want []string
	}{
		{ana("agent").working("q1", "s1"), queue, nil},
		{ana("agent").working("q1", "s1"), strategy, nil},
		{ana("agent").working("s1"), queue, []string{"membership"}},
		{ana("administrator").working("q1", "s1"), strategy, []string{"permission"}},
		{ana("administrator").working("q1", "s1").profiled("profile"), strategy, nil},
		{ana("administrator").working("q1", "s1").profiled("profile"), queue, nil},
		{ana("owner").working("s1"), strategy, []string{"permission"}},
		{ana("owner").working("s1").with("owner:agent_mode"), strategy, nil},
		{ana("agent"), directory.WorkGroup{}, []string{"membership"}},
	} {
		if got := m.Eligible(standing(c.who), c.g, ""); !slices.Equal(codes(got), c.want) && len(got)+len(c.want) > 0 {
			t.Errorf("%v in %s: %v, want %v", c.who.Roles, c.g.Name, got, c.want)
		}
	}
}
