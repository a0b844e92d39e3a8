package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var auditRoutes = []route{
	{"GET /audit", auditNeeds, (*visit).audit},
	{"GET /audit/export", []string{"console.audit.export"}, (*visit).exportAudit},
	{"GET /audit/person", auditNeeds, (*visit).auditPerson},
	{"GET /audit/right", auditNeeds, (*visit).auditRight},
}

var auditNeeds = []string{"console.audit.read"}

// auditEntry is one change, as the API tells it.
type auditEntry struct {
	Sequence int64     `json:"seq"`
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Action   string    `json:"action"`
	Subject  string    `json:"subject"`
	Actor    struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	} `json:"actor"`
	Connection   string          `json:"connection"`
	Run          string          `json:"run"`
	RequestID    string          `json:"request_id"`
	Reason       string          `json:"reason"`
	Before       json.RawMessage `json:"before"`
	After        json.RawMessage `json:"after"`
	Rights       []grantChange   `json:"rights"`
	Verification string          `json:"verification"` // sealed | erased | altered
}

// grantChange is a right that a change gave or took.
type grantChange struct {
	Gained bool   `json:"gained"`
	Kind   string `json:"kind"`
	Target string `json:"target"`
	As     string `json:"as"`
	Rule   string `json:"rule"`
	Group  string `json:"group"`
}

// auditFilters are the names of the filters that go to the API as they are.
var auditFilters = []string{"action", "actor_kind", "run", "order"}

// audited is a page of the audit trail.
type audited struct {
	Entries     []auditEntry
	Next        string
	Head        string
	Connections []option
}

// auditQuery is what the filters of the form ask the API. What is wrong with them is noted at their fields.
func (v *visit) auditQuery(f *form) url.Values {
	q := url.Values{}
	for _, name := range auditFilters {
		if x := f.get(name); x != "" {
			q.Set(name, x)
		}
	}
	for _, name := range []string{"since", "until"} {
		if t, ok := v.auditTime(f, name); ok {
			q.Set(name, t.Format(time.RFC3339))
		}
	}
	if x := f.get("connection"); x != "" {
		q.Set("connection", x)
	}
	if x := f.get("subject"); x != "" {
		if x != "config" && !strings.HasPrefix(x, "group:") && !strings.HasPrefix(x, "person:") {
			x = "person:" + v.personID(f, "subject", x)
		}
		q.Set("subject", x)
	}
	if x := f.get("actor"); x != "" {
		if f.get("actor_kind") == "person" {
			x = v.personID(f, "actor", x)
		}
		q.Set("actor", x)
	}
	return q
}

// auditTime reads a field of date and time in the reader's zone.
func (v *visit) auditTime(f *form, name string) (time.Time, bool) {
	text := f.get(name)
	if text == "" {
		return time.Time{}, false
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, v.zone); err == nil && t.Year() > 0 {
			return t.UTC(), true
		}
	}
	f.faults[name] = v.T("audit.bad_time")
	return time.Time{}, false
}

// personID is the id of the person whom somebody names by an address, a user name or a number.
func (v *visit) personID(f *form, name, ref string) string {
	if !v.may("users.view") {
		return ref
	}
	var x struct {
		ID string `json:"id"`
	}
	if err := v.get(at("users", ref), nil, &x); err != nil {
		f.faults[name] = v.T("audit.no_person", "Name", ref)
		return ref
	}
	return x.ID
}

// audit lists changes.
func (v *visit) audit() error {
	f := &form{values: v.r.URL.Query(), faults: map[string]string{}}
	q := v.auditQuery(f)
	q.Set("limit", "50")
	if c := v.query("cursor"); c != "" {
		q.Set("cursor", c)
	}
	var a audited
	var head struct {
		Head string `json:"head"`
	}
	if err := v.get("/audit/head", nil, &head); err != nil {
		return err
	}
	a.Head = head.Head
	if v.may("console.connections.read") {
		list, err := whole[struct {
			Name string `json:"name"`
		}](v, "/connections", nil)
		if err != nil {
			return err
		}
		for _, c := range list {
			a.Connections = append(a.Connections, option{Value: c.Name, Text: c.Name})
		}
	}
	if len(f.faults) == 0 {
		var p page[auditEntry]
		if err := v.get("/audit", q, &p); err != nil {
			if err := v.oddQuery(f, err); err != nil {
				return err
			}
		}
		a.Entries, a.Next = p.Items, p.Next
	} else {
		v.status = http.StatusUnprocessableEntity
	}
	keep(&a.Connections, f.get("connection"))
	return v.show(auditPage(v, f, a))
}

// oddQuery notes what the API refuses of a query at the fields of its form.
func (v *visit) oddQuery(f *form, err error) error {
	p := asProblem(err)
	if p == nil || p.Status >= 500 || p.Slug == "missing-permission" || p.Slug == "unauthenticated" {
		return err
	}
	f.problem, v.status = p, p.Status
	for _, e := range p.Errors {
		if name, ok := strings.CutPrefix(e.Location, "query."); ok {
			f.faults[name] = e.Message
		}
	}
	return nil
}

// exportAudit passes the changes that the filters find on as a file.
func (v *visit) exportAudit() error {
	f := &form{values: v.r.URL.Query(), faults: map[string]string{}}
	q := v.auditQuery(f)
	if len(f.faults) > 0 {
		return v.audit() // which says what is wrong
	}
	err := v.download("/audit/export", q, "rollcall-audit.jsonl")
	if p := asProblem(err); p != nil && p.Status == http.StatusUnprocessableEntity {
		return v.audit()
	}
	return err
}

// auditFiltered reports whether anything narrows the list.
func auditFiltered(f *form) bool {
	for _, name := range []string{"subject", "action", "actor_kind", "actor", "connection", "run", "since", "until"} {
		if f.get(name) != "" {
			return true
		}
	}
	return false
}
