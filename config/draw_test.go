package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
)

// drawing draws a spec such as a manifest can say, of everything that it can.
type drawing struct {
	*rapid.T

	spec   directory.Spec
	preset access.Preset
	n      int
}

func drawSpec(t *rapid.T) directory.Spec {
	d := &drawing{T: t}
	d.preset = rapid.SampledFrom(access.Presets()).Draw(t, "preset")
	d.spec = directory.Spec{Tenant: "acme", Name: d.name(200), Preset: rapid.SampledFrom([]string{d.preset.Name, d.preset.ID()}).Draw(t, "pinned")}
	d.settings()
	d.companies()
	d.roles()
	d.profiles()
	d.work()
	d.statuses()
	d.seatPools()
	d.connections()
	for i, n := range d.names(3) {
		r := directory.RuleSpec{Rule: directory.Rule{Name: n, Order: i, ManagedBy: directory.ByManifest}}
		d.rule(&r.Rule)
		if d.coin() {
			r.Was = d.fresh()
		}
		d.spec.Rules = append(d.spec.Rules, r)
	}
	for _, n := range d.names(2) {
		expect := d.outputs("")
		if expect.Queues == nil && d.coin() {
			expect.Queues = []string{} // expects none
		}
		d.spec.Tests = append(d.spec.Tests, directory.MappingTest{
			Name: n, Attributes: d.person(), Groups: d.some(d.names(3)), Connection: d.oneOf(d.connectionNames()), Expect: expect,
			ManagedBy: directory.ByManifest,
		})
	}
	return d.spec
}

func (d *drawing) coin() bool { return rapid.Bool().Draw(d.T, "coin") }

