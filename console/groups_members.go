package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// member is somebody who is in an agent group, or could be, as the API tells them.
type member struct {
	ID          string       `json:"id"`
	DisplayID   string       `json:"display_id"`
	UserName    string       `json:"user_name"`
	DisplayName string       `json:"display_name"`
	State       string       `json:"state"`
	Groups      []membership `json:"agent_groups"`
}

// membership is that somebody is in a group, and why.
type membership struct {
	ID      string  `json:"id"`
	Kind    string  `json:"kind"`
	Origins []giver `json:"origins"`
}

// giver is what gave somebody a right.
type giver struct {
	Kind string `json:"kind"` // rule | person | direct
	Rule string `json:"rule"`
}

// name is what people call somebody.
func (m member) name() string {
	if m.DisplayName != "" {
		return m.DisplayName
	}
	return m.UserName
}

// in returns somebody's membership of a group.
func (m member) in(group string) membership {
	if i := slices.IndexFunc(m.Groups, func(x membership) bool { return x.ID == group }); i >= 0 {
		return m.Groups[i]
	}
	return membership{}
}

// byHand reports whether somebody was put into the group by a person, who can take them out again.
func (m membership) byHand() bool {
	return slices.ContainsFunc(m.Origins, func(o giver) bool { return o.Kind == "person" })
}

// rules are the mapping rules that put somebody into the group.
func (m membership) rules() (out []string) {
	for _, o := range m.Origins {
		if o.Kind == "rule" && !slices.Contains(out, o.Rule) {
			out = append(out, o.Rule)
		}
	}
	return out
}

// crew is who is in a group, and who could be.
type crew struct {
	group   group
	people  []member
	next    string
	total   *int
	who     string   // that somebody looks for
	found   []member // by it
	kinds   bool     // people can be in a group as supervisor too (row C-10)
	mayEdit bool
}

// viewGroup shows who is in a group, and as what (row 002-21).
func (v *visit) viewGroup() error {
	c, err := v.crewOf(v.path("id"))
	if err != nil {
		return err
	}
	return v.show(groupPage(v, blank(), c))
}

func (v *visit) crewOf(id string) (c crew, err error) {
	if err := v.get(at("agent-groups", id), nil, &c.group); err != nil {
		return c, err
	}
	c.group.people = -1
	c.who = v.query("who")
	c.mayEdit = v.may("groups.members.manage") && !c.group.Archived
	if !v.may("users.view") {
		return c, nil
	}
	return c, v.all(
		func() error {
			q := url.Values{"agent_group": {c.group.ID}, "limit": {"50"}, "sort": {"name"}}
			if cursor := v.query("cursor"); cursor != "" {
				q.Set("cursor", cursor)
			}
			var p page[member]
			err := v.get("/users", q, &p)
			c.people, c.next, c.total = p.Items, p.Next, p.Total
			return err
		},
		func() error {
			if c.who == "" || !c.mayEdit {
				return nil
			}
			var p page[member]
			err := v.get("/users", url.Values{"search": {c.who}, "limit": {strconv.Itoa(offeredPeople)}, "sort": {"name"}}, &p)
			c.found = p.Items
			return err
		},
		func() error {
			values, known, err := v.settingValues("groups.membership_kinds")
			c.kinds = !known || !slices.Contains(values, "off") && !slices.Contains(values, "false")
			return err
		},
	)
}

// rightsOf names one agent group in a change of somebody's rights.
func rightsOf(group, kind string) map[string]any {
	right := map[string]string{"id": group}
	if kind != "" {
		right["kind"] = kind
	}
	return map[string]any{"agent_groups": []any{right}}
}

// putInto puts somebody into a group by hand.
func (v *visit) putInto(group, person, kind string) error {
	return v.send(http.MethodPost, at("users", person, "rights"), nil, map[string]any{"add": rightsOf(group, kind)}, nil)
}

// addMembers puts people into a group, as user, as supervisor or both (row 002-21).
func (v *visit) addMembers() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.crewOf(v.path("id"))
	if err != nil {
		return err
	}
	chosen := f.list("people")
	if len(chosen) == 0 {
		f.faults["people"] = v.T("group.choose_people")
		return v.again(f, func(f *form) error { return v.show(groupPage(v, f, c)) })
	}
	added := 0
	for _, person := range chosen {
		err := v.putInto(c.group.ID, person, f.get("kind"))
		if err == nil {
			added++
			continue
		}
		if err := f.wrong(v, err); err != nil {
			return err
		}
		if text := f.faults["add"]; text != "" { // as the API calls what is given
			f.faults["kind"] = text
		}
		if c, err = v.crewOf(c.group.ID); err != nil { // some are in it by now
			return err
		}
		return v.again(f, func(f *form) error { return v.show(groupPage(v, f, c)) })
	}
	return v.done(at("agent-groups", c.group.ID), "group.added", "Count", added, "Name", c.group.Name)
}

// removeMember takes somebody out of a group into which they were put by hand.
func (v *visit) removeMember() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var g group
	if err := v.get(at("agent-groups", v.path("id")), nil, &g); err != nil {
		return err
	}
	if err := v.send(http.MethodDelete, at("users", f.get("person"), "rights", "agent_group", g.ID), nil, nil, nil); err != nil {
		return err
	}
	return v.done(at("agent-groups", g.ID), "group.removed", "Name", g.Name)
}

// reading is who of a group receives what is new, and why the others do not, as the API tells it.
type reading struct {
	Channel string `json:"channel"`
	Next    string `json:"next"`
	People  []struct {
		Person     string         `json:"person"`
		DisplayID  string         `json:"display_id"`
		UserName   string         `json:"user_name"`
		Membership string         `json:"membership"`
		Eligible   bool           `json:"eligible"`
		Reasons    []personReason `json:"reasons"`
	} `json:"people"`
}

// groupEligibility shows who of a group receives what is new.
func (v *visit) groupEligibility() error {
	var c crew
	var r reading
	q := url.Values{"limit": {"100"}}
	for _, name := range []string{"channel", "cursor"} {
		if value := v.query(name); value != "" {
			q.Set(name, value)
		}
	}
	err := v.all(
		func() error { return v.get(at("agent-groups", v.path("id")), nil, &c.group) },
		func() error { return v.get(at("agent-groups", v.path("id"), "eligibility"), q, &r) },
	)
	if err != nil {
		return err
	}
	c.group.people = -1
	return v.show(eligibilityPage(v, c, r))
}
