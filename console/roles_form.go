package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rollcall/locale"
)

// choices are the names of the fields of a form of a role that say how it has each permission.
const choices = "permission."

// roleDraft is what the form of a role is made of.
type roleDraft struct {
	was      role         // what is changed; without a key for a new one
	from     role         // of which it is a copy
	list     []permission // the catalogue
	all      []role
	modules  []platformModule // of the platform, and those that the role has besides
	kinds    []string         // that the tenant's roles can be of
	settable bool             // whether kinds are known
	optional bool             // whether roles can have options
	said     string           // what was just done with the form
}

// drafted fetches what a form of a role needs.
func (v *visit) drafted(was, from string) (d roleDraft, err error) {
	err = v.all(
		func() (err error) {
			d.list, err = whole[permission](v, "/permissions", nil)
			return err
		},
		func() (err error) {
			d.all, err = whole[role](v, "/roles", nil)
			return err
		},
		func() error {
			model, known, err := v.settingValues("roles.model")
			d.settable, d.optional = known, !known || slices.Contains(model, "options")
			for _, x := range []struct{ model, kind string }{{"custom", "custom"}, {"groups_grant_rights", "permission_group"}} {
				if !known || slices.Contains(model, x.model) {
					d.kinds = append(d.kinds, x.kind)
				}
			}
			return err
		},
		func() error {
			if was == "" {
				return nil
			}
			return v.get(at("roles", was), nil, asKept{&d.was})
		},
		func() error {
			if from == "" {
				return nil
			}
			return v.get(at("roles", from), nil, &d.from)
		},
		func() (err error) {
			d.modules, err = v.platformModules()
			return err
		},
	)
	d.optional = d.optional || len(d.base().Options) > 0
	for _, m := range d.base().Modules {
		if !slices.ContainsFunc(d.modules, func(x platformModule) bool { return x.Key == m.Key }) {
			d.modules = append(d.modules, platformModule{Key: m.Key, Name: strings.TrimPrefix(m.Key, "module.")})
		}
	}
	return d, err
}

// settingValues asks for a setting's values, where the reader may see it.
func (v *visit) settingValues(name string) (values []string, known bool, err error) {
	if !v.may("settings.view") {
		return nil, false, nil
	}
	var x struct {
		Value any `json:"value"`
	}
	if err := v.get(at("settings", name), nil, &x); err != nil {
		if p := asProblem(err); p != nil && p.Status < http.StatusInternalServerError {
			return nil, false, nil // they may see a part of the settings
		}
		return nil, false, err
	}
	switch value := x.Value.(type) {
	case []any:
		for _, y := range value {
			values = append(values, v.valueText(y))
		}
	default:
		values = strings.Split(v.valueText(value), ",")
	}
	return values, true, nil
}

// newRole begins a role (row 000-19), be it as a copy of another one.
func (v *visit) newRole() error {
	d, err := v.drafted("", v.query("from"))
	if err != nil {
		return err
	}
	f := blank()
	if d.from.Key != "" {
		f = filledRole(d.from.roleBody)
		f.values.Set("name", v.T("role.copy_of", "Name", d.from.Name))
		f.values.Del("key")
		f.values.Set("from", d.from.Key)
	}
	if len(d.kinds) > 0 && !slices.Contains(d.kinds, f.get("kind")) {
		f.values.Set("kind", d.kinds[0])
	}
	return v.show(roleForm(v, f, d))
}

func (v *visit) editRole() error {
	d, err := v.drafted(v.path("key"), "")
	if err != nil {
		return err
	}
	if !d.was.own() {
		return v.seeOther(at("roles", d.was.Key)) // where it is said why
	}
	return v.show(roleForm(v, filledRole(d.was.roleBody), d))
}

// filledRole is the form of a role as it is.
func filledRole(x roleBody) *form {
	f := blank("key", x.Key, "name", x.Name, "description", x.Description, "kind", x.Kind, "ceiling", x.Ceiling, "everywhere", x.Everywhere)
	for _, p := range x.Permissions {
		f.values.Set(choices+p.Key, p.choice())
	}
	for i, o := range x.Options {
		f.fillOption(optionAt(i), o)
	}
	for _, m := range x.Modules {
		f.values.Set(moduleFields+m.Key, m.Mode)
	}
	return f
}

// choice is a permission as the form's list of choices has it.
func (p allowance) choice() string { return p.Mode + ":" + p.Scope }

// offers are the ways in which a role can have a permission: not at all, as far as the catalogue says, or denied (row
// 000-22). What it has now stays among them.
func (v *visit) offers(p permission, now allowance) []option {
	out := append(v.grants(p), option{Value: "denied:", Text: v.T("role.denied")})
	if now.Key != "" && !slices.ContainsFunc(out, func(o option) bool { return o.Value == now.choice() }) {
		text := v.Either("role.mode_"+now.Mode, now.Mode)
		if now.Scope != "" {
			text += ": " + v.Either("scope."+now.Scope, now.Scope)
		}
		out = append(out, option{Value: now.choice(), Text: text})
	}
	return out
}

