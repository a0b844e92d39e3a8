package console

func (d profileDraft) title(v *visit) string {
	if d.was.ID == "" {
		return v.T("profile.new")
	}
	return v.T("profile.edit_title", "Name", d.was.Name)
}

// roleName is what people call a role that has profiles.
func (d profileDraft) roleName(key string) string {
	for _, r := range d.roles {
		if r.Key == key {
			return r.Name
		}
	}
	return key
}

// roleOptions are the roles that a profile can be of (row 004-12).
func (d profileDraft) roleOptions(v *visit) []option {
	out := []option{{Value: "", Text: v.T("profile.choose_role")}}
	for _, r := range d.roles {
		out = append(out, option{Value: r.Key, Text: r.Name})
	}
	return out
}

// kept are some of the form's fields, to be sent again unseen.
func (f *form) kept(names ...string) (out []pair) {
	for _, name := range names {
		for _, value := range f.values[name] {
			out = append(out, pair{name, value})
		}
	}
	return out
}
