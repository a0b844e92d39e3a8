package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

var settingsRoutes = []route{
	{"GET /settings", settingsNeeds, (*visit).settings},
	{"GET /settings/tenant", tenantNeeds, (*visit).tenantSettings},
	{"POST /settings/tenant", []string{"console.tenant.manage"}, (*visit).saveTenant},
	{"GET /settings/{name}", settingsNeeds, (*visit).viewSetting},
	{"POST /settings/{name}", []string{"settings.manage"}, (*visit).saveSetting},
}

var (
	settingsNeeds = []string{"settings.view"}
	tenantNeeds   = []string{"console.tenant.read"}
)

// setting is a setting, as the API tells it.
type setting struct {
	Name      string     `json:"name"`
	Type      string     `json:"type"` // text | choice | number | duration | list | switch
	Value     any        `json:"value"`
	Default   any        `json:"default"`
	Preset    any        `json:"preset"`
	Values    []string   `json:"values"`
	Doc       string     `json:"doc"`
	Origin    string     `json:"origin"` // default | preset | manifest | console
	Version   int        `json:"version"`
	ChangedBy string     `json:"changed_by"`
	ChangedAt *time.Time `json:"changed_at"`
}

// settingChange is one change of a setting.
type settingChange struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Before any       `json:"before"`
	After  any       `json:"after"`
	Reason string    `json:"reason"`
}

// settingGroup are the settings whose names begin alike.
type settingGroup struct {
	Key      string
	Settings []setting
}

// tenantView is the tenant, as the API tells it.
type tenantView struct {
	Key       string    `json:"key"`
	Name      string    `json:"name"`
	Version   int       `json:"version"`
	Preset    string    `json:"preset"`
	Newer     string    `json:"newer_preset"`
	SCIM      string    `json:"scim_base_url"`
	CreatedAt time.Time `json:"created_at"`
}

// settings lists all of them, in their groups.
func (v *visit) settings() error {
	var list []setting
	var tenant *tenantView
	if err := v.all(
		func() (err error) { list, err = whole[setting](v, "/settings", nil); return err },
		func() error {
			if !v.may(tenantNeeds...) {
				return nil
			}
			tenant = &tenantView{}
			return v.get("/tenant", nil, tenant)
		},
	); err != nil {
		return err
	}
	var groups []settingGroup
	for _, s := range list {
		key, _, _ := strings.Cut(s.Name, ".")
		if len(groups) == 0 || groups[len(groups)-1].Key != key {
			groups = append(groups, settingGroup{Key: key})
		}
		last := &groups[len(groups)-1]
		last.Settings = append(last.Settings, s)
	}
	return v.show(settingsPage(v, groups, tenant))
}

// title and doc say in the reader's language what a setting is; doc is the API's English where there is no text.
func (s setting) title(v *visit) string { return v.Either("setting."+s.Name, s.Name) }
func (s setting) doc(v *visit) string   { return v.Either("setting."+s.Name+".doc", s.Doc) }

// text writes a value as people read it, and as the form takes it.
func (s setting) text(v *visit, x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case bool:
		if x {
			return v.T("setting.on")
		}
		return v.T("setting.off")
	case string:
		if s.Type == "duration" {
			return shortDuration(x)
		}
		return x
	}
	return v.valueText(x)
}

// shown is a value as people read it.
func (s setting) shown(v *visit, x any) string {
	text, is := x.(string)
	list, several := x.([]any)
	switch {
	case is && s.Type == "choice":
		return v.choice(text)
	case is && s.Type == "list": // the log keeps values as texts
		return v.chosen(strings.Split(text, ","))
	case several && s.Type == "list":
		words := make([]string, len(list))
		for i, y := range list {
			words[i], _ = y.(string)
		}
		return v.chosen(words)
	}
	return s.text(v, x)
}

// chosen are the values of a list as people read them; those with | between are alternatives.
func (v *visit) chosen(values []string) string {
	out := make([]string, len(values))
	for i, value := range values {
		if out[i] = v.choice(value); out[i] == value {
			if text := fieldsText(v, []string{value}); text != value {
				out[i] = text + " (" + value + ")"
			}
		}
	}
	return strings.Join(out, ", ")
}

// orUsual is a value of the history; where there was none, that of the preset or the default was in force. The log keeps
// values as texts.
func (s setting) orUsual(v *visit, x any) string {
	if x == nil {
		return v.T("setting.usual")
	}
	return s.shown(v, x)
}

// shortDuration writes a duration with the largest unit that fits, as in "7d", "36h" or "90m".
func shortDuration(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	for _, x := range []struct {
		unit string
		of   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if d > 0 && d%x.of == 0 {
			return strconv.FormatInt(int64(d/x.of), 10) + x.unit
		}
	}
	return d.String()
}

// filled is a form with the setting's value.
func (s setting) filled(v *visit) *form {
	f := blank()
	switch x := s.Value.(type) {
	case bool:
		tick(f, "value", x)
	case []any:
		words := make([]string, len(x))
		for i, w := range x {
			words[i] = v.valueText(w)
		}
		f.values.Set("value", strings.Join(words, "\n"))
	default:
		f.values.Set("value", s.text(v, x))
	}
	return f
}

