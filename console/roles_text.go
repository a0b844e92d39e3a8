package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// escaped is a value of an address's query.
func escaped(value string) string { return url.QueryEscape(value) }

// scopeOf says how far a role's permission reaches.
func (v *visit) scopeOf(x role, key string) string {
	p, _ := of(x.Permissions, key)
	if p.Scope == "" {
		return "–"
	}
	return v.given(p.Scope)
}

// modeOf says how a role has a permission.
func (v *visit) modeOf(x role, key string) string {
	p, _ := of(x.Permissions, key)
	return v.Either("role.mode_"+p.Mode, p.Mode)
}

// given says how far something is given.
func (v *visit) given(scope string) string { return v.Either("scope."+scope, scope) }

// riskHint names a permission by its key, and says what risk it brings.
func (v *visit) riskHint(p permission) string {
	if p.Risk == "low" {
		return p.Key
	}
	return p.Key + " · " + v.Either("permission.risk_"+p.Risk, p.Risk)
}

func (d roleDraft) title(v *visit) string {
	if d.was.Key == "" {
		return v.T("role.new")
	}
	return v.T("role.edit_title", "Name", d.was.Name)
}

// back is where the form's reader came from.
func (d roleDraft) back() string {
	if d.was.Key == "" {
		return "/roles"
	}
	return at("roles", d.was.Key)
}

// now is how the role has a permission before the form is sent.
func (d roleDraft) now(key string) allowance {
	p, _ := of(d.base().Permissions, key)
	return p
}

// kindOptions are the kinds that a new role can be of.
func (d roleDraft) kindOptions(v *visit) (out []option) {
	for _, k := range d.kinds {
		out = append(out, option{Value: k, Text: v.Either("role.kind_"+k, k)})
	}
	return out
}

// sources are the roles that a new one can begin as a copy of.
func (d roleDraft) sources(v *visit) []option {
	out := []option{{Value: "", Text: v.T("role.start_empty")}}
	for _, r := range d.all {
		if r.Kind != "membership" {
			out = append(out, option{Value: r.Key, Text: r.Name})
		}
	}
	return out
}

// open reports whether the form can be sent: what a manifest owns is changed there.
func (d roleDraft) open() bool { return d.was.Key == "" || d.was.ManagedBy != "manifest" }

// given is what an option of the form gives, as far as it is understood.
func (d roleDraft) given(f *form, n int) []allowance {
	var out []allowance
	for _, p := range d.list {
		if mode, scope, _ := strings.Cut(f.get(optionAt(n)+choices+p.Key), ":"); mode != "" {
			out = append(out, allowance{p.Key, scope, mode})
		}
	}
	return out
}

func (d roleDraft) optionTitle(v *visit, f *form) string {
	if n, err := strconv.Atoi(f.get(editedOption)); err == nil && slices.Contains(f.optionNumbers(), n) {
		return v.T("role.option_edit", "Name", f.get(optionAt(n)+"name"))
	}
	return v.T("role.option_new")
}

// everywhereOptions are as what a role can count in agent groups that its holder is no member of.
func (v *visit) everywhereOptions() []option {
	return append([]option{{Value: "", Text: v.T("role.everywhere_none")}}, kindOptions(v)...)
}
