package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var peopleRoutes = []route{
	{"GET /people", peopleNeeds, (*visit).people},
	{"GET /people.csv", []string{"users.export"}, (*visit).downloadPeople},
	{"GET /people/new", []string{"users.create"}, (*visit).newPerson},
	{"POST /people/new", []string{"users.create"}, (*visit).createPerson},
	{"GET /people/bulk", peopleNeeds, (*visit).noBulk},
	{"POST /people/bulk", bulkNeeds, (*visit).bulk},
	{"GET /people/{id}/suspend", []string{"users.deactivate"}, (*visit).suspendPerson},
	{"POST /people/{id}/suspend", []string{"users.deactivate"}, (*visit).suspendPerson},
	{"GET /people/{id}/resume", []string{"users.reactivate"}, (*visit).resumePerson},
	{"POST /people/{id}/resume", []string{"users.reactivate"}, (*visit).resumePerson},
	{"GET /people/{id}/delete", []string{"users.delete"}, (*visit).deletePerson},
	{"POST /people/{id}/delete", []string{"users.delete"}, (*visit).deletePerson},
}

var peopleNeeds = []string{"users.view"}

// labelled is what has an id and a name.
type labelled struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// listed is somebody as the list shows them.
type listed struct {
	ID          string `json:"id"`
	DisplayID   string `json:"display_id"`
	UserName    string `json:"user_name"`
	DisplayName string `json:"display_name"`
	State       string `json:"state"` // pending | active | suspended | deprovisioned
	Seat        string `json:"seat"`  // exempt | none | held | blocked_no_seat
	SeatHint    string `json:"seat_hint"`
	Extension   string `json:"extension"`
	Status      string `json:"status"`
	Roles       []struct {
		Key  string `json:"key"`
		Name string `json:"name"`
	} `json:"roles"`
	Profile *struct {
		labelled

		Icon   string `json:"icon"`
		Colour string `json:"colour"`
	} `json:"profile"`
	AgentGroups []struct {
		labelled

		Kind string `json:"kind"`
	} `json:"agent_groups"`
	Campaigns  []labelled `json:"campaigns"`
	Queues     []labelled `json:"queues"`
	Strategies []labelled `json:"strategies"`
	Company    *labelled  `json:"company"`
	Absence    *struct{}  `json:"absence"`
	Incomplete []string   `json:"incomplete"`
	Accounts   []struct {
		Connection string `json:"connection"` // empty for an account that no connection owns
	} `json:"accounts"`
	Holds []struct {
		Subject string `json:"subject"`
		Effect  string `json:"effect"`
	} `json:"holds"`
	Attributes struct {
		Emails []struct {
			Value   string `json:"value"`
			Primary bool   `json:"primary"`
		} `json:"emails"`
	} `json:"attributes"`
}

// name is what the list calls somebody.
func (x listed) name() string {
	if x.DisplayName != "" {
		return x.DisplayName
	}
	return x.UserName
}

// contacts are userName and primary e-mail address, where they are not the name or one another.
func (x listed) contacts() (out []string) {
	mail := ""
	for _, e := range x.Attributes.Emails {
		if mail == "" || e.Primary {
			mail = e.Value
		}
	}
	for _, text := range []string{x.UserName, mail} {
		if text != "" && text != x.name() && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, text) }) {
			out = append(out, text)
		}
	}
	return out
}

// suspendedHere reports whether a person suspended them, and not a directory: that can be ended here.
func (x listed) suspendedHere() bool {
	for _, h := range x.Holds {
		if h.Subject == "state" && h.Effect == "deny" {
			return true
		}
	}
	return false
}

// deletable reports whether no connection owns them: whom one owns, its directory deletes.
func (x listed) deletable() bool {
	for _, a := range x.Accounts {
		if a.Connection != "" {
			return false
		}
	}
	return x.State != "deprovisioned"
}

// drawingClass is the class of a profile's icon (row 004-22): orange for agents, sky blue for administrators.
func drawingClass(colour string) string {
	switch colour {
	case "orange":
		return "icon-agent"
	case "sky_blue", "sky-blue", "sky blue":
		return "icon-admin"
	default:
		return ""
	}
}

// peopleFilters are the questions that the list passes on to the API, by their names there.
var peopleFilters = []string{"search", "state", "role", "profile", "agent_group", "campaign", "connection", "status", "seat", "sort", "order"}

// peopleQuery is the question of an address, without what it does not ask.
func peopleQuery(from url.Values) url.Values {
	out := url.Values{}
	for _, name := range peopleFilters {
		if value := strings.TrimSpace(from.Get(name)); value != "" {
			out.Set(name, value)
		}
	}
	return out
}

// peopleList is a page of the list.
type peopleList struct {
	page[listed]

	choices *peopleChoices
	query   url.Values // without the place
	odd     *problem   // what is wrong about the question
}

// said is what the list has, in few words.
func (l *peopleList) said(v *visit) string {
	switch {
	case l.odd != nil:
		return v.T("people.odd")
	case len(l.Items) == 0 && l.Next == "" && l.filtered():
		return v.T("people.nobody_found")
	case l.Total != nil:
		return v.count("people.total", *l.Total)
	}
	return v.T("people.part")
}

