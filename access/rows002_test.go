package access

import (
	"slices"
	"testing"

	"rollcall/directory"
)

func TestRow002_01To10WhoThereIs(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "whatsapp-team")
	wantRoles(t, p, "administrator", "attendant", "restricted_attendant") // 002-10
	wantSetting(t, p, "roles.cardinality", "one")                         // 002-10
	wantSetting(t, p, "roles.model", "fixed")                             // 002-10
	wantSetting(t, p, "user.required_fields", "name,email|phone,role")    // 002-03, 002-05
	wantSetting(t, p, "login.identifiers", "email,phone")                 // 002-09
	wantSetting(t, p, "nickname.shown", "on")                             // 002-07
	wantSetting(t, p, "seats.policy", "hard_cap")                         // 002-02
	wantSetting(t, p, "presence.absence", "on")                           // 002-19
	wantSetting(t, p, "groups.membership_kinds", "on")                    // 002-21
	wantSetting(t, p, "invitation.channels", "email,whatsapp")            // 002-30, 002-32
	if len(p.SeatPools) != 1 || p.SeatPools[0].Policy != directory.HardCap || p.SeatPools[0].Contact == "" {
		t.Errorf("002-02: a pool with a hard cap that says whom to ask: %+v", p.SeatPools)
	}
	m := tenantOf(t, p.Name)
	for _, role := range platformRoles(p) {
		asks(t, m, every("002-01", ana(role), anything, role == "administrator", "users.create", "users.import_csv"))
	}
}

func TestRow002_11To16TheThreeAccessProfiles(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team")
	administrator := ana("administrator")
	attendant := ana("attendant").as(directory.AsUser, billing)
	restricted := ana("restricted_attendant").as(directory.AsUser, billing)
	asks(t, m, slices.Concat(
		every("002-11", administrator, othersInSupport, true, "conversations.view", "conversations.history.view", "conversations.reply",
			"conversations.transfer", "conversations.assign", "contacts.edit"),
		every("002-11", administrator, anything, true, "settings.manage", "settings.view", "users.create", "groups.manage"),
		every("002-12", attendant, anything, true, "settings.view", "metrics.view"),
		every("002-12", attendant, anything, false, "settings.manage", "users.create", "groups.manage"),
		every("002-12", attendant, othersInBilling, true, "conversations.view", "conversations.history.view"),
		every("002-12", attendant, othersInSupport, false, "conversations.view", "conversations.history.view", "conversations.reply"),
		every("002-12", attendant, hersInBilling, true, "conversations.reply"),
		every("002-13", restricted, anything, false, keysOf("contacts", "reports", "settings", "orders", "voice", "work", "console")...),
		every("002-13", restricted, anything, false, "tags.manage", "templates.manage", "users.view"),
		every("002-13", restricted, anything, true, "conversations.access"),
		every("002-14", restricted, othersInBilling, false, "conversations.view", "conversations.reply"),
		every("002-14", restricted, hersInBilling, true, "conversations.view", "conversations.reply"),
		every("002-15", restricted, hers, false, keysOf("contacts")...),
		every("002-16", restricted, hers, true, "conversations.history.view"),
		every("002-16", restricted, othersInBilling, false, "conversations.history.view"),
		// However they belong to the group, a restricted attendant reaches their own only.
		every("002-14", restricted.as(directory.AsSupervisor, billing), othersInBilling, false, "conversations.view", "conversations.reply", "conversations.transfer", "conversations.assign"),
		every("002-14", restricted.as(directory.AsSupervisor, billing), hersInBilling, true, "conversations.reply"),
	))
}

func TestRow002_19To21AbsenceAndKinds(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "whatsapp-team")
	m := tenantOf(t, p.Name)
	asks(t, m, []ask{
		{"002-19", ana("administrator"), "users.availability.set", anything, true},
		{"002-19", ana("attendant"), "users.availability.set", anything, false},
		{"002-21", ana("administrator"), "groups.members.manage", anything, true},
		{"002-21", ana("attendant").as(directory.AsSupervisor, billing), "groups.members.manage", nobodysBilling, false},
	})
	kinds := 0
	for _, r := range p.Roles {
		if r.Kind == directory.MembershipRole {
			kinds++
		}
	}
	if kinds != 2 {
		t.Errorf("002-21: %d roles for kinds of membership, want user and supervisor", kinds)
	}
}

