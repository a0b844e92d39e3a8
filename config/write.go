package config

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
)

// WriteManifest writes a manifest that [ParseManifest] reads back as the same spec: in one order, without what is usual
// anyway, and with comments where they help. It has no secrets, because a spec has none: only the names of the files that
// hold them. The error is the writer's, or tells that there is no such preset.
func WriteManifest(w io.Writer, spec directory.Spec) error {
	preset, err := access.PresetNamed(spec.Preset)
	if err != nil {
		return err
	}
	x := writer{spec: spec, preset: preset}
	var b strings.Builder
	b.WriteString("# The tenant " + strings.ToValidUTF8(strings.ReplaceAll(spec.Tenant, "\n", " "), "") + " as its manifest says it. What is not here is as the preset has it, or usual.\n")
	top := x.top()
	for i := range top.pairs {
		if i > 0 && !top.pairs[i].value.short(len(top.pairs[i].key)+2) {
			b.WriteByte('\n')
		}
		block(top.pairs[i]).write(&b, 0)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// writer turns a spec into values.
type writer struct {
	spec   directory.Spec
	preset access.Preset
}

// comments stand above the lists.
var comments = map[string]string{
	"connections":   "Of two connections that state an attribute, the upper one wins.",
	"roles":         "Roles beside those of the preset.",
	"profiles":      "Each narrows a role to some of its modules.",
	"agent_groups":  "Agent groups that stay even when no rule names them.",
	"statuses":      "Statuses beside the preset's, and what is different of those.",
	"seat_pools":    "Seat pools beside the preset's, and what is different of those.",
	"mapping.rules": "Rules apply in this order.",
	"settings":      "The others are the preset's or the usual ones.",
	"mapping.tests": "Rules whose tests fail are not published.",
}

func (x *writer) top() value {
	top := block()
	top.text("tenant", x.spec.Tenant)
	top.put("name", text(x.spec.Name), x.spec.Name == x.spec.Tenant || x.spec.Name == "")
	top.text("preset", x.spec.Preset)
	top.put("settings", x.settings(), len(x.spec.Settings) == 0)
	lists := []struct {
		key  string
		list []value
	}{
		{"connections", each(x.spec.Connections, x.connection)},
		{"companies", each(x.spec.Companies, company)},
		{"roles", each(x.spec.Roles, x.role)},
		{"profiles", each(x.spec.Profiles, profile)},
	}
	for _, w := range workLists {
		var list []value
		for _, g := range x.spec.Work {
			if g.Kind == w.kind {
				list = append(list, workGroup(g))
			}
		}
		lists = append(lists, struct {
			key  string
			list []value
		}{w.key, list})
	}
	place := 0
	lists = append(lists, []struct {
		key  string
		list []value
	}{
		{"statuses", each(x.spec.Statuses, func(s directory.StatusSpec) value { place++; return x.status(s, place-1) })},
		{"seat_pools", each(x.spec.SeatPools, x.seatPool)},
	}...)
	for _, l := range lists {
		top.put(l.key, value{list: l.list}, len(l.list) == 0)
	}
	mapping := block()
	mapping.put("rules", value{list: each(x.spec.Rules, rule)}, len(x.spec.Rules) == 0)
	mapping.put("tests", value{list: each(x.spec.Tests, mappingTest)}, len(x.spec.Tests) == 0)
	for i, p := range mapping.pairs {
		mapping.pairs[i].comment = comments["mapping."+p.key]
	}
	top.put("mapping", mapping, len(mapping.pairs) == 0)
	for i, p := range top.pairs {
		top.pairs[i].comment = comments[p.key]
	}
	return top
}

func each[T any](list []T, f func(T) value) []value {
	out := make([]value, 0, len(list))
	for _, x := range list {
		out = append(out, f(x))
	}
	return out
}

// settings writes each setting in the form that suits its type.
func (x *writer) settings() value {
	v := block()
	for _, name := range slices.Sorted(maps.Keys(x.spec.Settings)) {
		s, _ := directory.SettingNamed(name)
		canonical := x.spec.Settings[name]
		switch s.Type {
		case directory.NumberSetting, directory.SwitchSetting:
			v.put(name, word(canonical), false)
		case directory.DurationSetting:
			v.put(name, word(shortDuration(canonical)), false)
		case directory.ListSetting:
			v.put(name, texts(strings.Split(canonical, ",")), false)
		case directory.TextSetting, directory.ChoiceSetting:
			v.put(name, text(canonical), false)
		}
	}
	return v
}

// shortDuration writes 168h0m0s as people do: 7d.
func shortDuration(canonical string) string {
	d, err := time.ParseDuration(canonical)
	if err != nil {
		return quoted(canonical)
	}
	return span(d)
}

const day = 24 * time.Hour

func span(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// gone adds what a renamed or an absent object has besides.
func (v *value) gone(was string, absent bool) {
	v.text("was", was)
	v.put("state", text("absent"), !absent)
}

func company(c directory.CompanySpec) value {
	if c.Was == "" && !c.Absent {
		return text(c.Name)
	}
	v := braces()
	v.text("name", c.Name)
	v.gone(c.Was, c.Absent)
	return v
}

func profile(p directory.ProfileSpec) value {
	v := block()
	v.text("name", p.Name)
	v.text("role", p.Role)
	v.text("icon", p.Icon)
	v.text("description", p.Description)
	v.put("modules", texts(p.Modules), p.Absent && len(p.Modules) == 0) // without the line a profile would begin with some
	v.gone(p.Was, p.Absent)
	return v
}

func workGroup(g directory.WorkGroupSpec) value {
	usual := directory.NewWorkGroup(g.Kind, g.Name)
	v := braces()
	v.text("name", g.Name)
	v.text("description", g.Description)
	v.put("visibility", text(string(g.Visibility)), g.Visibility == usual.Visibility)
	v.put("distribution", boolean(g.Distribution), g.Distribution == usual.Distribution)
	v.put("default", boolean(true), !g.Default)
	v.texts("channels", g.Channels)
	v.text("company", g.Company)
	v.text("external_ref", g.ExternalRef)
	v.text("was", g.Was)
	if len(v.pairs) == 1 {
		return text(g.Name)
	}
	return v
}

func (x *writer) status(s directory.StatusSpec, place int) value {
	usual := statusBase(x.preset.Statuses, s.Key, place)
	v := braces()
	v.text("key", s.Key)
	v.put("name", text(s.Name), s.Name == usual.Name)
	v.put("icon", text(s.Icon), s.Icon == usual.Icon)
	v.put("description", text(s.Description), s.Description == usual.Description)
	v.put("receives", boolean(s.Receives), s.Receives == usual.Receives)
	v.put("active", boolean(s.Active), s.Active == usual.Active)
	v.gone(s.Was, s.Absent)
	return v
}

func (x *writer) seatPool(p directory.SeatPoolSpec) value {
	usual := seatPoolBase(x.preset.SeatPools, p.Key)
	policy := string(p.Policy)
	if policy == "" {
		policy = settingsPolicy
	}
	v := braces()
	v.text("key", p.Key)
	v.put("name", text(p.Name), p.Name == usual.Name)
	v.put("policy", text(policy), p.Policy == usual.Policy)
	v.put("limit", whole(p.Limit), p.Limit == usual.Limit)
	v.put("grace", whole(p.Grace), p.Grace == usual.Grace)
	v.put("roles", texts(p.Roles), slices.Equal(p.Roles, usual.Roles))
	v.put("contact", text(p.Contact), p.Contact == usual.Contact)
	v.gone(p.Was, p.Absent)
	return v
}

func rule(r directory.RuleSpec) value {
	v := block()
	v.text("name", r.Name)
	v.text("connection", r.Connection)
	v.text("group", r.Group)
	v.text("group_id", r.GroupID)
	v.text("when", r.When)
	v.outputs(r.Outputs())
	v.text("was", r.Was)
	return v
}

func (v *value) outputs(o directory.RuleOutputs) {
	list := func(key string, names []string) { v.put(key, texts(names), names == nil) } // a test may name none
	list("roles", o.Roles)
	list("options", o.Options)
	v.text("profile", o.Profile)
	groups := value{flow: true}
	for _, g := range o.AgentGroups {
		if g.Kind == "" || g.Kind == directory.AsUser {
			groups.list = append(groups.list, text(g.Name))
			continue
		}
		x := braces()
		x.text("name", g.Name)
		x.text("kind", string(g.Kind))
		groups.list = append(groups.list, x)
	}
	v.put("agent_groups", groups, o.AgentGroups == nil)
	list("campaigns", o.Campaigns)
	list("queues", o.Queues)
	list("strategies", o.Strategies)
	v.text("company", o.Company)
	v.text("seat_pool", o.SeatPool)
	v.text("initial_status", o.InitialStatus)
}

func mappingTest(t directory.MappingTest) value {
	v := block()
	v.text("name", t.Name)
	v.text("connection", t.Connection)
	v.texts("groups", t.Groups)
	v.put("user", person(t.Attributes), len(t.Attributes) == 0)
	expect := block()
	expect.outputs(t.Expect)
	v.put("expect", expect, false)
	return v
}

// person writes a document, each attribute on lines of its own.
func person(doc directory.Attributes) value {
	v := block()
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		attribute := decoded(doc[key])
		if whole, found := schema.User.Resolve(key, "", ""); found && whole.Extension() {
			attribute.flow = false
		}
		v.put(key, attribute, false)
	}
	return v
}

// decoded writes decoded JSON.
func decoded(x any) value {
	switch x := x.(type) {
	case string:
		return text(x)
	case bool:
		return boolean(x)
	case int64:
		return word(strconv.FormatInt(x, 10))
	case float64:
		return word(strconv.FormatFloat(x, 'g', -1, 64))
	case []any:
		v := value{flow: true}
		for _, e := range x {
			v.list = append(v.list, decoded(e))
		}
		return v
	case map[string]any:
		v := braces()
		for _, key := range slices.Sorted(maps.Keys(x)) {
			v.put(key, decoded(x[key]), false)
		}
		return v
	default:
		return word("null")
	}
}
