package console

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The fields of a form of a role that say more than its permissions. Its options travel in the form while one of them is
// changed on a page of its own, and count once the role is saved.
const (
	optionFields = "option." // and the number of an option, and what of it
	editedOption = "editing" // the number of the option that is changed
	editedFields = "edit."   // and what of that option, until it is taken over
	moduleFields = "module." // and a module: how profiles of the role have it
	roleStep     = "step"    // what a button does besides saving: new | keep | leave, or edit or drop and a number
)

// The bounds of an option.
const (
	maxOptions    = 100
	maxOptionName = 100
)

var optionKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// optionAt is how the names of the fields of an option begin.
func optionAt(n int) string { return optionFields + strconv.Itoa(n) + "." }

// fillOption fills in the fields of an option.
func (f *form) fillOption(prefix string, o optionBundle) {
	f.values.Set(prefix+"key", o.Key)
	f.values.Set(prefix+"name", o.Name)
	for _, p := range o.Permissions {
		f.values.Set(prefix+choices+p.Key, p.choice())
	}
}

// begins are the names of the fields that begin so.
func (f *form) begins(prefix string) (out []string) {
	for name := range f.values {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// copyFields fills in fields that begin with to as those that begin with from are filled in.
func (f *form) copyFields(from, to string) {
	f.dropFields(to)
	for _, name := range f.begins(from) {
		if value := f.get(name); value != "" || !strings.HasPrefix(name, from+choices) { // most permissions an option does not give
			f.values.Set(to+strings.TrimPrefix(name, from), value)
		}
	}
}

// dropFields leaves out the fields that begin so.
func (f *form) dropFields(prefix string) {
	for _, name := range f.begins(prefix) {
		f.values.Del(name)
	}
}

// optionNumbers are the numbers of the options that a form has, in order.
func (f *form) optionNumbers() (out []int) {
	for _, name := range f.begins(optionFields) {
		if text, ok := strings.CutSuffix(strings.TrimPrefix(name, optionFields), ".name"); ok {
			if n, err := strconv.Atoi(text); err == nil && strconv.Itoa(n) == text && n >= 0 {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// readOption is an option as a form has it. What cannot be is a fault of its field; taken are the keys of the others.
func (d roleDraft) readOption(v *visit, f *form, prefix string, taken []string) optionBundle {
	o := optionBundle{Key: f.get(prefix + "key"), Name: f.get(prefix + "name")}
	o.Permissions = d.chosen(v, f, prefix+choices, v.grants)
	if o.Key == "" {
		o.Key = freeKey(o.Name, func(key string) bool { return slices.Contains(taken, key) })
	}
	switch {
	case o.Name == "":
		f.faults[prefix+"name"] = v.T("fault.required")
	case utf8.RuneCountInString(o.Name) > maxOptionName:
		f.faults[prefix+"name"] = v.T("fault.too_long", "Limit", maxOptionName)
	case o.Key == "":
		f.faults[prefix+"key"] = v.T("role.key_needed")
	}
	switch {
	case o.Key == "":
	case !optionKey.MatchString(o.Key):
		f.faults[prefix+"key"] = v.T("role.option_key_wrong")
	case slices.Contains(taken, o.Key):
		f.faults[prefix+"key"] = v.T("role.option_key_taken")
	}
	wrong := func(p permission) bool { return f.faults[prefix+choices+p.Key] != "" }
	if len(o.Permissions) == 0 && !slices.ContainsFunc(d.list, wrong) {
		f.faults[prefix+"permissions"] = v.T("role.option_empty")
	}
	return o
}

// readOptions are all options as a form has them.
func (d roleDraft) readOptions(v *visit, f *form) (out []optionBundle) {
	var taken []string
	for _, n := range f.optionNumbers() {
		o := d.readOption(v, f, optionAt(n), taken)
		out, taken = append(out, o), append(taken, o.Key)
	}
	if len(out) > maxOptions {
		f.faults["options"] = v.T("role.options_many", "Limit", maxOptions)
	}
	return out
}

// wrongOption reports whether something is wrong about an option.
func (f *form) wrongOption(n int) bool {
	for name := range f.faults {
		if strings.HasPrefix(name, optionAt(n)) {
			return true
		}
	}
	return false
}

// drops reports whether the role loses an option that it had.
func (d roleDraft) drops(x roleBody) bool {
	return slices.ContainsFunc(d.was.Options, func(o optionBundle) bool {
		return !slices.ContainsFunc(x.Options, func(n optionBundle) bool { return n.Key == o.Key })
	})
}

// keyIsFixed reports whether an option has its key for good: people were given it by that.
func (d roleDraft) keyIsFixed(key string) bool {
	return slices.ContainsFunc(d.was.Options, func(o optionBundle) bool { return o.Key == key })
}

// stepRole does what a button of the form does that saves nothing yet.
func (v *visit) stepRole(f *form, d roleDraft, step string) error {
	f.values.Del(roleStep)
	option := func(*form) error { return v.show(optionForm(v, f, d)) }
	what, text, _ := strings.Cut(step, ":")
	switch numbers := f.optionNumbers(); what {
	case "new":
		next := 0
		if len(numbers) > 0 {
			next = numbers[len(numbers)-1] + 1
		}
		f.dropFields(editedFields)
		f.values.Set(editedOption, strconv.Itoa(next))
		return option(f)
	case "edit", "drop":
		n, err := strconv.Atoi(text)
		if err != nil || !slices.Contains(numbers, n) {
			return notFound()
		}
		if what == "drop" {
			d.said = v.T("role.option_dropped", "Name", f.get(optionAt(n)+"name"))
			f.dropFields(optionAt(n))
			return v.show(roleForm(v, f, d))
		}
		f.copyFields(optionAt(n), editedFields)
		f.values.Set(editedOption, text)
		d.readOption(v, f, editedFields, d.otherKeys(f, n)) // what is wrong about it already is said
		return option(f)
	case "keep":
		n, err := strconv.Atoi(f.get(editedOption))
		if err != nil || n < 0 || n > maxOptions*maxOptions {
			return notFound()
		}
		o := d.readOption(v, f, editedFields, d.otherKeys(f, n))
		if len(f.faults) > 0 {
			return v.again(f, option)
		}
		f.values.Set(editedFields+"key", o.Key)
		d.said = v.T("role.option_kept", "Name", o.Name)
		f.copyFields(editedFields, optionAt(n))
	case "leave":
	default:
		return notFound()
	}
	f.dropFields(editedFields)
	f.values.Del(editedOption)
	return v.show(roleForm(v, f, d))
}

// otherKeys are the keys of the options but one.
func (d roleDraft) otherKeys(f *form, but int) (out []string) {
	for _, n := range f.optionNumbers() {
		if n != but {
			out = append(out, f.get(optionAt(n)+"key"))
		}
	}
	return out
}

// moduleModes are the ways in which a role can have a module.
var moduleModes = []string{"forced", "granted", "optional", "denied"}

// readModules is the ceiling of the role's profiles as a form has it. What is not offered is a fault of its field.
func (d roleDraft) readModules(v *visit, f *form) (out []roleModule) {
	for _, m := range d.modules {
		switch mode := f.get(moduleFields + m.Key); {
		case mode == "":
		case !slices.Contains(moduleModes, mode):
			f.faults[moduleFields+m.Key] = v.T("role.module_unknown")
		default:
			out = append(out, roleModule{m.Key, mode})
		}
	}
	return out
}

// moduleOptions are the ways in which a role can have a module, to choose from.
func (v *visit) moduleOptions() []option {
	out := []option{{Value: "", Text: v.T("role.module_unnamed")}}
	for _, mode := range moduleModes {
		out = append(out, option{Value: mode, Text: v.T("role.module_" + mode)})
	}
	return out
}

// membership reports whether belonging to agent groups gives anything on this platform, so that a role can cut it.
func (d roleDraft) membership() bool {
	base := d.base()
	return base.Ceiling != "" || base.Everywhere != "" || slices.ContainsFunc(d.all, func(r role) bool { return r.Kind == "membership" })
}

// ceilingOptions are how far memberships can reach at most.
func (v *visit) ceilingOptions() []option {
	return []option{{Value: "", Text: v.T("role.ceiling_none")}, {Value: "own", Text: v.given("own")}, {Value: "group", Text: v.given("group")}, {Value: "all", Text: v.given("all")}}
}
