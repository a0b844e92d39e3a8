package console

import (
	"net/http"
	"slices"
	"unicode/utf8"
)

var profileRoutes = []route{
	{"GET /profiles", roleNeeds, (*visit).profiles},
	{"GET /profiles/new", profileWrites, (*visit).newProfile},
	{"POST /profiles/new", profileWrites, (*visit).createProfile},
	{"GET /profiles/{id}", roleNeeds, (*visit).viewProfile},
	{"POST /profiles/{id}", profileWrites, (*visit).replaceProfile},
	{"GET /profiles/{id}/delete", profileWrites, (*visit).beforeProfileGoes},
	{"POST /profiles/{id}/delete", profileWrites, (*visit).deleteProfile},
}

var profileWrites = []string{"profiles.manage"}

// maxProfileText is how long the description of a profile can be, in characters (row 004-18).
const maxProfileText = 75

// profileBody is what the API takes of a profile.
type profileBody struct {
	Name        string   `json:"name"`
	Role        string   `json:"role"`
	Icon        string   `json:"icon"`
	Description string   `json:"description,omitempty"`
	Modules     []string `json:"modules,omitzero"`
}

// profile is a narrower form of a role, as the API tells it.
type profile struct {
	profileBody

	ID        string `json:"id"`
	Colour    string `json:"colour"`
	ManagedBy string `json:"managed_by"`
	Archived  bool   `json:"archived"`
}

// offering is what the profiles of a role can have, as the API tells it.
type offering struct {
	Colour  string `json:"colour"`
	Modules []struct {
		Key  string `json:"key"`
		Name string `json:"name"`
		Mode string `json:"mode"` // forced | granted | optional
	} `json:"modules"`
}

// profileDraft is what the two steps of a profile are made of.
type profileDraft struct {
	was   profile // without an id for a new one
	roles []role  // that have profiles
}

// tint is the class of an icon's colour (row 004-22).
func tint(colour string) string {
	switch colour {
	case "orange":
		return "icon-agent"
	case "sky blue":
		return "icon-admin"
	}
	return "icon-plain"
}

// profiles lists them (rows 004-02, 004-21).
func (v *visit) profiles() error {
	var list []profile
	var d profileDraft
	err := v.all(
		func() (err error) {
			list, err = whole[profile](v, "/profiles", nil)
			return err
		},
		func() (err error) {
			d, err = v.profileRoles()
			return err
		},
	)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p profile) bool { return p.Archived })
	return v.show(profilesPage(v, list, d))
}

// profileRoles are the roles that can have profiles: never the owner's (row 004-12).
func (v *visit) profileRoles() (d profileDraft, err error) {
	d.roles, err = whole[role](v, "/roles", nil)
	d.roles = slices.DeleteFunc(d.roles, func(r role) bool { return r.Owner || len(r.Modules) == 0 })
	return d, err
}

// draftedProfile fetches what the steps of a profile need; id is "" for a new one.
func (v *visit) draftedProfile(id string) (profileDraft, error) {
	d, err := v.profileRoles()
	if err != nil || id == "" {
		return d, err
	}
	return d, v.get(at("profiles", id), nil, &d.was)
}

func (v *visit) newProfile() error {
	d, err := v.draftedProfile("")
	if err != nil {
		return err
	}
	if len(d.roles) == 0 {
		return v.seeOther("/profiles") // where it is said why
	}
	return v.show(profileFirst(v, blank(), d))
}

func (v *visit) viewProfile() error {
	d, err := v.draftedProfile(v.path("id"))
	if err != nil {
		return err
	}
	f := blank("name", d.was.Name, "role", d.was.Role, "icon", d.was.Icon, "description", d.was.Description, "modules_of", d.was.Role)
	f.values["modules"] = d.was.Modules
	return v.show(profileFirst(v, f, d))
}

func (v *visit) createProfile() error { return v.stepProfile("") }

func (v *visit) replaceProfile() error { return v.stepProfile(v.path("id")) }

