package console

import "slices"

func (d groupDraft) title(v *visit) string {
	if d.was.ID == "" {
		return v.T("group.new")
	}
	return d.was.Name
}

// companyOptions are the companies that work can be of.
func companyOptions(v *visit, list []company) []option {
	out := []option{{Value: "", Text: v.T("common.none")}}
	for _, x := range list {
		out = append(out, option{Value: x.ID, Text: x.Name})
	}
	return out
}

// peopleOptions are people to choose from; two of one name are told apart by their ids (row 004-49).
func peopleOptions(list []member) []option {
	out := make([]option, len(list))
	for i, p := range list {
		out[i] = option{Value: p.ID, Text: p.name(), Hint: p.UserName + " · " + p.DisplayID}
	}
	return out
}

// channelOptions are the channels of which one can be asked: the group's, calls, and every other one.
func (c crew) channelOptions(v *visit) []option {
	out := []option{{Value: "", Text: v.T("group.channel_any")}}
	for _, x := range c.group.Channels {
		out = append(out, option{Value: x, Text: x})
	}
	if !slices.Contains(c.group.Channels, "voice") {
		out = append(out, option{Value: "voice", Text: v.T("group.channel_voice")})
	}
	if asked := v.query("channel"); asked != "" && !slices.ContainsFunc(out, func(o option) bool { return o.Value == asked }) {
		out = append(out, option{Value: asked, Text: asked})
	}
	return out
}
