package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rollcall/directory"
)

// bulkNeeds are the permissions of which one lets somebody edit many people at all.
var bulkNeeds = []string{"users.bulk_edit", "users.deactivate", "users.reactivate", "users.bulk_delete"}

// bulkVerbs are what the reader may do to many people, who may be anybody of the tenant.
func (v *visit) bulkVerbs() (out []string) {
	for _, x := range []struct{ verb, permission string }{
		{"edit", "users.bulk_edit"}, {"suspend", "users.deactivate"}, {"resume", "users.reactivate"}, {"delete", "users.bulk_delete"},
	} {
		if v.mayEverybody(x.permission) {
			out = append(out, x.verb)
		}
	}
	return out
}

// bulkOutcome is what an edit of many people does, or did.
type bulkOutcome struct {
	Run      string             `json:"run"`
	Status   string             `json:"status"`  // nothing | planned | applied | partial | failed
	Version  int64              `json:"version"` // of the configuration that it was made of
	Summary  summary            `json:"summary"`
	Guard    directory.Messages `json:"guard"`
	Problems []struct {
		Subject string `json:"subject"`
		directory.Message
	} `json:"problems"`
	Changes []userChange `json:"changes"`
	More    int          `json:"more_changes"`
}

// nameRoles writes roles by their names, as the list has them; the API's plans name their keys.
func (o bulkOutcome) nameRoles(roles []roleChoice) {
	for _, x := range o.Changes {
		for _, rights := range [][]rightChange{x.Gained, x.Lost} {
			for i, r := range rights {
				if at := slices.IndexFunc(roles, func(c roleChoice) bool { return r.Kind == "role" && c.Key == r.Target }); at >= 0 {
					rights[i].Target = roles[at].Name
				}
			}
		}
	}
}

// people is how many people change.
func (o bulkOutcome) people() int { return len(o.Changes) + o.More }

// The fields of an edit of many people besides what it does. The people travel in one field: a form has room for some
// thousands of fields, and they may be more.
const (
	bulkPeople = "people"
	bulkReason = "reason"
	bulkChosen = "chosen" // what is edited was chosen
)

// bulk edits many people: first it asks what (rows 003-17 … 003-20), then it shows the plan, and when that is confirmed it is
// done. The people are settled before the plan, so that nobody is edited who was not in it.
func (v *visit) bulk() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	f.values.Set("return", local(f.get("return"), "/people"))
	people, err := v.chosenPeople(f)
	switch {
	case err != nil:
		return err
	case len(people) == 0:
		v.status = http.StatusUnprocessableEntity
		return v.show(bulkRefused(v, f, v.T("people.nobody_chosen"), v.T("people.nobody_chosen_text")))
	case len(people) > mostBulk:
		v.status = http.StatusUnprocessableEntity
		return v.show(bulkRefused(v, f, v.T("people.too_many"), v.T("people.too_many_text", "Most", mostBulk)))
	}
	f.values.Set(bulkPeople, strings.Join(people, " "))
	body := map[string]any{"people": people}
	switch verb := f.get("do"); verb {
	case "suspend", "resume", "delete":
		body["do"] = verb
	case "edit":
		again := func(f *form) error { return v.chooseEdit(f, len(people)) }
		if !f.on(bulkChosen) {
			return again(f)
		}
		body["add"], body["remove"] = editOf(f)
		if len(f.list("add_role"))+len(f.list("remove_role"))+len(f.list("add_group"))+len(f.list("remove_group"))+len(f.list("profile")) == 0 {
			f.faults["add_role"] = v.T("people.nothing_chosen")
			return v.again(f, again)
		}
	default:
		v.status = http.StatusUnprocessableEntity
		return v.show(bulkRefused(v, f, v.T("people.no_verb"), v.T("people.no_verb_text")))
	}
	return v.bulkInTwoSteps(f, body)
}

// bulkInTwoSteps shows the plan of an edit, and does it where it is confirmed. Where the configuration has moved since the
// plan, nothing is done, and the page shows what it would do by now.
func (v *visit) bulkInTwoSteps(f *form, body map[string]any) error {
	var plan, done bulkOutcome
	var roles []roleChoice
	if reason := f.get(bulkReason); reason != "" {
		body["reason"] = reason
	}
	if f.on(confirmed) {
		err := v.ask(v.r.Context(), http.MethodPost, "/users/bulk", f.confirming(), body, &done, "Rollcall-Approver", f.get(secondKey))
		if err == nil {
			return v.bulkDone(f, done)
		}
		if err := f.wrong(v, err); err != nil {
			return err
		}
		f.refused(v)
	}
	err := v.all(
		func() error { return v.send(http.MethodPost, "/users/bulk", nil, body, &plan) },
		func() (err error) { roles, err = permitted[roleChoice](v, "/roles"); return err },
	)
	if err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		v.status = f.problem.Status
		if f.get("do") == "edit" {
			return v.chooseEdit(f, len(strings.Fields(f.get(bulkPeople))))
		}
	}
	plan.nameRoles(roles)
	f.plannedOn(plan.Version)
	return v.show(bulkPlan(v, f, plan))
}

