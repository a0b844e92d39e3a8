package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"
)

var personRoutes = slices.Concat([]route{
	{"GET /people/{id}", personNeeds, (*visit).person},
	{"POST /people/{id}", []string{"users.edit"}, (*visit).savePerson},
	{"GET /people/{id}/rights", personNeeds, (*visit).personRights},
	{"POST /people/{id}/rights", givingNeeds, (*visit).givePersonRights},
	{"POST /people/{id}/rights/take", givingNeeds, (*visit).takePersonRight},
	{"POST /people/{id}/holds", []string{"console.holds.manage"}, (*visit).placePersonHold},
	{"POST /people/{id}/holds/{hold}/release", []string{"console.holds.manage"}, (*visit).releasePersonHold},
	{"GET /people/{id}/permissions", []string{"console.users.explain"}, (*visit).personPermissions},
	{"GET /people/{id}/presence", personNeeds, (*visit).personPresence},
	{"POST /people/{id}/status", []string{"status.set_other"}, (*visit).setPersonStatus},
	{"POST /people/{id}/absences", []string{"users.availability.set"}, (*visit).addPersonAbsence},
	{"POST /people/{id}/absences/{absence}/end", []string{"users.availability.set"}, (*visit).endPersonAbsence},
	{"GET /people/{id}/sessions", []string{"console.users.read"}, (*visit).personSessions},
	{"POST /people/{id}/sessions/end", []string{"users.deactivate"}, (*visit).endPersonSessions},
	{"POST /people/{id}/identities/forget", []string{"users.edit"}, (*visit).forgetPersonIdentity},
	{"GET /people/{id}/history", []string{"console.audit.read"}, (*visit).personHistory},
	{"POST /people/{id}/history/undo", []string{"console.runs.undo"}, (*visit).undoPersonChange},
	{"GET /people/{id}/make-owner", []string{"ownership.transfer"}, (*visit).makePersonOwner},
	{"POST /people/{id}/make-owner", []string{"ownership.transfer"}, (*visit).makePersonOwner},
	{"GET /sessions", []string{"console.users.read"}, (*visit).liveSessions},
	{"POST /sessions/end", []string{"users.deactivate"}, (*visit).endLiveSession},
}, backs)

// backs lead whoever comes anew to the address of a form or of a question, as after another language was chosen there, to the
// page that it belongs to.
var backs = []route{
	back("/people/{id}/rights/take", "rights"), back("/people/{id}/holds", "rights"), back("/people/{id}/holds/{hold}/release", "rights"),
	back("/people/{id}/status", "presence"), back("/people/{id}/absences", "presence"), back("/people/{id}/absences/{absence}/end", "presence"),
	back("/people/{id}/sessions/end", "sessions"), back("/people/{id}/identities/forget", "sessions"), back("/people/{id}/history/undo", "history"),
	{"GET /sessions/end", nil, func(v *visit) error { return v.seeOther("/sessions") }},
	{"GET /account/sessions/end", nil, func(v *visit) error { return v.seeOther("/account") }},
}

func back(pattern, tab string) route {
	return route{"GET " + pattern, nil, func(v *visit) error { return v.seeOther(at("people", v.path("id"), tab)) }}
}

var personNeeds = []string{"users.view"}

// personView is somebody, as the API tells them.
type personView struct {
	ID          string          `json:"id"`
	DisplayID   string          `json:"display_id"`
	UserName    string          `json:"user_name"`
	DisplayName string          `json:"display_name"`
	Nickname    string          `json:"nickname"`
	State       string          `json:"state"`
	Seat        string          `json:"seat"`
	SeatPool    string          `json:"seat_pool"`
	SeatHint    string          `json:"seat_hint"`
	Roles       []personRight   `json:"roles"`
	Options     []personRight   `json:"options"`
	Profile     *personRight    `json:"profile"`
	AgentGroups []personRight   `json:"agent_groups"`
	Campaigns   []personRight   `json:"campaigns"`
	Queues      []personRight   `json:"queues"`
	Strategies  []personRight   `json:"strategies"`
	Company     *personRight    `json:"company"`
	Status      string          `json:"status"`
	Absence     *personAbsence  `json:"absence"`
	Eligible    bool            `json:"eligible"`
	Accounts    []personAccount `json:"accounts"`
	Holds       []personHold    `json:"holds"`
	Incomplete  []string        `json:"incomplete"`
	Pending     bool            `json:"pending"`
	CreatedAt   time.Time       `json:"created_at"`
	ModifiedAt  time.Time       `json:"modified_at"`

	Attributes map[string]any    `json:"attributes"`
	Sources    map[string]string `json:"sources"`
}

// personRight is a right of somebody's; of a role the key is told, of the others an id.
type personRight struct {
	Key     string         `json:"key"`
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Kind    string         `json:"kind"` // of an agent group: as what they belong to it
	Role    string         `json:"role"` // of a profile
	Icon    string         `json:"icon"`
	Colour  string         `json:"colour"`
	Origins []personOrigin `json:"origins"`
}

func (r personRight) target() string { return cmp.Or(r.Key, r.ID) }