// field is the field for the setting's value.
func (s setting) field(v *visit) field {
	x := field{Name: "value", Label: v.T("setting.value"), Required: true, Max: 1000}
	switch s.Type {
	case "choice":
		x.Kind = "select"
		for _, value := range s.Values {
			x.Options = append(x.Options, option{Value: value, Text: v.choice(value)})
		}
	case "number":
		x.Kind = "number"
	case "duration":
		x.Hint = v.T("setting.duration_hint")
	case "list":
		x.Kind, x.Rows = "textarea", 4
		x.Hint = v.T("setting.list_hint", "Values", strings.Join(s.Values, ", "))
	case "switch":
		x.Kind, x.Required, x.Label = "check", false, v.T("setting.on")
	}
	return x
}

// choice is a value of a setting as people read it, with the word that manifests use.
func (v *visit) choice(value string) string {
	if text := v.Either("setting.choice_"+value, value); text != value {
		return text + " (" + value + ")"
	}
	return value
}

// sent is the value that a form says, as the API takes it. What cannot be of the setting's type is noted at the field.
func (s setting) sent(v *visit, f *form) any {
	switch s.Type {
	case "switch":
		return f.on("value")
	case "list":
		words := f.lines("value")
		if len(words) == 0 {
			f.faults["value"] = v.T("fault.required")
		}
		return words
	case "number":
		n, err := strconv.Atoi(f.get("value"))
		if err != nil {
			f.faults["value"] = v.T("fault.number")
		}
		return n
	default:
		if f.get("value") == "" {
			f.faults["value"] = v.T("fault.required")
		}
		return f.get("value")
	}
}

// viewSetting shows one setting with its history.
func (v *visit) viewSetting() error {
	s, err := v.readSetting()
	if err != nil {
		return err
	}
	return v.showSetting(s, s.filled(v))
}

func (v *visit) readSetting() (s setting, err error) {
	return s, v.get(at("settings", v.path("name")), nil, &s)
}

func (v *visit) showSetting(s setting, f *form) error {
	var p page[settingChange]
	history := v.may(auditNeeds...)
	if history {
		q := url.Values{"limit": {"20"}}
		if c := v.query("cursor"); c != "" {
			q.Set("cursor", c)
		}
		if err := v.get(at("settings", s.Name, "history"), q, &p); err != nil {
			return err
		}
	}
	return v.show(settingPage(v, f, s, p, history))
}

// saveSetting sets a setting, or gives it back to the preset; as a plan first where that touches people.
func (v *visit) saveSetting() error {
	s, err := v.readSetting()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	again := func(f *form) error {
		if f.problem != nil && f.problem.Slug == "invalid" { // it is about the one value that there is
			f.faults["value"] = v.said(f.problem.message())
		}
		if f.on("reset") {
			f.values.Del("reset")
			f.values["value"] = s.filled(v).values["value"]
		}
		return v.showSetting(s, f)
	}
	var value any
	said := "setting.reset_done"
	if !f.on("reset") {
		value, said = s.sent(v, f), "setting.saved"
		if len(f.faults) > 0 {
			return v.again(f, again)
		}
	}
	return v.change(f, http.MethodPut, at("settings", s.Name), nil, map[string]any{"value": value}, v.T("setting.change_title", "Name", s.title(v)),
		func(outcome) error { return v.done(at("settings", s.Name), said, "Name", s.title(v)) }, again)
}

// tenantSettings shows the tenant.
func (v *visit) tenantSettings() error {
	var t tenantView
	if err := v.get("/tenant", nil, &t); err != nil {
		return err
	}
	return v.show(tenantPage(v, blank("name", t.Name), t))
}

// saveTenant changes the tenant's name, or takes a newer version of its preset, which is a plan first.
func (v *visit) saveTenant() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var t tenantView
	if err := v.get("/tenant", nil, &t); err != nil {
		return err
	}
	body, title, said := map[string]string{}, v.T("setting.rename"), "setting.tenant_saved"
	if x := f.get("preset"); x != "" {
		body["preset"], title, said, f.shown = x, v.T("setting.take_preset", "Preset", x), "setting.preset_taken", true
	} else {
		body["name"] = f.get("name")
		if body["name"] == "" {
			f.faults["name"] = v.T("fault.required")
		}
	}
	again := func(f *form) error {
		if !slices.Contains([]string{"", t.Newer}, f.get("preset")) {
			f.faults["preset"] = v.T("setting.no_preset")
		}
		if f.get("name") == "" && f.get("preset") != "" {
			f.values.Set("name", t.Name)
		}
		return v.show(tenantPage(v, f, t))
	}
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	return v.change(f, http.MethodPatch, "/tenant", nil, body, title, func(outcome) error { return v.done("/settings/tenant", said) }, again)
}

// originKind is the colour of where a value comes from.
func (s setting) originKind() string {
	switch s.Origin {
	case "manifest", "console":
		return "good"
	}
	return "plain"
}

// canReset reports whether a setting can be given back to what the preset says.
func (s setting) canReset() bool { return s.Origin == "console" }