// filtered reports whether the list shows a part.
func (l *peopleList) filtered() bool {
	for name := range l.query {
		if name != "sort" && name != "order" {
			return true
		}
	}
	return false
}

// people lists them (rows 001-01, 004-01, 004-47 … 004-51).
func (v *visit) people() error {
	l := &peopleList{choices: &peopleChoices{}, query: peopleQuery(v.r.URL.Query())}
	err := v.all(func() error {
		err := v.peoplePage(l)
		if p := asProblem(err); p != nil && (p.Status == http.StatusNotFound || p.Status == http.StatusUnprocessableEntity) {
			l.odd, v.status = p, http.StatusUnprocessableEntity
			return nil
		}
		return err
	}, func() error { return l.choices.load(v) })
	if err != nil {
		return err
	}
	return v.show(peoplePage(v, l))
}

// A reader who may see a part of the people finds pages of which the others are left out. So that they do not leaf through
// empty ones, several of the API's make one.
const (
	peopleAtOnce  = 50
	partAtOnce    = "500"
	partMostPages = 10
)

// peoplePage asks for one page.
func (v *visit) peoplePage(l *peopleList) error {
	q := with(l.query, "limit", "50")
	if at := v.query("cursor"); at != "" {
		q.Set("cursor", at)
	}
	if err := v.get("/users", q, &l.page); err != nil || l.Total != nil {
		return err
	}
	for range partMostPages {
		if l.Next == "" || len(l.Items) >= peopleAtOnce {
			return nil
		}
		var more page[listed]
		q.Set("cursor", l.Next)
		q.Set("limit", partAtOnce)
		if err := v.get("/users", q, &more); err != nil {
			return err
		}
		l.Items, l.Next = append(l.Items, more.Items...), more.Next
	}
	return nil
}

// downloadPeople sends the list, with its filters, as a file for spreadsheets (row 004-61).
func (v *visit) downloadPeople() error {
	return v.download("/users.csv", with(peopleQuery(v.r.URL.Query()), "spreadsheet", "true"), "users.csv")
}

// sorted is the address of the list sorted by something else, or the other way round.
func (v *visit) sorted(by string) string {
	order := ""
	if v.sortedBy(by) == "ascending" {
		order = "desc"
	}
	return v.here("sort", by, "order", order, "cursor", "")
}

// sortedBy says how the list is sorted by a column, as the attribute aria-sort has it.
func (v *visit) sortedBy(by string) string {
	is := v.query("sort")
	switch {
	case is != by && (is != "" || by != "name"):
		return "none"
	case v.query("order") == "desc":
		return "descending"
	default:
		return "ascending"
	}
}

// mayEverybody reports whether the reader has a permission for the whole tenant, as what is done to many needs it.
func (v *visit) mayEverybody(permission string) bool {
	for _, p := range v.me.Permissions {
		if p.Key == permission && (p.Scope == "all" || p.Scope == "none") {
			return true
		}
	}
	return false
}

// kept are the parts of the question that the form above the list has no field for.
func (l *peopleList) kept() (out []pair) {
	for _, name := range []string{"sort", "order"} {
		if value := l.query.Get(name); value != "" {
			out = append(out, pair{name, value})
		}
	}
	return out
}

// file is where the list is downloaded, as it is asked for.
func (l *peopleList) file() string {
	if len(l.query) == 0 {
		return "/people.csv"
	}
	return "/people.csv?" + l.query.Encode()
}

// rowAction is something to do to one person of the list.
type rowAction struct{ path, text, label, class string }

// actionsFor are what the reader may do to somebody, and what is possible.
func (v *visit) actionsFor(x listed) (out []rowAction) {
	back := "?return=" + url.QueryEscape(v.r.URL.RequestURI())
	add := func(path, text, label, class string) {
		out = append(out, rowAction{path, text, v.T(label, "Name", x.name()), class})
	}
	if v.may("users.edit", "users.profile.assign", "users.role.assign") && x.State != "deprovisioned" {
		add(at("people", x.ID), v.T("common.edit"), "people.edit_one", "")
	}
	if v.may("users.deactivate") && (x.State == "active" || x.State == "pending") {
		add(at("people", x.ID, "suspend")+back, v.T("people.suspend"), "people.suspend_one", "")
	}
	if v.may("users.reactivate") && x.State == "suspended" && x.suspendedHere() {
		add(at("people", x.ID, "resume")+back, v.T("people.resume"), "people.resume_one", "")
	}
	if v.may("users.delete") && x.deletable() {
		add(at("people", x.ID, "delete")+back, v.T("common.delete"), "people.delete_one", "warning")
	}
	return out
}

// joined are several lists as one.
func joined(lists ...[]labelled) []labelled { return slices.Concat(lists...) }

// fieldsText names fields that somebody lacks; of alternatives, all.
func fieldsText(v *visit, fields []string) string {
	words := make([]string, len(fields))
	for i, item := range fields {
		var either []string
		for field := range strings.SplitSeq(item, "|") {
			either = append(either, v.Either("people.field_"+strings.NewReplacer(".", "_").Replace(field), field))
		}
		words[i] = strings.Join(either, " / ")
	}
	return v.List(words)
}
