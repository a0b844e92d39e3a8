package console

import (
	"net/url"
	"slices"
	"strings"

	"rollcall/directory"
)

// ldapBody is how a directory is reached and read, as the API takes it.
type ldapBody struct {
	URLs           []string          `json:"urls"`
	BindDN         string            `json:"bind_dn,omitempty"`
	BindPassword   string            `json:"bind_password,omitempty"`
	Server         string            `json:"server,omitempty"`
	StartTLS       bool              `json:"start_tls,omitempty"`
	TLSServerName  string            `json:"tls_server_name,omitempty"`
	AllowPlaintext bool              `json:"allow_plaintext,omitempty"`
	Users          searchBody        `json:"users"`
	Groups         *searchBody       `json:"groups,omitempty"`
	Attributes     map[string]string `json:"attributes,omitempty"`
	Membership     string            `json:"membership,omitempty"`
	Nested         *bool             `json:"nested,omitempty"`
	PageSize       int               `json:"page_size,omitempty"`
	Timeout        string            `json:"timeout,omitempty"`
	Schedule       string            `json:"schedule,omitempty"`
	FullEvery      string            `json:"full_every,omitempty"`
	GraceRuns      int               `json:"grace_runs,omitempty"`
	MinimumPeople  int               `json:"minimum_people,omitempty"`
	Canaries       []string          `json:"canaries,omitempty"`
}

type searchBody struct {
	Base   string `json:"base"`
	Filter string `json:"filter,omitempty"`
}

// fill writes the settings into a form. A password is not among them: the API never tells one.
func (b *ldapBody) fill(f *form) {
	if b == nil {
		return
	}
	for name, text := range map[string]string{
		"urls": strings.Join(b.URLs, "\n"), "bind_dn": b.BindDN, "server": b.Server, "tls_server_name": b.TLSServerName, "users_base": b.Users.Base, "users_filter": b.Users.Filter,
		"membership": b.Membership, "page_size": numberOr(b.PageSize), "timeout": brief(b.Timeout), "schedule": brief(b.Schedule), "full_every": brief(b.FullEvery),
		"grace_runs": numberOr(b.GraceRuns), "minimum_people": numberOr(b.MinimumPeople), "canaries": strings.Join(b.Canaries, "\n"),
	} {
		f.values.Set(name, text)
	}
	if b.Groups != nil {
		f.values.Set("groups_base", b.Groups.Base)
		f.values.Set("groups_filter", b.Groups.Filter)
	}
	var mapped []string
	for name, path := range b.Attributes {
		mapped = append(mapped, strings.TrimSpace(name+": "+path))
	}
	slices.Sort(mapped)
	f.values.Set("attributes", strings.Join(mapped, "\n"))
	tick(f, "start_tls", b.StartTLS)
	tick(f, "allow_plaintext", b.AllowPlaintext)
	tick(f, "nested", b.Nested == nil || *b.Nested)
}

// brief writes a duration without the parts that are zero: 15m, not 15m0s.
func brief(d string) string {
	if strings.HasSuffix(d, "m0s") {
		d = strings.TrimSuffix(d, "0s")
	}
	if strings.HasSuffix(d, "h0m") {
		d = strings.TrimSuffix(d, "0m")
	}
	return d
}

// ldapOf reads the settings from a form.
func (v *visit) ldapOf(f *form) *ldapBody {
	nested := f.on("nested")
	b := &ldapBody{
		URLs: f.lines("urls"), BindDN: f.get("bind_dn"), BindPassword: f.values.Get("bind_password"), Server: f.get("server"), StartTLS: f.on("start_tls"), TLSServerName: f.get("tls_server_name"),
		AllowPlaintext: f.on("allow_plaintext"), Users: searchBody{f.get("users_base"), f.get("users_filter")}, Attributes: map[string]string{}, Membership: f.get("membership"), Nested: &nested,
		PageSize: f.number(v, "page_size"), Timeout: v.lasting(f, "timeout"), Schedule: v.lasting(f, "schedule"), FullEvery: v.lasting(f, "full_every"),
		GraceRuns: f.number(v, "grace_runs"), MinimumPeople: f.number(v, "minimum_people"), Canaries: f.lines("canaries"),
	}
	if f.get("groups_base") != "" {
		b.Groups = &searchBody{f.get("groups_base"), f.get("groups_filter")}
	} else if f.get("groups_filter") != "" {
		f.faults["groups_base"] = v.T("fault.required")
	}
	if b.Users.Base == "" {
		f.faults["users_base"] = v.T("fault.required")
	}
	if len(b.URLs) == 0 {
		f.faults["urls"] = v.T("fault.required")
	}
	for _, text := range b.URLs {
		if u, err := url.Parse(text); err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
			f.faults["urls"] = v.T("connection.fault_url")
		}
	}
	for _, line := range f.lines("attributes") {
		name, path, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			f.faults["attributes"] = v.T("connection.fault_attributes")
			continue
		}
		b.Attributes[name] = strings.TrimSpace(path)
	}
	return b
}

// lasting reads a duration; the schedule may be off.
func (v *visit) lasting(f *form, name string) string {
	text := f.get(name)
	if text == "" || text == "off" && name == "schedule" {
		return text
	}
	if _, err := directory.ParseDuration(text); err != nil {
		f.faults[name] = v.T("connection.fault_duration")
	}
	return text
}