// stepProfile does what a button of the two steps says: on to the modules (row 004-19), back, or the whole (row 004-21).
// Everything that was filled in travels in the form.
func (v *visit) stepProfile(id string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, err := v.draftedProfile(id)
	if err != nil {
		return err
	}
	x := profileBody{Name: f.get("name"), Role: f.get("role"), Icon: f.get("icon"), Description: f.get("description")}
	first := func(f *form) error { return v.show(profileFirst(v, f, d)) }
	switch {
	case f.get("step") == "back":
		return first(f)
	case f.get("step") != "modules" && !f.on(confirmed):
		return v.secondStep(f, d, x, first)
	}
	x.Modules = f.list("modules")
	if x.Modules == nil {
		x.Modules = []string{}
	}
	d.look(v, f, x)
	if len(f.faults) > 0 {
		return v.again(f, first)
	}
	method, path, title, said := http.MethodPost, "/profiles", v.T("profile.new"), "profile.created"
	if id != "" {
		method, path, title, said = http.MethodPut, at("profiles", d.was.ID), v.T("profile.edit_title", "Name", d.was.Name), "profile.saved"
	}
	return v.change(f, method, path, nil, x, title, func(outcome) error { return v.done("/profiles", said, "Name", x.Name) }, func(f *form) error {
		d.blame(v, f, x)
		return first(f)
	})
}

// secondStep shows the modules to choose from, once the first step is right.
func (v *visit) secondStep(f *form, d profileDraft, x profileBody, first func(*form) error) error {
	d.look(v, f, x)
	if len(f.faults) > 0 {
		return v.again(f, first)
	}
	method, path := http.MethodPost, "/profiles"
	if d.was.ID != "" {
		method, path = http.MethodPut, at("profiles", d.was.ID)
	}
	if _, err := v.attempt(f, method, path, with(nil, "plan", "true"), x); err != nil {
		return err
	}
	if f.problem != nil && f.problem.Plan == nil {
		d.blame(v, f, x)
		return v.again(f, first)
	}
	f.problem = nil
	var offers offering
	if err := v.get(at("roles", x.Role, "modules"), nil, &offers); err != nil {
		return err
	}
	if f.get("modules_of") != x.Role { // they begin with those that the role grants (row 004-20)
		f.values.Del("modules")
		for _, m := range offers.Modules {
			if m.Mode != "optional" {
				f.values.Add("modules", m.Key)
			}
		}
	}
	f.values.Set("modules_of", x.Role)
	return v.show(profileSecond(v, f, d, offers))
}

// look checks what the first step asks for, before the API does: beside each field.
func (d profileDraft) look(v *visit, f *form, x profileBody) {
	for name, value := range map[string]string{"name": x.Name, "role": x.Role, "icon": x.Icon} {
		if value == "" {
			f.faults[name] = v.T("fault.required")
		}
	}
	if x.Role != "" && !slices.ContainsFunc(d.roles, func(r role) bool { return r.Key == x.Role }) {
		f.faults["role"] = v.T("profile.role_refused")
	}
	if utf8.RuneCountInString(x.Description) > maxProfileText {
		f.faults["description"] = v.T("fault.too_long", "Limit", maxProfileText)
	}
}

// blame says beside the name what the API says of the whole: that another profile has it.
func (d profileDraft) blame(v *visit, f *form, x profileBody) {
	if f.problem == nil || f.problem.Slug != "conflict" {
		return
	}
	var same profile
	if err := v.get(at("profiles", x.Name), nil, &same); err == nil && same.ID != d.was.ID {
		f.faults["name"] = v.T("fault.name_taken")
	}
}

// beforeProfileGoes shows what the deletion of a profile does.
func (v *visit) beforeProfileGoes() error {
	var x profile
	if err := v.get(at("profiles", v.path("id")), nil, &x); err != nil {
		return err
	}
	return v.beforeRemoval(at("profiles", x.ID), v.T("profile.delete_title", "Name", x.Name))
}

// deleteProfile removes a profile, and takes it from whoever has it.
func (v *visit) deleteProfile() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var x profile
	if err := v.get(at("profiles", v.path("id")), nil, &x); err != nil {
		return err
	}
	return v.change(f, http.MethodDelete, at("profiles", x.ID), absent, nil, v.T("profile.delete_title", "Name", x.Name),
		func(outcome) error { return v.done("/profiles", "profile.deleted", "Name", x.Name) },
		func(f *form) error { return f.problem })
}
