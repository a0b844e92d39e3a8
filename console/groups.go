package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var groupRoutes = []route{
	{"GET /agent-groups", groupNeeds, (*visit).groups},
	{"GET /agent-groups/new", groupWrites, (*visit).newGroup},
	{"POST /agent-groups/new", groupWrites, (*visit).createGroup},
	{"GET /agent-groups/{id}", groupNeeds, (*visit).viewGroup},
	{"POST /agent-groups/{id}/members", memberWrites, (*visit).addMembers},
	{"POST /agent-groups/{id}/members/remove", memberWrites, (*visit).removeMember},
	{"GET /agent-groups/{id}/edit", groupWrites, (*visit).editGroup},
	{"POST /agent-groups/{id}/edit", groupWrites, (*visit).replaceGroup},
	{"GET /agent-groups/{id}/delete", groupWrites, (*visit).beforeGroupGoes},
	{"POST /agent-groups/{id}/delete", groupWrites, (*visit).deleteGroup},
	{"GET /agent-groups/{id}/eligibility", []string{"users.view"}, (*visit).groupEligibility},
}

var (
	groupNeeds   = []string{"console.tenant.read", "groups.manage"}
	groupWrites  = []string{"groups.manage"}
	memberWrites = []string{"groups.members.manage"}
)

// countedGroups is up to how many groups the list tells how many people are in each: it asks for each of them.
const countedGroups = 30

// offeredPeople is how many people a form offers to choose from.
const offeredPeople = 50

// groupBody is what the API takes of an agent group.
type groupBody struct {
	workBody

	Visibility   string   `json:"visibility,omitempty"`
	Distribution bool     `json:"distribution"`
	Default      bool     `json:"default,omitempty"`
	Channels     []string `json:"channels,omitempty"`
}

// group is an agent group, as the API tells it.
type group struct {
	groupBody

	ID        string `json:"id"`
	ManagedBy string `json:"managed_by"`
	Archived  bool   `json:"archived"`

	people int // -1 where it is not counted
}

// groupDraft is what the form of an agent group is made of.
type groupDraft struct {
	was       group // without an id for a new one
	companies []company
	people    []member // to choose from, for a new one
	more      bool     // there are more of them
}

// groups lists the agent groups (rows 001-31, 001-32).
func (v *visit) groups() error {
	list, err := whole[group](v, "/agent-groups", nil)
	if err != nil {
		return err
	}
	var live, archived []group
	for _, g := range list {
		if g.people = -1; g.Archived {
			archived = append(archived, g)
		} else {
			live = append(live, g)
		}
	}
	if v.may("users.view") && len(live) <= countedGroups {
		var asks []func() error
		for i := range live {
			asks = append(asks, func() error { return v.countPeople(&live[i]) })
		}
		if err := v.all(asks...); err != nil {
			return err
		}
	}
	kinds, known, err := v.settingValues("groups.type")
	if err != nil {
		return err
	}
	return v.show(groupsPage(v, live, archived, !known || slices.Contains(kinds, "agent_group")))
}

// countPeople asks how many people are in a group.
func (v *visit) countPeople(g *group) error {
	n, err := v.peopleOf("agent_group", g.ID)
	g.people = n
	return err
}

// draftedGroup fetches what the form of an agent group needs; id is "" for a new one.
func (v *visit) draftedGroup(id string) (d groupDraft, err error) {
	err = v.all(
		func() (err error) {
			if v.may("console.tenant.read") {
				d.companies, err = whole[company](v, "/companies", nil)
			}
			return err
		},
		func() error {
			if id == "" {
				return nil
			}
			return v.get(at("agent-groups", id), nil, &d.was)
		},
		func() error {
			if id != "" || !v.may("users.view") || !v.may("groups.members.manage") {
				return nil
			}
			var p page[member]
			err := v.get("/users", url.Values{"limit": {"50"}, "sort": {"name"}}, &p)
			d.people, d.more = p.Items, p.Next != ""
			return err
		},
	)
	return d, err
}