// grants are the ways in which a permission can be given, after that it is not.
func (v *visit) grants(p permission) []option {
	out := []option{{Value: "", Text: v.T("role.not_given")}}
	for _, scope := range p.Scopes {
		text := v.T("role.given")
		if len(p.Scopes) > 1 || scope != "none" {
			text = v.T("role.given_for", "Scope", v.Either("scope."+scope, scope))
		}
		out = append(out, option{Value: "granted:" + scope, Text: text})
	}
	return out
}

// base is what the role has that the form does not show: of the role that is changed, or that it is a copy of.
func (d roleDraft) base() role {
	if d.was.Key != "" {
		return d.was
	}
	return d.from
}

// read makes a role of what was filled in. What is not offered is a fault of its field.
func (d roleDraft) read(v *visit, f *form) roleBody {
	base := d.base()
	x := base.roleBody
	x.Key, x.Name, x.Description, x.Kind, x.Permissions = f.get("key"), f.get("name"), f.get("description"), f.get("kind"), nil
	if d.was.Key != "" {
		x.Key, x.Kind = d.was.Key, d.was.Kind
	}
	x.Permissions = d.chosen(v, f, choices, func(p permission) []option {
		now, _ := of(base.Permissions, p.Key)
		return v.offers(p, now)
	})
	x.Options, x.Modules = d.readOptions(v, f), d.readModules(v, f)
	if d.membership() {
		x.Ceiling, x.Everywhere = f.get("ceiling"), f.get("everywhere")
	}
	if x.Key == "" {
		x.Key = d.suggested(x.Name)
	}
	return x
}

// chosen are the permissions that fields say, whose names begin alike. What is not offered is a fault of its field.
func (d roleDraft) chosen(v *visit, f *form, prefix string, offers func(permission) []option) (out []allowance) {
	for _, p := range d.list {
		value := f.get(prefix + p.Key)
		if value == "" {
			continue
		}
		if !slices.ContainsFunc(offers(p), func(o option) bool { return o.Value == value }) {
			f.faults[prefix+p.Key] = v.T("role.scope_unknown")
			continue
		}
		mode, scope, _ := strings.Cut(value, ":")
		out = append(out, allowance{p.Key, scope, mode})
	}
	return out
}

// suggested makes a key of a name: small letters, digits and _, and one that no other role has.
func (d roleDraft) suggested(name string) string {
	return freeKey(name, func(key string) bool {
		return key == "new" || slices.ContainsFunc(d.all, func(r role) bool { return r.Key == key })
	})
}

// freeKey makes a key of a name that is not taken; "" where none can be made.
func freeKey(name string, taken func(string) bool) string {
	stem := locale.Key(name)
	stem = strings.TrimRight(stem[:min(len(stem), 58)], "_")
	key := stem
	for n := 2; key != "" && taken(key); n++ {
		key = stem + "_" + strconv.Itoa(n)
	}
	return key
}

func (v *visit) createRole() error { return v.putRole("") }

func (v *visit) replaceRole() error { return v.putRole(v.path("key")) }

// putRole sends what was filled in.
func (v *visit) putRole(key string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	from := f.get("from")
	if key != "" {
		from = ""
	}
	d, err := v.drafted(key, from)
	if err != nil {
		return err
	}
	if step := f.get(roleStep); step != "" {
		return v.stepRole(f, d, step)
	}
	x := d.read(v, f)
	again := func(f *form) error {
		d.blame(v, f, x)
		return v.show(roleForm(v, f, d))
	}
	if x.Name == "" {
		f.faults["name"] = v.T("fault.required")
	} else if x.Key == "" {
		f.faults["key"] = v.T("role.key_needed")
	}
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	method, path, title, said := http.MethodPost, "/roles", v.T("role.new"), "role.created"
	if key != "" {
		method, path, title, said = http.MethodPut, at("roles", d.was.Key), v.T("role.edit_title", "Name", d.was.Name), "role.saved"
	}
	f.values.Set("key", x.Key)
	var query url.Values
	if d.drops(x) {
		query = absent // the plan tells who loses them
	}
	return v.change(f, method, path, query, x, title, func(outcome) error { return v.done(at("roles", x.Key), said, "Name", x.Name) }, again)
}

// blame says beside the fields what the API says of the whole: a key or a name that another role has.
func (d roleDraft) blame(v *visit, f *form, x roleBody) {
	if f.problem == nil || f.problem.Slug != "conflict" {
		return
	}
	for _, r := range d.all {
		switch {
		case r.Key == d.was.Key:
		case r.Key == x.Key:
			f.faults["key"] = v.T("role.key_taken", "Name", r.Name)
		case strings.EqualFold(r.Name, x.Name):
			f.faults["name"] = v.T("fault.name_taken")
		}
	}
}
