package console

import (
	"slices"

	"rollcall/locale"
)

// icon is a drawing of 24 by 24, as the path of one stroke.
type icon struct{ name, path string }

// icons are what statuses and profiles can have, in the order in which they are offered.
var icons = []icon{
	{"circle-check", "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM8 12l3 3l5-6"},
	{"circle-off", "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM6 6l12 12"},
	{"clock", "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM12 7v5l3 3"},
	{"pause", "M9 5v14M15 5v14"},
	{"coffee", "M5 9h11v6a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 11h2a2 2 0 0 1 0 5h-2M8 5V3M12 5V3"},
	{"utensils", "M7 3v18M4 3v5a3 3 0 0 0 6 0V3M17 21V3c-3 1-4 5-3 9h3"},
	{"graduation", "M3 9l9-5l9 5l-9 5zM7 12v4c3 3 7 3 10 0v-4"},
	{"users", "M9 4a4 4 0 1 0 0 8a4 4 0 0 0 0-8zM2 21c0-8 14-8 14 0M16 5a3 3 0 1 1 0 7M18 15c3 1 4 3 4 6"},
	{"user", "M12 3a4 4 0 1 0 0 9a4 4 0 0 0 0-9zM4 21c0-9 16-9 16 0"},
	{"headset", "M4 14v-3a8 8 0 0 1 16 0v3M4 13h3v6H5a1 1 0 0 1-1-1zM20 13h-3v6h2a1 1 0 0 0 1-1zM18 19c0 2-2 2-4 2"},
	{"phone", "M5 4h4l2 5l-3 2c1 3 3 5 5 5l2-3l5 2v4c0 1-1 2-2 2C10 21 3 12 3 6c0-1 1-2 2-2z"},
	{"chat", "M4 5h16v11H10l-5 4v-4H4z"},
	{"mail", "M3 6h18v12H3zM3 7l9 7l9-7"},
	{"shield", "M12 3l8 3v6c0 5-4 8-8 9c-4-1-8-4-8-9V6z"},
	{"star", "M12 3l3 6l6 1l-4.500 4.500l1 6.500l-5.500-3l-5.500 3l1-6.500L3 10l6-1z"},
	{"chart", "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6"},
	{"home", "M3 11l9-8l9 8M6 9v11h12V9"},
	{"briefcase", "M3 8h18v11H3zM9 8V5h6v3M3 13h18"},
}

// pathOf is the drawing of an icon; that of one which somebody named elsewhere is a dot.
func pathOf(name string) string {
	if i := slices.IndexFunc(icons, func(x icon) bool { return x.name == name }); i >= 0 {
		return icons[i].path
	}
	return "M12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6z"
}

// iconOptions are the icons to choose from; a name that is not among them stays one of them.
func iconOptions(l locale.Language, has string) (out []option) {
	out = append(out, option{Value: "", Text: l.T("icon.choose")})
	for _, x := range icons {
		out = append(out, option{Value: x.name, Text: l.T("icon." + x.name)})
	}
	if has != "" && !slices.ContainsFunc(icons, func(x icon) bool { return x.name == has }) {
		out = append(out, option{Value: has, Text: has})
	}
	return out
}