func (v *visit) newGroup() error {
	d, err := v.draftedGroup("")
	if err != nil {
		return err
	}
	return v.show(groupForm(v, blank("distribution", "on", "visibility", "team"), d))
}

func (v *visit) editGroup() error {
	d, err := v.draftedGroup(v.path("id"))
	if err != nil {
		return err
	}
	g := d.was
	f := blank("name", g.Name, "description", g.Description, "external_ref", g.ExternalRef, "company", g.Company, "visibility", g.Visibility,
		"channels", strings.Join(g.Channels, ", "))
	tick(f, "distribution", g.Distribution)
	tick(f, "default", g.Default)
	return v.show(groupForm(v, f, d))
}

// words are the parts of a text between commas and spaces.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}

func (v *visit) createGroup() error { return v.putGroup("") }

func (v *visit) replaceGroup() error { return v.putGroup(v.path("id")) }

// putGroup sends what was filled in; a new group gets its people besides (row 001-33).
func (v *visit) putGroup(id string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, err := v.draftedGroup(id)
	if err != nil {
		return err
	}
	x := groupBody{
		workBody:   workBody{f.get("name"), f.get("description"), f.get("external_ref"), f.get("company")},
		Visibility: f.get("visibility"), Distribution: f.on("distribution"), Default: f.on("default"), Channels: words(f.get("channels")),
	}
	again := func(f *form) error {
		v.blameName(f, "agent-groups", x.Name, d.was.ID)
		return v.show(groupForm(v, f, d))
	}
	if x.Name == "" {
		f.faults["name"] = v.T("fault.required")
		return v.again(f, again)
	}
	if id != "" {
		return v.change(f, http.MethodPut, at("agent-groups", d.was.ID), nil, x, v.T("group.edit_title", "Name", d.was.Name),
			func(outcome) error { return v.done(at("agent-groups", d.was.ID), "group.saved", "Name", x.Name) }, again)
	}
	return v.change(f, http.MethodPost, "/agent-groups", nil, x, v.T("group.new"), func(outcome) error { return v.fill(f, x.Name) }, again)
}

// fill puts the people who were chosen into a group that has just been made.
func (v *visit) fill(f *form, name string) error {
	var g group
	if err := v.get(at("agent-groups", name), nil, &g); err != nil {
		return err
	}
	missed := 0
	for _, person := range f.list("people") {
		if err := v.putInto(g.ID, person, ""); err != nil {
			if p := asProblem(err); p == nil || p.Status >= http.StatusInternalServerError {
				return err
			}
			missed++
		}
	}
	if missed > 0 {
		return v.done(at("agent-groups", g.ID), "group.created_partly", "Name", name, "Count", missed)
	}
	return v.done(at("agent-groups", g.ID), "group.created", "Name", name)
}

// blameName says beside the name that another object of its kind has it already.
func (v *visit) blameName(f *form, kind, name, id string) {
	if f.problem == nil || f.problem.Slug != "conflict" || name == "" {
		return
	}
	var same struct {
		ID string `json:"id"`
	}
	if err := v.get(at(kind, name), nil, &same); err == nil && same.ID != id {
		f.faults["name"] = v.T("fault.name_taken")
	}
}

// beforeGroupGoes shows what the archiving of a group does.
func (v *visit) beforeGroupGoes() error {
	var g group
	if err := v.get(at("agent-groups", v.path("id")), nil, &g); err != nil {
		return err
	}
	title, err := v.removalTitle("group.delete_title", "group.delete_people", g.Name, "agent_group", g.ID)
	if err != nil {
		return err
	}
	return v.beforeRemoval(at("agent-groups", g.ID), title)
}

// deleteGroup archives a group, and takes it from whoever is in it.
func (v *visit) deleteGroup() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var g group
	if err := v.get(at("agent-groups", v.path("id")), nil, &g); err != nil {
		return err
	}
	return v.change(f, http.MethodDelete, at("agent-groups", g.ID), absent, nil, v.T("group.delete_title", "Name", g.Name),
		func(outcome) error { return v.done("/agent-groups", "group.deleted", "Name", g.Name) },
		func(f *form) error { return f.problem })
}
