package console

import "slices"

// peopleChoices are what people can have in this tenant, as far as the reader may know it.
type peopleChoices struct {
	settings    peopleSettings
	roles       []roleChoice
	profiles    []profileChoice
	groups      []workChoice
	campaigns   []workChoice
	queues      []workChoice
	strategies  []workChoice
	companies   []labelled
	statuses    []status
	connections []labelled
}

type roleChoice struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Kind        string `json:"kind"`
	Owner       bool   `json:"owner"`
	Options     []struct {
		Key  string `json:"key"`
		Name string `json:"name"`
	} `json:"options"`
}

type profileChoice struct {
	labelled

	Role     string `json:"role"`
	Archived bool   `json:"archived"`
}

type workChoice struct {
	labelled

	Archived bool `json:"archived"`
}

// load asks for everything by which lists are narrowed, as far as the tenant uses it. A list that follows as one types takes
// the place of another one whose filters stand: it needs no more than its columns do.
func (c *peopleChoices) load(v *visit) error {
	if err := c.settings.load(v); err != nil {
		return err
	}
	asks := []func() error{
		func() (err error) { c.statuses, err = permitted[status](v, "/statuses"); return err },
	}
	if !byScript(v.r) {
		asks = append(asks,
			func() (err error) { c.roles, err = permitted[roleChoice](v, "/roles"); return err },
			func() (err error) { c.connections, err = permitted[labelled](v, "/connections"); return err },
		)
		for _, x := range []struct {
			setting, word, path string
			into                func(string) error
		}{
			{"roles.model", "profiles", "/profiles", func(path string) (err error) { c.profiles, err = permitted[profileChoice](v, path); return err }},
			{"groups.type", "agent_group", "/agent-groups", func(path string) (err error) { c.groups, err = permitted[workChoice](v, path); return err }},
			{"groups.type", "campaign", "/campaigns", func(path string) (err error) { c.campaigns, err = permitted[workChoice](v, path); return err }},
		} {
			if !c.settings.known() || c.settings.has(x.setting, x.word) {
				asks = append(asks, func() error { return x.into(x.path) })
			}
		}
	}
	return v.all(asks...)
}

// loadWork asks for what people are put to work at, besides.
func (c *peopleChoices) loadWork(v *visit) error {
	return v.all(
		func() error { return c.load(v) },
		func() (err error) { c.queues, err = permitted[workChoice](v, "/queues"); return err },
		func() (err error) { c.strategies, err = permitted[workChoice](v, "/strategies"); return err },
		func() (err error) { c.companies, err = permitted[labelled](v, "/companies"); return err },
	)
}

// permitted is a list of the configuration, or none where the reader may not see it.
func permitted[T any](v *visit, path string) ([]T, error) {
	list, err := whole[T](v, path, nil)
	if p := asProblem(err); p != nil && p.Slug == "missing-permission" {
		return nil, nil
	}
	return list, err
}

// peopleSettings are the tenant's settings; empty where the reader may not see them.
type peopleSettings map[string]any

func (s *peopleSettings) load(v *visit) error {
	type setting struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	}
	list, err := permitted[setting](v, "/settings")
	*s = peopleSettings{}
	for _, x := range list {
		(*s)[x.Name] = x.Value
	}
	return err
}

// known reports whether the reader may see the settings at all.
func (s peopleSettings) known() bool { return len(s) > 0 }

func (s peopleSettings) text(name string) string {
	text, _ := s[name].(string)
	return text
}

func (s peopleSettings) on(name string) bool { return s[name] == true }

// words are the values of a setting that is a list.
func (s peopleSettings) words(name string) (out []string) {
	list, _ := s[name].([]any)
	for _, x := range list {
		if word, ok := x.(string); ok {
			out = append(out, word)
		}
	}
	return out
}

func (s peopleSettings) has(name, word string) bool { return slices.Contains(s.words(name), word) }

// The list's columns are those of what the tenant uses; what somebody on the page has is always shown.

func (l *peopleList) any(has func(listed) bool) bool { return slices.ContainsFunc(l.Items, has) }

func (l *peopleList) withProfiles() bool {
	return l.choices.settings.has("roles.model", "profiles") || l.any(func(x listed) bool { return x.Profile != nil })
}

func (l *peopleList) withGroups() bool {
	return l.choices.settings.has("groups.type", "agent_group") || l.any(func(x listed) bool { return len(x.AgentGroups) > 0 })
}

func (l *peopleList) withWork() bool {
	return l.choices.withWork() || l.any(func(x listed) bool {
		return x.Company != nil || len(x.Campaigns)+len(x.Queues)+len(x.Strategies) > 0
	})
}

func (l *peopleList) withSeats() bool {
	policy := l.choices.settings.text("seats.policy")
	return policy != "" && policy != "off" || l.any(func(x listed) bool { return x.Seat == "held" || x.Seat == "blocked_no_seat" })
}

func (c *peopleChoices) withWork() bool {
	return slices.ContainsFunc([]string{"campaign", "queue", "strategy"}, func(kind string) bool { return c.settings.has("groups.type", kind) })
}