// byHand reports whether a person gave the right, and byRule whether something else does.
func (r personRight) byHand() bool {
	return slices.ContainsFunc(r.Origins, func(o personOrigin) bool { return o.Kind == "person" })
}

func (r personRight) byRule() bool {
	return slices.ContainsFunc(r.Origins, func(o personOrigin) bool { return o.Kind != "person" })
}

// personOrigin says why a right is there.
type personOrigin struct {
	Kind       string     `json:"kind"` // rule | person | direct
	Rule       string     `json:"rule"`
	Group      string     `json:"group"`
	Connection string     `json:"connection"`
	Run        string     `json:"run"`
	Actor      string     `json:"actor"`
	At         time.Time  `json:"at"`
	HeldUntil  *time.Time `json:"held_until"`
}

// personAccount is what one connection states of somebody.
type personAccount struct {
	Connection string    `json:"connection"`
	ExternalID string    `json:"external_id"`
	UserName   string    `json:"user_name"`
	Active     bool      `json:"active"`
	ModifiedAt time.Time `json:"modified_at"`
}

// personHold is a hold that is in force.
type personHold struct {
	ID      string     `json:"id"`
	Subject string     `json:"subject"`
	Effect  string     `json:"effect"`
	Actor   string     `json:"actor"`
	Value   any        `json:"value"`
	Run     string     `json:"run"`
	Reason  string     `json:"reason"`
	Until   *time.Time `json:"until"`
}

// title is how a page calls somebody.
func (x personView) title() string { return cmp.Or(x.DisplayName, x.UserName, x.DisplayID) }

// path is that of a page about somebody.
func (x personView) path(more ...string) string {
	return at(append([]string{"people", x.ID}, more...)...)
}

func (x personView) gone() bool { return x.State == "deprovisioned" }

// owners are the connections that have an account of somebody; none where this organisation made them.
func (x personView) owners() (out []string) {
	for _, a := range x.Accounts {
		if a.Connection != "" {
			out = append(out, a.Connection)
		}
	}
	return out
}

// role reports whether somebody has a role.
func (x personView) has(role string) bool {
	return slices.ContainsFunc(x.Roles, func(r personRight) bool { return r.Key == role })
}

// who reads the person of the page.
func (v *visit) who() (x personView, err error) {
	err = v.get(at("users", v.path("id")), nil, &x)
	return x, err
}

// personTab is one of the pages about somebody.
type personTab struct {
	part, key string
	needs     []string
}

var personTabs = []personTab{
	{"", "person.tab_overview", personNeeds},
	{"rights", "person.tab_rights", personNeeds},
	{"permissions", "person.tab_permissions", []string{"console.users.explain"}},
	{"presence", "person.tab_presence", personNeeds},
	{"sessions", "person.tab_sessions", []string{"console.users.read"}},
	{"history", "person.tab_history", []string{"console.audit.read"}},
}

func (t personTab) path(x personView) string {
	if t.part == "" {
		return x.path()
	}
	return x.path(t.part)
}

// personQuestion is what is asked before something is done that cannot be taken back by a click.
type personQuestion struct {
	title, text, button string
	facts               []string
	reason              bool // whether one can be written down
	back                string
}

// asked does something after a page that asks whether it shall be. do gets the reason; what it refuses is shown on that page.
func (v *visit) asked(f *form, q personQuestion, do func(reason string) error, then func() error) error {
	page := func(f *form) error { return v.show(personAsking(v, f, q)) }
	if !f.on(confirmed) {
		return page(f)
	}
	if err := do(f.get("reason")); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, page)
	}
	return then()
}

// because is a query with a reason, where there is one.
func because(reason string) url.Values {
	if reason == "" {
		return nil
	}
	return url.Values{"reason": {reason}}
}

// makePersonOwner hands the ownership over, after a page that asks.
func (v *visit) makePersonOwner() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f := blank()
	if v.r.Method == http.MethodPost {
		if f, err = v.form(); err != nil {
			return err
		}
	}
	q := personQuestion{
		title: v.T("person.owner_title", "Name", x.title()), text: v.T("person.owner_text", "Name", x.title()), button: v.T("person.owner_button"),
		reason: true, back: x.path(),
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodPost, at("users", x.ID, "make-owner"), nil, map[string]string{"reason": reason}, nil)
	}, func() error { return v.done(x.path(), "person.owner_done", "Name", x.title()) })
}

// settingsNamed are settings of the tenant as text; none where the reader may not see them.
func (v *visit) settingsNamed(names ...string) (map[string]string, error) {
	values := make([]string, len(names))
	if !v.may("settings.view") {
		return map[string]string{}, nil
	}
	asks := make([]func() error, len(names))
	for i, name := range names {
		asks[i] = func() error {
			var s struct {
				Value any `json:"value"`
			}
			err := v.get(at("settings", name), nil, &s)
			values[i] = v.valueText(s.Value)
			return err
		}
	}
	if err := v.all(asks...); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i, name := range names {
		out[name] = values[i]
	}
	return out, nil
}

// isOff reports whether a setting that is a switch is off.
func isOff(value string) bool { return value == "off" || value == "false" }