// bulkDone leads back to the list, and says what was done.
func (v *visit) bulkDone(f *form, o bulkOutcome) error {
	n, back := o.people(), f.get("return")
	switch left := len(o.Problems); {
	case n == 0:
		return v.done(back, "people.bulk_nothing")
	case left > 0:
		return v.doneIn(back, o.Run, "people.bulk_partly", "Count", n, "Left", left)
	default:
		return v.doneIn(back, o.Run, "people.bulk_done", "Count", n)
	}
}

// chosenPeople are the ids of whom an edit is for: those of an earlier step, those who are ticked, or all whom the search
// finds. Of the last there is one too many where they are more than one edit may concern.
func (v *visit) chosenPeople(f *form) ([]string, error) {
	if ids := strings.Fields(f.get(bulkPeople)); len(ids) > 0 {
		return ids, nil
	}
	if !f.on("everybody") {
		return f.list("person"), nil
	}
	filter, err := url.ParseQuery(f.get("filter"))
	if err != nil {
		return nil, &problem{Status: http.StatusBadRequest, Slug: "malformed", Detail: err.Error()}
	}
	q := with(peopleQuery(filter), "limit", "500")
	var ids []string
	for {
		var p page[struct {
			ID string `json:"id"`
		}]
		if err := v.get("/users", q, &p); err != nil {
			return nil, err
		}
		for _, x := range p.Items {
			ids = append(ids, x.ID)
		}
		if p.Next == "" || len(ids) > mostBulk {
			return ids, nil
		}
		q.Set("cursor", p.Next)
	}
}

// editOf are the rights that an edit adds and takes away.
func editOf(f *form) (add, remove map[string]any) {
	groups := func(name string) (out []map[string]string) {
		for _, id := range f.list(name) {
			g := map[string]string{"id": id}
			if kind := f.get("add_kind"); name == "add_group" && kind != "" {
				g["kind"] = kind
			}
			out = append(out, g)
		}
		return out
	}
	add, remove = map[string]any{}, map[string]any{}
	put := func(in map[string]any, name string, list any, n int) {
		if n > 0 {
			in[name] = list
		}
	}
	put(add, "roles", f.list("add_role"), len(f.list("add_role")))
	put(add, "agent_groups", groups("add_group"), len(f.list("add_group")))
	put(add, "profile", f.get("profile"), len(f.list("profile")))
	put(remove, "roles", f.list("remove_role"), len(f.list("remove_role")))
	put(remove, "agent_groups", groups("remove_group"), len(f.list("remove_group")))
	return add, remove
}

// chooseEdit asks what many people get, and what is taken from them.
func (v *visit) chooseEdit(f *form, people int) error {
	var c peopleChoices
	if err := c.load(v); err != nil {
		return err
	}
	return v.show(bulkEditForm(v, f, &c, people))
}

// editFields are the fields of an edit: those for which the tenant has anything to choose and the reader a permission.
func (c *peopleChoices) editFields(v *visit) (out []field) {
	one := func(name, label, hint string, options []option) {
		if len(options) > 0 {
			none := option{Text: v.T("people.unchanged")}
			out = append(out, field{Name: name, Label: label, Hint: hint, Kind: "select", Options: slices.Concat([]option{none}, options)})
		}
	}
	if v.mayEverybody("users.role.assign") {
		roles := optionsOf(c.roles, assignable)
		one("add_role", v.T("people.add_role"), v.T("people.add_role_hint"), roles)
		one("remove_role", v.T("people.remove_role"), "", roles)
	}
	if v.mayEverybody("users.profile.assign") {
		one("profile", v.T("people.set_profile"), "", optionsOf(c.profiles, profileOption))
	}
	if v.mayEverybody("groups.members.manage") {
		groups := optionsOf(c.groups, workOption)
		one("add_group", v.T("people.add_group"), v.T("people.add_group_hint"), groups)
		if len(groups) > 0 && c.settings.on("groups.membership_kinds") {
			out = append(out, field{Name: "add_kind", Label: v.T("people.add_kind"), Kind: "select", Options: kindOptions(v)})
		}
		one("remove_group", v.T("people.remove_group"), "", groups)
	}
	return out
}

// kindOptions are as what people belong to an agent group (row 002-21).
func kindOptions(v *visit) []option {
	return []option{
		{Value: "user", Text: v.T("membership.user")},
		{Value: "supervisor", Text: v.T("membership.supervisor")},
		{Value: "both", Text: v.T("membership.both")},
	}
}

// doButton is what the button says that does it (row 003-20).
func (o bulkOutcome) doButton(v *visit, verb string) string {
	return v.T("people.bulk_do_"+verb, "Count", o.people())
}

// shownProblems is how many of the people who are left as they are a page names.
const shownProblems = 100

// asPlan is the outcome in the form in which all plans are shown.
func (o bulkOutcome) asPlan() (out outcome) {
	out.Result.Summary, out.Result.Guard, out.Changes, out.More = o.Summary, o.Guard, o.Changes, o.More
	return out
}