func TestRow002_22To31UserAndSupervisorOfATeam(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team")
	user := ana("attendant").as(directory.AsUser, billing)
	supervisor := ana("attendant").as(directory.AsSupervisor, billing)
	both := ana("attendant").as(directory.AsBoth, billing)
	separately := user.as(directory.AsSupervisor, billing)
	list := []ask{
		{"002-22", user, "conversations.reply", hersInBilling, true},
		{"002-22", user, "conversations.reply", othersInBilling, false},
		{"002-23", supervisor, "conversations.reply", hersInBilling, true},
		{"002-23", supervisor, "conversations.reply", othersInBilling, true},
		{"002-24", user, "conversations.transfer", hersInBilling, true},
		{"002-24", user, "conversations.transfer", othersInBilling, false},
		{"002-25", supervisor, "conversations.transfer", hersInBilling, true},
		{"002-25", supervisor, "conversations.transfer", othersInBilling, true},
		{"002-25", supervisor, "conversations.transfer", othersInSupport, false},
		{"002-26", user, "conversations.notify_sound", nobodysBilling, true},
		{"002-26", user, "conversations.notify_sound", Resource{AgentGroup: support}, false},
		{"002-27", supervisor, "conversations.notify_sound", nobodysBilling, false},
		{"002-28", user, "conversations.auto_distribution", nobodysBilling, true},
		{"002-29", supervisor, "conversations.auto_distribution", nobodysBilling, false},
		{"002-29", ana("administrator"), "conversations.auto_distribution", anything, false},
	}
	for _, h := range []Holder{both, separately} {
		list = append(list, ask{"002-31", h, "conversations.reply", othersInBilling, true},
			ask{"002-31", h, "conversations.transfer", othersInBilling, true},
			ask{"002-31", h, "conversations.notify_sound", nobodysBilling, true},
			ask{"002-31", h, "conversations.auto_distribution", nobodysBilling, true})
	}
	asks(t, m, list)
}

// In a team whose members see their own only, those as user do; supervisors see the team. A team that sees everything does.
func TestVisibilityOfATeam(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team", func(o *Options) {
		o.AgentGroups = append(o.AgentGroups, agentGroup("ag-shy", "Shy", directory.VisibleAttendant), agentGroup("ag-open", "Open", directory.VisibleAll))
	})
	othersInShy, hersInShy := Resource{Owner: "ben", AgentGroup: "ag-shy"}, Resource{Owner: "ana", AgentGroup: "ag-shy"}
	user := ana("attendant").as(directory.AsUser, "ag-shy")
	asks(t, m, []ask{
		{"002-12", user, "conversations.view", othersInShy, false},
		{"002-12", user, "conversations.view", hersInShy, true},
		{"002-12", user.as(directory.AsSupervisor, "ag-shy"), "conversations.view", othersInShy, true},
		{"002-12", ana("attendant").as(directory.AsUser, "ag-open"), "conversations.view", othersInSupport, true},
		{"002-12", ana("attendant").as(directory.AsUser, "ag-open"), "conversations.reply", othersInSupport, false},
		{"002-14", ana("restricted_attendant").as(directory.AsUser, "ag-open"), "conversations.view", othersInSupport, false},
		{"002-11", ana("administrator"), "conversations.view", othersInShy, true},
	})
}

// Without a preset the kinds of membership add to what the roles of 000 have.
func TestKindsOfMembershipWithoutAPreset(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "")
	agent := ana("agent")
	supervises := agent.as(directory.AsSupervisor, billing)
	asks(t, m, []ask{
		{"002-22", agent, "conversations.reply", hers, true},
		{"002-22", agent.as(directory.AsUser, billing), "conversations.reply", othersInBilling, false},
		{"002-23", supervises, "conversations.reply", othersInBilling, true},
		{"002-23", supervises, "conversations.assign", othersInBilling, true},
		{"002-23", supervises, "conversations.reply", othersInSupport, false},
		{"002-25", supervises, "conversations.transfer", othersInBilling, true},
		{"000-03", ana("supervisor").as(directory.AsUser, billing), "conversations.view", othersInBilling, true},
	})
}