// text draws what people, and people who try things, write: words, signs that YAML has a meaning for, other alphabets.
func (d *drawing) text(most int) string {
	s := rapid.OneOf(
		rapid.SampledFrom([]string{
			"Support", "true", "no", "~", "null", "1", "1.5", "0x1f", "1_000", "2026-01-31", "- a", "a: b", "a #b", "#", "&a", "*a", "!a", "%a", "@a", "`",
			"{a", "[a]", "'", `"`, `\`, "''", `"a"`, `'a' "b" \n`, "a:", ":a", "?", "? a", "|", ">-", "<<", "=", "---", "...", "ñandú", "日本", "\u00a0a", "a\u2028b",
			"\U0001f600", "a,b", "C:\\x", "a\u200bb", "e\u0301", "y", "Off", ".inf", "+1", "-", "a\ufeffb", "\u0085a",
		}),
		rapid.StringN(1, 12, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("ab :#-'\"\\{}[],&*!|>%@`?=~.\u00e9")), 1, 20, -1),
	).Filter(func(s string) bool {
		return s != "" && strings.TrimSpace(s) == s && utf8.ValidString(s) && !strings.ContainsRune(s, utf8.RuneError) &&
			!strings.ContainsFunc(s, unicode.IsControl) && utf8.RuneCountInString(s) <= most
	}).Draw(d.T, "text")
	return s
}

func (d *drawing) name(most int) string { return d.text(most) }

// fresh draws a name that nothing else has.
func (d *drawing) fresh() string {
	d.n++
	return fmt.Sprintf("%s %d", strings.NewReplacer("{", "(", "}", ")").Replace(d.text(20)), d.n)
}

func (d *drawing) names(most int) []string {
	var out []string
	for range rapid.IntRange(0, most).Draw(d.T, "how many") {
		out = append(out, d.fresh())
	}
	return out
}

// optional draws a text or none.
func (d *drawing) optional(most int) string {
	if d.coin() {
		return ""
	}
	return d.text(most)
}

// some draws some of a list, in any order, and nil for none.
func (d *drawing) some(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := rapid.Permutation(list).Draw(d.T, "order")
	if out = out[:rapid.IntRange(0, len(out)).Draw(d.T, "some")]; len(out) == 0 {
		return nil
	}
	return out
}

// oneOf draws one of a list, or "".
func (d *drawing) oneOf(list []string) string {
	return rapid.SampledFrom(append([]string{""}, list...)).Draw(d.T, "one of")
}

// fate draws whether something is renamed or absent.
func (d *drawing) fate() (was string, absent bool) {
	switch rapid.IntRange(0, 3).Draw(d.T, "fate") {
	case 0:
		return d.fresh(), false
	case 1:
		return "", true
	default:
		return "", false
	}
}

func (d *drawing) settings() {
	values := map[string]string{}
	for _, s := range directory.Settings() {
		if !d.coin() || s.Name == "presence.initial_status" {
			continue
		}
		drawn := s.Default
		switch s.Type {
		case directory.ChoiceSetting, directory.SwitchSetting:
			drawn = rapid.SampledFrom(s.Values).Draw(d.T, s.Name)
		case directory.ListSetting:
			if words := d.some(s.Values); words != nil {
				drawn = strings.Join(words, ",")
			}
		case directory.NumberSetting:
			drawn = rapid.SampledFrom([]string{s.Default, "7", "20"}).Draw(d.T, s.Name)
		case directory.DurationSetting:
			drawn = rapid.SampledFrom([]string{s.Default, "36h", "90m", "2d", "1h30m5s"}).Draw(d.T, s.Name)
		case directory.TextSetting:
			drawn = rapid.SampledFrom([]string{"^.+$", `^"[a-z]\d{3,}'#: "$`, "^$"}).Draw(d.T, s.Name)
		}
		if canonical, err := s.Check(drawn); err == nil {
			values[s.Name] = canonical
		}
	}
	if len(values) > 0 {
		d.spec.Settings = values
	}
}

func (d *drawing) companies() {
	for _, n := range d.names(3) {
		c := directory.CompanySpec{Company: directory.Company{Name: n, ManagedBy: directory.ByManifest}}
		c.Was, c.Absent = d.fate()
		d.spec.Companies = append(d.spec.Companies, c)
	}
}

func (d *drawing) presentCompanies() (out []string) {
	for _, c := range d.spec.Companies {
		if !c.Absent {
			out = append(out, c.Name)
		}
	}
	return out
}

func (d *drawing) work() {
	first := true
	for _, list := range workLists {
		for _, n := range d.names(3) {
			g := directory.NewWorkGroup(list.kind, n)
			g.Description, g.ExternalRef, g.Company, g.ManagedBy = d.optional(400), d.optional(200), d.oneOf(d.presentCompanies()), directory.ByManifest
			if list.kind == directory.AgentGroupWork {
				g.Visibility = rapid.SampledFrom([]directory.Visibility{directory.VisibleAll, directory.VisibleTeam, directory.VisibleAttendant}).Draw(d.T, "visibility")
				g.Distribution, g.Default, g.Channels = d.coin(), first && d.coin(), d.some([]string{"chat", "voice", "e-mail"})
				first = first && !g.Default
			}
			w := directory.WorkGroupSpec{WorkGroup: g}
			if d.coin() {
				w.Was = d.fresh()
			}
			d.spec.Work = append(d.spec.Work, w)
		}
	}
}

func (d *drawing) workNames(kind directory.WorkKind) (out []string) {
	for _, g := range d.spec.Work {
		if g.Kind == kind {
			out = append(out, g.Name)
		}
	}
	return out
}

func (d *drawing) statuses() {
	keys := []string{"offline", "online", "on_break", "no", "lunch-1"}
	for i, key := range d.some(keys) {
		s := directory.StatusSpec{Status: statusBase(d.preset.Statuses, key, i)}
		if d.coin() {
			s.Name, s.Icon, s.Description, s.Receives = d.fresh(), d.optional(50), d.optional(400), d.coin()
			s.Active = key == "offline" || d.coin()
		}
		if s.Was, s.Absent = d.fate(); s.System {
			s.Was, s.Absent = "", false
		}
		d.spec.Statuses = append(d.spec.Statuses, s)
	}
}

func (d *drawing) seatPools() {
	keys := []string{"desks", "2nd", "off"}
	for _, p := range d.preset.SeatPools {
		keys = append(keys, p.Key)
	}
	free := d.assignable()
	for _, key := range d.some(keys) {
		p := directory.SeatPoolSpec{SeatPool: seatPoolBase(d.preset.SeatPools, key)}
		if d.coin() {
			p.Name, p.Contact = d.fresh(), d.optional(400)
			p.Policy = rapid.SampledFrom([]directory.SeatPolicy{"", directory.HardCap, directory.Metered, directory.CapWithGrace}).Draw(d.T, "policy")
			p.Limit, p.Grace = rapid.IntRange(0, 50).Draw(d.T, "limit"), rapid.IntRange(0, 5).Draw(d.T, "grace")
		}
		p.Roles = d.some(free)
		p.Was, p.Absent = d.fate()
		if !p.Absent {
			free = slices.DeleteFunc(slices.Clone(free), func(key string) bool { return slices.Contains(p.Roles, key) })
		}
		d.spec.SeatPools = append(d.spec.SeatPools, p)
	}
}

func (d *drawing) person() directory.Attributes {
	doc := directory.Attributes{}
	if d.coin() {
		doc["userName"], doc["active"] = d.text(50), d.coin()
	}
	if d.coin() {
		doc["name"] = map[string]any{"givenName": d.text(50), "familyName": d.text(50)}
		doc["emails"] = []any{map[string]any{"value": d.text(50), "type": "work", "primary": true}, map[string]any{"value": d.fresh()}}
	}
	if d.coin() {
		doc[schema.EnterpriseURN] = map[string]any{"department": d.text(50), "manager": map[string]any{"value": d.text(20)}}
	} else if d.coin() {
		doc["Department"], doc["manager"], doc["title"] = d.text(50), d.text(20), nil
	}
	if d.coin() {
		doc[schema.RollcallURN] = map[string]any{"skills": []any{"a", d.fresh()}, "extension": "42"}
	}
	if len(doc) == 0 {
		return nil
	}
	return doc
}
