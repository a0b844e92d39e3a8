package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// newPerson is the form in which somebody is created (rows 000-05 … 000-13, 001-03, 002-04 … 002-10, 003-07 … 003-13).
func (v *visit) newPerson() error {
	var c peopleChoices
	if err := c.loadWork(v); err != nil {
		return err
	}
	return v.show(newPersonPage(v, blank("status", c.settings.text("presence.initial_status")), &c))
}

// createPerson creates somebody, and leads to the list with them at its front (rows 000-13, 003-14).
func (v *visit) createPerson() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var c peopleChoices
	if err := c.loadWork(v); err != nil {
		return err
	}
	again := func(f *form) error { return v.show(newPersonPage(v, f, &c)) }
	if c.check(v, f); len(f.faults) > 0 {
		return v.again(f, again)
	}
	var made listed
	if err := v.send(http.MethodPost, "/users", nil, c.personBody(f), &made); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		c.placeFaults(v, f)
		return v.again(f, again)
	}
	return v.done("/people?sort=created&order=desc", "people.created", "Name", made.name(), "ID", made.DisplayID)
}

// requiredOf are the form's fields for what the setting user.required_fields names. A password is no field: people sign in
// elsewhere.
var requiredOf = map[string]string{
	"name": "display_name", "displayName": "display_name", "name.givenName": "given_name", "name.familyName": "family_name", "nickName": "nickname",
	"title": "title", "userName": "user_name", "email": "email", "phone": "phone", "extension": "extension", "role": "roles", "profile": "profile",
	"groups": "agent_groups",
}

// required are the fields that have to be filled in; of each entry one is enough.
func (c *peopleChoices) required() (out [][]string) {
	for _, item := range c.settings.words("user.required_fields") {
		var fields []string
		for x := range strings.SplitSeq(item, "|") {
			field := requiredOf[x]
			if field == "display_name" && c.twoNames() {
				field = "given_name"
			}
			if x == "groups" && !c.settings.has("groups.type", "agent_group") {
				field = "roles" // where permission groups are the groups
			}
			if field != "" {
				fields = append(fields, field)
			}
		}
		if len(fields) > 0 {
			out = append(out, fields)
		}
	}
	return out
}

// must reports whether a field has to be filled in, whatever the others hold.
func (c *peopleChoices) must(name string) bool {
	return slices.ContainsFunc(c.required(), func(any []string) bool { return len(any) == 1 && any[0] == name })
}

// oneOf are the fields of which one has to be filled in, where this is one of them.
func (c *peopleChoices) oneOf(name string) []string {
	for _, any := range c.required() {
		if len(any) > 1 && slices.Contains(any, name) {
			return any
		}
	}
	return nil
}

// twoNames reports whether the tenant asks for given and family name apart.
func (c *peopleChoices) twoNames() bool {
	return c.settings.has("user.required_fields", "name.givenName") || c.settings.has("user.required_fields", "name.familyName")
}

// check looks whether what is mandatory is there, so that what is missing is told beside its field.
func (c *peopleChoices) check(v *visit, f *form) {
	for _, any := range c.required() {
		if slices.ContainsFunc(any, func(name string) bool { return c.filledIn(f, name) }) {
			continue
		}
		for _, name := range any {
			f.faults[name] = v.T("fault.required")
			if len(any) > 1 {
				f.faults[name] = v.T("people.one_is_enough", "Fields", v.fieldLabels(any))
			}
		}
	}
	for _, o := range f.list("options") {
		role, _, _ := strings.Cut(o, ":")
		if !slices.Contains(f.list("roles"), role) {
			f.faults["options"] = v.T("people.option_of_another")
		}
	}
}

func (c *peopleChoices) filledIn(f *form, name string) bool {
	if name == "agent_groups" {
		return len(c.memberships(f)) > 0
	}
	return len(f.list(name)) > 0
}

// memberships are the agent groups of the form: ticked ones, or, where people belong to them in several ways, those of which
// one is chosen (row 002-21).
func (c *peopleChoices) memberships(f *form) (out []map[string]string) {
	for _, id := range f.list("agent_groups") {
		out = append(out, map[string]string{"id": id})
	}
	for _, g := range c.groups {
		if kind := f.get("group:" + g.ID); kind != "" {
			out = append(out, map[string]string{"id": g.ID, "kind": kind})
		}
	}
	return out
}

