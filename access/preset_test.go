package access

import (
	"strings"
	"testing"

	"rollcall/directory"
)

// The settings of a preset are of the registry, in canonical text, and differ from the default.
func TestSettingsOfPresets(t *testing.T) {
	t.Parallel()
	for _, p := range Presets() {
		for name, value := range p.Settings {
			s, ok := directory.SettingNamed(name)
			if !ok {
				t.Errorf("%s: there is no setting %s", p.ID(), name)
				continue
			}
			got, err := s.Check(value)
			switch {
			case err != nil:
				t.Errorf("%s: %s: %v", p.ID(), name, err)
			case got != value:
				t.Errorf("%s: %s is %q, in canonical text %q", p.ID(), name, value, got)
			case got == s.Default:
				t.Errorf("%s: %s is the default", p.ID(), name)
			}
		}
	}
	if s := presetNamed(t, ""); len(s.Settings) > 0 {
		t.Errorf("the standard preset has the settings %v", s.Settings)
	}
}

// What the presets set, as the table of the model has it.
func TestContradictionsOfThePagesAreSettings(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][5]string{ // 000 … 004
		"invitation.ttl":          {"168h0m0s", "168h0m0s", "168h0m0s", "168h0m0s", "24h0m0s"},                                                        // C-01
		"onboarding.method":       {"set_password_token", "set_password_token", "accept_link", "admin_password", "accept_link,generated_credentials"}, // C-02
		"login.identifiers":       {"email", "email", "email,phone", "username", "email"},                                                             // C-03
		"login.credentials":       {"password", "password", "one_time_code", "password", "password"},                                                  // C-04
		"user.email.mutable":      {"never", "admin", "admin", "directory_only", "user"},                                                              // C-05
		"user.profile.owner":      {"admin", "admin", "admin", "admin", "user"},                                                                       // C-06
		"roles.cardinality":       {"one", "many", "one", "many", "one"},                                                                              // C-07
		"roles.model":             {"custom", "options", "fixed", "groups_grant_rights", "profiles"},                                                  // C-08
		"groups.membership_kinds": {"off", "off", "on", "off", "off"},                                                                                 // C-10
		"groups.type":             {"agent_group", "agent_group", "agent_group", "permission_group", "campaign,queue,strategy"},                       // C-11
		"presence.statuses":       {"on", "off", "off", "off", "off"},                                                                                 // C-12
		"presence.absence":        {"off", "off", "on", "off", "off"},                                                                                 // C-12
		"delete.meaning":          {"soft", "soft", "soft", "soft", "soft"},                                                                           // C-13
		"credentials.reveal":      {"never", "never", "never", "once", "until_first_login"},                                                           // C-14
		"list.hidden_states":      {"deprovisioned", "deprovisioned", "deprovisioned", "deprovisioned", "suspended,deprovisioned"},                    // C-15
		"seats.policy":            {"off", "off", "hard_cap", "off", "metered"},                                                                       // C-16
		"seats.freed_at":          {"suspend", "suspend", "suspend", "suspend", "next_invoice"},                                                       // C-16
		"invitation.channels":     {"email", "email", "email,whatsapp", "email", "email"},                                                             // C-22
		"handoff.required":        {"on", "on", "on", "off", "on"},
		"owner.single":            {"off", "off", "off", "off", "on"},
		"nickname.shown":          {"off", "off", "on", "off", "off"},
		"login.username.pattern":  {"^.+$", "^.+$", "^.+$", "^[A-Za-z0-9]+$", "^.+$"},
		"presence.initial_status": {"offline", "offline", "offline", "offline", "offline"},
		"user.required_fields":    {"email,role", "name.givenName,name.familyName,email,role", "name,email|phone,role", "name,userName,password,role", "email,profile"}, // C-19
	} {
		for i, p := range Presets()[1:] {
			wantSetting(t, p, name, want[i])
		}
	}
}

func TestPresetNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "standard@1", "standard": "standard@1", "call-centre": "call-centre@1", "call-centre@1": "call-centre@1",
	} {
		p, err := PresetNamed(text)
		if err != nil || p.ID() != want {
			t.Errorf("%q is %s, want %s: %v", text, p.ID(), want, err)
		}
	}
	for text, want := range map[string]string{
		"call-center":     `did you mean "call-centre"?`,
		"Standart":        `did you mean "standard"?`,
		"beex":            "there are standard, conversations-basic",
		"@1":              "there are standard",
		"call-centre@":    `no version ""`,
		"call-centre@2":   "this program has call-centre@1",
		"call-centre@one": `no version "one"`,
		"every":           "there is no preset",
		"../catalogue":    "there is no preset",
	} {
		if _, err := PresetNamed(text); directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

// What somebody does to a preset stays theirs.
func TestPresetsAreCopies(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	p.Settings["owner.single"], p.Modules[0].Permissions[0], p.Statuses[0].Key = "off", "x", "x"
	for i := range p.Roles {
		r := &p.Roles[i]
		r.Key = "x"
		r.Permissions[0].Key = "x"
		for j := range r.Options {
			r.Options[j].Permissions[0].Key = "x"
		}
		for j := range r.Modules {
			r.Modules[j].Mode = directory.Denied
		}
	}
	p.SeatPools[0].Policy = directory.HardCap
	q := presetNamed(t, contactCentre)
	wantSetting(t, q, "owner.single", "on")
	agent := roleOf(t, q, "agent")
	if agent.Permissions[0].Key == "x" || agent.Modules[2].Mode == directory.Denied || q.Modules[0].Permissions[0] == "x" ||
		q.Statuses[0].Key == "x" || q.SeatPools[0].Policy != directory.Metered || roleOf(t, q, "owner").Options[0].Permissions[0].Key == "x" {
		t.Error("a preset was changed through a copy of it")
	}
	permissions := Permissions()
	permissions[0].Key, permissions[0].Scopes[0] = "x", "x"
	if got := Permissions()[0]; got.Key == "x" || got.Scopes[0] == "x" {
		t.Error("the catalogue was changed through a copy of it")
	}
}

// What a role's permission reads as is what the files of presets are read from.
func TestPermissionTextIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for _, p := range Presets() {
		for _, r := range p.Roles {
			for _, x := range r.Permissions {
				if got, err := parsePermission(x.Key, PermissionText(x)); err != nil || got != x {
					t.Errorf("%q is read as %+v, want %+v: %v", PermissionText(x), got, x, err)
				}
			}
		}
	}
	for _, text := range []string{"", "maybe", "yes all", "forced", "own group all", "by membership sometimes", "by", "granted own"} {
		if p, err := parsePermission("conversations.view", text); err == nil {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}
