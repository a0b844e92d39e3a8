package console

import "slices"

// rightFields are what somebody new is given by hand: what the tenant uses and the reader may give.
func (c *peopleChoices) rightFields(v *visit) (out []field) {
	s := c.settings
	profiles := optionsOf(c.profiles, profileOption)
	byProfile := c.must("profile") // their role comes with the profile
	if roles := optionsOf(c.roles, assignable); len(roles) > 0 && !byProfile && v.may("users.role.assign") {
		f := field{Name: "roles", Label: c.rolesLabel(v), Kind: "checks", Options: roles, Required: c.must("roles")}
		if s.text("roles.cardinality") == "one" {
			f.Kind, f.Options = "select", chosenFrom(v, roles, f.Required)
		}
		out = append(out, f)
	}
	if options := c.roleOptions(); len(options) > 0 && !byProfile && v.may("users.options.assign") {
		out = append(out, field{Name: "options", Label: v.T("people.options"), Hint: v.T("people.options_hint"), Kind: "checks", Options: options})
	}
	if len(profiles) > 0 && v.may("users.profile.assign") {
		out = append(out, field{Name: "profile", Label: v.T("people.label_profile"), Kind: "select", Options: chosenFrom(v, profiles, c.must("profile")), Required: c.must("profile")})
	}
	if s.on("presence.statuses") {
		if statuses := optionsOf(c.statuses, statusOption); len(statuses) > 0 {
			out = append(out, field{Name: "status", Label: v.T("people.label_status"), Hint: v.T("people.status_hint"), Kind: "select", Options: statuses})
		}
	}
	if v.may("groups.members.manage") && !c.withKinds() {
		out = c.ticked(out, "agent_groups", v.T("people.agent_groups"), optionsOf(c.groups, workOption), c.must("agent_groups"))
	}
	if v.may("users.edit", "campaigns.manage") {
		out = c.ticked(out, "campaigns", v.T("people.campaigns"), optionsOf(c.campaigns, workOption), false)
	}
	if v.may("users.edit", "queues.manage") {
		out = c.ticked(out, "queues", v.T("people.queues"), optionsOf(c.queues, workOption), false)
	}
	if v.may("users.edit", "strategies.manage") {
		out = c.ticked(out, "strategies", v.T("people.strategies"), optionsOf(c.strategies, workOption), false)
	}
	if companies := optionsOf(c.companies, companyOption); len(companies) > 0 && v.may("users.edit", "users.profile.assign") {
		out = append(out, field{Name: "company", Label: v.T("people.company"), Kind: "select", Options: chosenFrom(v, companies, false)})
	}
	return out
}

// ticked adds a field of which several can be ticked, where there are any.
func (c *peopleChoices) ticked(to []field, name, label string, options []option, required bool) []field {
	if len(options) == 0 {
		return to
	}
	return append(to, field{Name: name, Label: label, Kind: "checks", Options: options, Required: required})
}

// chosenFrom are options of which one is chosen: none to begin with, and none ever where it is not mandatory.
func chosenFrom(v *visit, options []option, required bool) []option {
	first := option{Text: v.T("common.none")}
	if required {
		first.Text = v.T("people.choose_one")
	}
	return slices.Concat([]option{first}, options)
}

// withKinds reports whether people belong to agent groups in several ways.
func (c *peopleChoices) withKinds() bool { return c.settings.on("groups.membership_kinds") }

// roleOptions are the options of all roles that can be given, each with its role's name before (rows 001-11 … 001-30).
func (c *peopleChoices) roleOptions() (out []option) {
	for _, r := range c.roles {
		if _, ok := assignable(r); !ok {
			continue
		}
		for _, o := range r.Options {
			out = append(out, option{Value: r.Key + ":" + o.Key, Text: r.Name + ": " + o.Name})
		}
	}
	return out
}

// membershipOptions are the ways to belong to an agent group, not to at first.
func membershipOptions(v *visit) []option {
	return slices.Concat([]option{{Text: v.T("people.no_member")}}, kindOptions(v))
}
