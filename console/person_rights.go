package console

import (
	"net/http"
	"slices"
	"strings"
)

// givingNeeds are the permissions by which somebody gives and takes rights of one kind or another.
var givingNeeds = []string{
	"users.role.assign", "users.options.assign", "users.profile.assign", "groups.members.manage", "console.seats.manage", "users.edit",
	"campaigns.manage", "queues.manage", "strategies.manage",
}

// rightKind is a kind of right: its name at the API, the field under which changes name it, whose choices stand where, and
// what it takes to give one, and to see the choices.
type rightKind struct {
	kind, field string
	list        string
	gives       []string
	sees        string
}

var rightKinds = []rightKind{
	{"role", "roles", "/roles", []string{"users.role.assign"}, "roles.view"},
	{"option", "options", "/roles", []string{"users.options.assign"}, "roles.view"},
	{"profile", "profile", "/profiles", []string{"users.profile.assign"}, "roles.view"},
	{"agent_group", "agent_groups", "/agent-groups", []string{"groups.members.manage"}, "console.tenant.read"},
	{"campaign", "campaigns", "/campaigns", []string{"users.edit", "campaigns.manage"}, "console.tenant.read"},
	{"queue", "queues", "/queues", []string{"users.edit", "queues.manage"}, "console.tenant.read"},
	{"strategy", "strategies", "/strategies", []string{"users.edit", "strategies.manage"}, "console.tenant.read"},
	{"company", "company", "/companies", []string{"users.edit", "users.profile.assign"}, "console.tenant.read"},
	{"seat_pool", "seat_pool", "/seat-pools", []string{"console.seats.manage"}, "console.seats.read"},
}

func kindNamed(kind string) (rightKind, bool) {
	i := slices.IndexFunc(rightKinds, func(k rightKind) bool { return k.kind == kind })
	if i < 0 {
		return rightKind{}, false
	}
	return rightKinds[i], true
}

// has are somebody's rights of a kind.
func (k rightKind) has(x personView) []personRight {
	one := func(r *personRight) []personRight {
		if r == nil {
			return nil
		}
		return []personRight{*r}
	}
	switch k.kind {
	case "role":
		return x.Roles
	case "option":
		return x.Options
	case "profile":
		return one(x.Profile)
	case "agent_group":
		return x.AgentGroups
	case "campaign":
		return x.Campaigns
	case "queue":
		return x.Queues
	case "strategy":
		return x.Strategies
	case "company":
		return one(x.Company)
	default:
		return nil
	}
}

// rolesKnown are the tenant's roles; none where the reader may not see them.
func (v *visit) rolesKnown() ([]roleChoice, error) {
	if !v.may("roles.view") {
		return nil, nil
	}
	return whole[roleChoice](v, "/roles", nil)
}

// choices are what can be given of a kind; nil where the reader may not see them, and then they write a name.
func (v *visit) choices(k rightKind, x personView) ([]option, error) {
	if !v.may(k.sees) {
		return nil, nil
	}
	out := []option{{Value: "", Text: "–"}}
	if k.list == "/roles" {
		roles, err := v.rolesKnown()
		for _, r := range roles {
			if o, ok := assignable(r); ok && k.kind == "role" {
				out = append(out, option{Value: o.Value, Text: o.Text})
			}
			for _, o := range r.Options {
				if k.kind == "option" && x.has(r.Key) {
					out = append(out, option{Value: r.Key + ":" + o.Key, Text: r.Name + ": " + o.Name})
				}
			}
		}
		return out, err
	}
	type choice struct {
		ID       string `json:"id"`
		Key      string `json:"key"`
		Name     string `json:"name"`
		Archived bool   `json:"archived"`
	}
	list, err := whole[choice](v, k.list, nil)
	for _, c := range list {
		if !c.Archived {
			out = append(out, option{Value: c.ID + c.Key, Text: c.Name})
		}
	}
	return out, err
}

// giving is a field of the form by which rights are given.
type giving struct {
	rightKind

	options []option
}

// rightsPage is what the page of somebody's rights shows.
type rightsPage struct {
	givings []giving
	actors  map[string]string
	names   map[string]string // of rights, by kind:target
	kinds   bool              // whether people belong to agent groups as this or that
}

// personRights shows what somebody has, and why (row 000-09, 001-29).
func (v *visit) personRights() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	hold := blank("effect", "deny")
	if subject := v.query("hold"); subject != "" {
		hold.values.Set("subject", subject)
	}
	return v.showRights(x, blank("as", "user"), hold)
}

