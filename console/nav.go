package console

import "strings"

// section is an entry of the navigation.
type section struct {
	path, key string
	needs     []string // permissions of which one shows it
}

type area struct {
	key      string
	sections []section
}

// navigation is what stands at the side of every page. Readers see what they may.
var navigation = []area{
	{"nav.overview", []section{
		{"/", "nav.dashboard", dashboardNeeds},
	}},
	{"nav.team", []section{
		{"/people", "nav.people", []string{"users.view"}},
		{"/agent-groups", "nav.agent_groups", groupNeeds},
		{"/work", "nav.work", groupNeeds},
		{"/roles", "nav.roles", roleNeeds},
		{"/profiles", "nav.profiles", roleNeeds},
		{"/statuses", "nav.statuses", []string{"console.tenant.read", "statuses.manage"}},
	}},
	{"nav.directories", []section{
		{"/connections", "nav.connections", []string{"console.connections.read"}},
		{"/rules", "nav.rules", []string{"console.mappings.read"}},
		{"/runs", "nav.runs", []string{"console.runs.read"}},
	}},
	{"nav.tenant", []section{
		{"/audit", "nav.audit", []string{"console.audit.read"}},
		{"/api-keys", "nav.api_keys", apiKeyNeeds},
		{"/seats", "nav.seats", seatNeeds},
		{"/settings", "nav.settings", []string{"settings.view"}},
		{"/sessions", "nav.sessions", []string{"console.users.read"}},
	}},
}

// dashboardNeeds are the permissions of which one shows the dashboard.
var dashboardNeeds = []string{"users.view", "console.tenant.read", "console.connections.read", "console.seats.read"}

// offered are the areas and sections that the reader may see.
func (v *visit) offered() (out []area) {
	for _, a := range navigation {
		shown := area{key: a.key}
		for _, s := range a.sections {
			if v.may(s.needs...) {
				shown.sections = append(shown.sections, s)
			}
		}
		if len(shown.sections) > 0 {
			out = append(out, shown)
		}
	}
	return out
}

// within reports whether the page that is shown belongs to a section.
func (v *visit) within(s section) bool {
	at := v.r.URL.Path
	return at == s.path || s.path != "/" && strings.HasPrefix(at, s.path+"/")
}