// rolesLabel is what the tenant calls roles: user groups, where those hold the rights (003-06, 003-11).
func (c *peopleChoices) rolesLabel(v *visit) string {
	switch {
	case c.settings.has("roles.model", "groups_grant_rights"):
		return v.T("people.user_groups")
	case c.settings.text("roles.cardinality") == "many":
		return v.T("people.roles")
	default:
		return v.T("people.role")
	}
}

// statusName is a presence status in its words.
func (c *peopleChoices) statusName(key string) string {
	if i := slices.IndexFunc(c.statuses, func(s status) bool { return s.Key == key }); i >= 0 {
		return c.statuses[i].Name
	}
	return key
}

// optionsOf makes choices of things; what is archived is left out.
func optionsOf[T any](list []T, of func(T) (option, bool)) (out []option) {
	for _, x := range list {
		if o, ok := of(x); ok {
			out = append(out, o)
		}
	}
	return out
}

func profileOption(p profileChoice) (option, bool) {
	return option{Value: p.ID, Text: p.Name}, !p.Archived
}

func workOption(w workChoice) (option, bool) { return option{Value: w.ID, Text: w.Name}, !w.Archived }

func statusOption(s status) (option, bool)       { return option{Value: s.Key, Text: s.Name}, s.Active }
func companyOption(x labelled) (option, bool)    { return option{Value: x.ID, Text: x.Name}, true }
func connectionOption(x labelled) (option, bool) { return option{Value: x.Name, Text: x.Name}, true }

// assignable are the roles that can be given here: the owner's passes on by a transfer alone, the console's own roles are for
// keys and sign-in, and those of memberships come with them.
func assignable(r roleChoice) (option, bool) {
	o := option{Value: r.Key, Text: r.Name, Hint: r.Description}
	return o, !r.Owner && r.Kind != "membership" && r.Kind != "console"
}

// othersRole are the roles that cannot be given here, and that people can have nevertheless.
func othersRole(r roleChoice) (option, bool) {
	o, here := assignable(r)
	return o, !here && r.Kind != "membership"
}

// mostOptions is how many choices a list has to choose from; of more, one writes the name.
const mostOptions = 300

// filter is a field of the form above the list.
func (v *visit) filter(name, label string, options []option) field {
	if len(options) > mostOptions {
		return field{Name: name, Label: label, Hint: v.T("people.filter_by_name")}
	}
	return field{Name: name, Label: label, Kind: "select", Options: slices.Concat([]option{{Text: v.T("common.all")}}, options)}
}

// filters are the fields above the list: those for which the tenant has anything to choose.
func (l *peopleList) filters(v *visit) (out []field) {
	c := l.choices
	states := []option{
		{Value: "", Text: v.T("people.state_usual")},
		{Value: "active", Text: v.T("people.state_active")},
		{Value: "pending", Text: v.T("people.state_pending")},
		{Value: "suspended", Text: v.T("people.state_suspended")},
		{Value: "deprovisioned", Text: v.T("people.state_deprovisioned")},
		{Value: "active,pending,suspended,deprovisioned", Text: v.T("people.state_every")},
	}
	out = append(out, field{Name: "state", Label: v.T("people.state"), Kind: "select", Options: states})
	add := func(name, label string, options []option) {
		if len(options) > 0 || l.query.Get(name) != "" {
			out = append(out, v.filter(name, label, options))
		}
	}
	add("role", c.rolesLabel(v), slices.Concat(optionsOf(c.roles, assignable), optionsOf(c.roles, othersRole)))
	add("profile", v.T("people.profile"), optionsOf(c.profiles, profileOption))
	add("agent_group", v.T("people.agent_group"), optionsOf(c.groups, workOption))
	add("campaign", v.T("people.campaign"), optionsOf(c.campaigns, workOption))
	connections := optionsOf(c.connections, connectionOption)
	if len(connections) > 0 {
		connections = append(connections, option{Value: "local", Text: v.T("people.nobodys")})
	}
	add("connection", v.T("people.connection"), connections)
	add("status", v.T("people.status"), optionsOf(c.statuses, func(s status) (option, bool) { return option{Value: s.Key, Text: s.Name}, true }))
	if l.withSeats() || l.query.Get("seat") != "" {
		out = append(out, v.filter("seat", v.T("people.seat"), []option{
			{Value: "held", Text: v.T("people.seat_held")},
			{Value: "blocked_no_seat", Text: v.T("people.seat_blocked_no_seat")},
			{Value: "none", Text: v.T("people.seat_none")},
			{Value: "exempt", Text: v.T("people.seat_exempt")},
		}))
	}
	return out
}

// asked is the question as the form above the list has it.
func (l *peopleList) asked() *form { return &form{values: l.query, faults: map[string]string{}} }

// stateBadge is the colour of a state.
func stateBadge(state string) string {
	switch state {
	case "active":
		return "good"
	case "pending":
		return "wait"
	case "deprovisioned":
		return "bad"
	default:
		return "plain"
	}
}

// mostBulk is how many people one edit may concern, as the API has it.
const mostBulk = 10_000

// everybody is how many the search finds, where they are more than are shown and may be edited at once.
func (l *peopleList) everybody() int {
	if l.Total == nil || *l.Total <= len(l.Items) {
		return 0
	}
	return *l.Total
}

// noBulk leads whoever comes to the address without a choice of people back to the list.
func (v *visit) noBulk() error { return v.seeOther("/people") }