func (v *visit) showRights(x personView, give, hold *form) error {
	p := rightsPage{names: map[string]string{}}
	var asks []func() error
	if !x.gone() {
		for _, k := range rightKinds {
			if v.may(k.gives...) {
				p.givings = append(p.givings, giving{rightKind: k})
			}
		}
		for i := range p.givings {
			asks = append(asks, func() (err error) {
				p.givings[i].options, err = v.choices(p.givings[i].rightKind, x)
				return err
			})
		}
	}
	var actors []string
	for _, k := range rightKinds {
		actors = append(actors, originActors(k.has(x))...)
		for _, r := range k.has(x) {
			p.names[k.kind+":"+r.target()] = r.Name
		}
	}
	for _, h := range x.Holds {
		actors = append(actors, h.Actor)
	}
	var settings map[string]string
	asks = append(asks,
		func() (err error) { p.actors, err = v.actorWords(actors...); return err },
		func() (err error) { settings, err = v.settingsNamed("groups.membership_kinds"); return err },
	)
	if len(x.Holds) > 0 { // they may be of what somebody does not have
		asks = append(asks, func() error { return v.names(p.names) })
	}
	if err := v.all(asks...); err != nil {
		return err
	}
	p.kinds = !isOff(settings["groups.membership_kinds"])
	p.givings = slices.DeleteFunc(p.givings, func(g giving) bool { return len(g.options) == 1 }) // there are none to give
	for _, g := range p.givings {
		for _, o := range g.options {
			if p.names[g.kind+":"+o.Value] == "" {
				p.names[g.kind+":"+o.Value] = o.Text
			}
		}
	}
	return v.show(personRightsPage(v, x, give, hold, p))
}

// givePersonRights gives what was chosen.
func (v *visit) givePersonRights() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	add := map[string]any{}
	for _, k := range rightKinds {
		target := f.get("give_" + k.kind)
		switch {
		case target == "":
		case k.kind == "agent_group":
			group := map[string]string{"id": target}
			if as := f.get("as"); as != "" && as != "user" {
				group["kind"] = as
			}
			add[k.field] = []any{group}
		case strings.HasSuffix(k.field, "s"):
			add[k.field] = []string{target}
		default:
			add[k.field] = target
		}
	}
	again := func(f *form) error { return v.showRights(x, f, blank("effect", "deny")) }
	if len(add) == 0 {
		f.faults["give"] = v.T("person.nothing_chosen")
		return v.again(f, again)
	}
	body := map[string]any{"add": add, "reason": f.get("reason")}
	if err := v.send(http.MethodPost, at("users", x.ID, "rights"), nil, body, nil); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, again)
	}
	return v.done(x.path("rights"), "person.given", "Name", x.title())
}

// takePersonRight takes a right away that was given by hand, after a page that asks.
func (v *visit) takePersonRight() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	k, known := kindNamed(f.get("kind"))
	i := slices.IndexFunc(k.has(x), func(r personRight) bool { return r.target() == f.get("right") })
	if !known || i < 0 {
		return notFound()
	}
	name := k.has(x)[i].Name
	q := personQuestion{
		title: v.T("person.take_title", "Right", v.T("kind."+k.kind)+" "+name, "Name", x.title()), text: v.T("person.take_text"),
		button: v.T("person.take"), reason: true, back: x.path("rights"),
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodDelete, at("users", x.ID, "rights", k.kind, f.get("right")), because(reason), nil, nil)
	}, func() error { return v.done(x.path("rights"), "person.taken", "Right", name, "Name", x.title()) })
}

// kindsShown are the kinds of rights that a page has something to say of: those that somebody has, and those that the reader
// could give.
func (p rightsPage) kindsShown(x personView) (out []rightKind) {
	for _, k := range rightKinds {
		given := slices.ContainsFunc(p.givings, func(g giving) bool { return g.kind == k.kind })
		if k.kind != "seat_pool" && (given || len(k.has(x)) > 0) {
			out = append(out, k)
		}
	}
	return out
}

// subjects are what a hold can be about: the person's state, and each of their rights.
func (p rightsPage) subjects(v *visit, x personView) []option {
	out := []option{{Value: "state", Text: v.T("person.subject.state")}}
	for _, k := range rightKinds {
		for _, r := range k.has(x) {
			out = append(out, option{Value: k.kind + ":" + r.target(), Text: v.T("person.kind."+k.kind) + ": " + r.Name})
		}
	}
	return append(out, option{Value: "", Text: v.T("person.subject.other")})
}

// subjectText says in words what a hold is about.
func (p rightsPage) subjectText(v *visit, subject string) string {
	kind, target, _ := strings.Cut(subject, ":")
	switch {
	case subject == "state":
		return v.T("person.subject.state")
	case kind == "attribute":
		return v.T("person.subject.attribute", "Name", target)
	}
	if _, known := kindNamed(kind); !known {
		return subject
	}
	as := ""
	for _, m := range []string{"user", "supervisor", "both"} {
		if bare, ok := strings.CutSuffix(target, ":"+m); ok && kind == "agent_group" {
			target, as = bare, " ("+v.T("membership."+m)+")"
		}
	}
	if name := p.names[kind+":"+target]; name != "" {
		target = name
	}
	return v.T("person.kind."+kind) + ": " + target + as
}

// heldData are the holds of attributes.
func (x personView) heldData() (out []personHold) {
	for _, h := range x.Holds {
		if strings.HasPrefix(h.Subject, "attribute:") {
			out = append(out, h)
		}
	}
	return out
}

// mayTake reports whether the reader may take rights of a kind, and mayHold whether they may withhold them.
func (v *visit) mayTake(k rightKind, x personView) bool { return v.may(k.gives...) && !x.gone() }

func (v *visit) mayHold(x personView) bool { return v.may("console.holds.manage") && !x.gone() }