// personBody is what the form says, as the API takes it. What is blank is left out: of a nickname that means that customers
// see no name (row 002-08).
func (c *peopleChoices) personBody(f *form) map[string]any {
	body := map[string]any{}
	for _, name := range []string{"user_name", "display_name", "given_name", "family_name", "nickname", "title", "email", "phone", "extension", "profile", "company"} {
		if value := f.get(name); value != "" {
			body[name] = value
		}
	}
	if given, family := f.get("given_name"), f.get("family_name"); given+family != "" && f.get("display_name") == "" {
		body["display_name"] = strings.TrimSpace(given + " " + family)
	}
	for _, name := range []string{"roles", "options", "campaigns", "queues", "strategies"} {
		if list := f.list(name); len(list) > 0 {
			body[name] = list
		}
	}
	if groups := c.memberships(f); len(groups) > 0 {
		body["agent_groups"] = groups
	}
	if status := f.get("status"); status != "" && status != c.settings.text("presence.initial_status") {
		body["status"] = status
	}
	return body
}

// placeFaults says what the API refuses beside the fields that it is about, and there alone where the form has them all.
func (c *peopleChoices) placeFaults(v *visit, f *form) {
	shown := map[string]bool{"agent_groups": true}
	for _, x := range slices.Concat(c.personFields(v), c.rightFields(v)) {
		shown[x.Name] = true
	}
	elsewhere := len(f.problem.Errors) == 0
	for _, e := range f.problem.Errors {
		name := e.field()
		if e.Code == "pattern" {
			f.faults[name] = cmp.Or(c.loginHint(v), e.plain(v))
		}
		elsewhere = elsewhere || !shown[name]
	}
	if !elsewhere {
		f.problem.Status, f.problem.Slug, f.problem.Detail = http.StatusUnprocessableEntity, "invalid", ""
	}
}

// loginHint says of which form a login is (row 003-09).
func (c *peopleChoices) loginHint(v *visit) string {
	switch pattern := c.settings.text("login.username.pattern"); pattern {
	case "", "^.+$": // any
		return ""
	case "^[A-Za-z0-9]+$":
		return v.T("people.login_latin")
	default:
		return v.T("people.login_pattern", "Pattern", pattern)
	}
}

// withoutSeat reports whether nobody was created because no seat is free (row 002-02).
func withoutSeat(f *form) bool {
	return f.problem != nil && slices.ContainsFunc(f.problem.Errors, func(e fault) bool { return e.Code == "no_seat" })
}

// fieldLabels names fields of the form.
func (v *visit) fieldLabels(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = v.personField(name)
	}
	return v.List(words)
}

// personField is the label of a field.
func (v *visit) personField(name string) string { return v.T("people.label_" + name) }

// plainInput is a field of text of somebody new.
func (c *peopleChoices) plainInput(v *visit, name, kind, hint string, most int) field {
	if any := c.oneOf(name); any != nil {
		hint = strings.TrimSpace(v.T("people.one_is_enough", "Fields", v.fieldLabels(any)) + " " + hint)
	}
	return field{Name: name, Label: v.personField(name), Kind: kind, Required: c.must(name), Hint: hint, Max: cmp.Or(most, 300), Auto: "off"}
}

// personFields are the fields of text: those that the tenant asks for, and those that it uses.
func (c *peopleChoices) personFields(v *visit) (out []field) {
	s := c.settings
	add := func(shown bool, name, kind, hint string, most int) {
		if shown || c.must(name) || c.oneOf(name) != nil {
			out = append(out, c.plainInput(v, name, kind, hint, most))
		}
	}
	theirs := s.text("user.profile.owner") == "user" // people fill in their own data (row 004-31)
	inside := ""
	if s.on("nickname.shown") {
		inside = v.T("people.name_hint")
	}
	add(c.twoNames(), "given_name", "", inside, 0)
	add(c.twoNames(), "family_name", "", inside, 0)
	add(!theirs && !c.twoNames(), "display_name", "", inside, 0)
	add(s.on("nickname.shown"), "nickname", "", v.T("people.nickname_hint"), 0)
	login := ""
	if s.has("login.identifiers", "username") {
		login = c.loginHint(v)
	}
	add(s.has("login.identifiers", "username"), "user_name", "", login, 0)
	mail := ""
	switch s.text("user.email.mutable") {
	case "never":
		mail = v.T("people.email_never")
	case "user":
		mail = v.T("people.email_user")
	}
	add(true, "email", "email", mail, 320)
	add(!theirs, "phone", "tel", "", 100)
	add(!theirs, "title", "", "", 0)
	add(true, "extension", "", v.T("people.extension_hint"), 100)
	return out
}
