package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

var connectionRoutes = []route{
	{"GET /connections", connectionNeeds, (*visit).connections},
	{"GET /connections/new", connectionWriters, (*visit).newConnection},
	{"POST /connections/new", connectionWriters, (*visit).createConnection},
	{"GET /connections/{id}", connectionNeeds, (*visit).viewConnection},
	{"GET /connections/{id}/settings", connectionNeeds, (*visit).connectionSettings},
	{"POST /connections/{id}/settings", connectionWriters, (*visit).replaceConnection},
	{"GET /connections/{id}/requests", []string{"console.requests.read"}, (*visit).connectionRequests},
	{"GET /connections/{id}/delete", connectionWriters, (*visit).leaveConnection},
	{"POST /connections/{id}/delete", connectionWriters, (*visit).deleteConnection},
	{"POST /connections/{id}/pause", []string{"console.connections.pause"}, (*visit).pauseConnection},
	{"POST /connections/{id}/resume", []string{"console.connections.pause"}, (*visit).resumeConnection},
	{"POST /connections/{id}/test", []string{"console.runs.plan"}, (*visit).testConnection},
	{"POST /connections/{id}/plan", []string{"console.runs.plan"}, (*visit).planConnection},
	{"POST /connections/{id}/sync", []string{"console.runs.apply"}, (*visit).syncConnection},
	{"GET /connections/{id}/held", []string{"console.runs.read"}, (*visit).heldPushes},
	{"POST /connections/{id}/held/approve", []string{"console.plans.approve"}, (*visit).approvePushes},
	{"POST /connections/{id}/held/discard", []string{"console.plans.approve"}, (*visit).discardPushes},
}

var (
	connectionNeeds   = []string{"console.connections.read"}
	connectionWriters = []string{"console.connections.write"}
)

// connectionKinds are the kinds of connections, in the order in which they are offered.
var connectionKinds = []string{"scim", "ldap", "oidc"}

// connectionView is a connection, as the API tells it.
type connectionView struct {
	ID string `json:"id"`
	connectionBody

	Secrets   []string `json:"secrets"`
	SCIM      string   `json:"scim_base_url"`
	Redirect  string   `json:"redirect_uri"`
	Logout    string   `json:"back_channel_logout_uri"`
	ManagedBy string   `json:"managed_by"`
}

// keeps reports whether the API has a secret of the name, which it never shows.
func (c connectionView) keeps(secret string) bool { return slices.Contains(c.Secrets, secret) }

// connectionNow is how a connection is at the moment.
type connectionNow struct {
	Status    string     `json:"status"` // active | paused | quarantined
	HeldRun   string     `json:"held_run"`
	HeldUntil *time.Time `json:"held_until"`
	Server    string     `json:"server"`
	FullAt    *time.Time `json:"full_at"`
	CheckedAt *time.Time `json:"checked_at"`
	NextAt    *time.Time `json:"next_at"`
	Failures  int        `json:"failures"`
	Error     string     `json:"error"`
	UsedAt    *time.Time `json:"used_at"`
	UserAgent string     `json:"user_agent"`
}

// listedConnection is a line of the list.
type listedConnection struct {
	connectionView
	connectionNow

	tokens []tokenView // that live
	known  bool        // whether the reader may know of tokens
}

// ends is when the last token of the connection ends; nil where one never does, or there is none.
func (l listedConnection) ends() *time.Time {
	var last *time.Time
	for _, t := range l.tokens {
		if t.ExpiresAt == nil {
			return nil
		}
		if last == nil || t.ExpiresAt.After(*last) {
			last = t.ExpiresAt
		}
	}
	return last
}

// soon reports whether something ends within a month.
func (v *visit) soon(t *time.Time) bool { return t != nil && t.Sub(v.h.Now()) < 30*24*time.Hour }

// connections lists them with their health, and what does not work yet.
func (v *visit) connections() error {
	var all []connectionView
	var tokens []tokenView
	var notices []hint
	err := v.all(
		func() (err error) { all, err = whole[connectionView](v, "/connections", nil); return err },
		func() (err error) { tokens, err = v.tokensOf(""); return err },
		func() (err error) { notices, err = v.connectionNotices(); return err },
	)
	if err != nil {
		return err
	}
	list := make([]listedConnection, len(all))
	asks := make([]func() error, len(all))
	for i, c := range all {
		list[i] = listedConnection{connectionView: c, known: v.may("console.tokens.manage")}
		for _, t := range tokens {
			if t.ConnectionID == c.ID && t.Live {
				list[i].tokens = append(list[i].tokens, t)
			}
		}
		asks[i] = func() error { return v.get(at("connections", c.ID, "state"), nil, &list[i].connectionNow) }
	}
	if err := v.all(asks...); err != nil {
		return err
	}
	return v.show(connectionsPage(v, list, notices))
}

// connectionNotices are those of the API's notices that are about connections and their tokens.
func (v *visit) connectionNotices() ([]hint, error) {
	if !v.may("console.tenant.read") {
		return nil, nil
	}
	all, err := whole[hint](v, "/notices", nil)
	return slices.DeleteFunc(all, func(x hint) bool { return x.About != "connection" && x.About != "token" }), err
}

// connection finds the one that the path names.
func (v *visit) connection() (c connectionView, err error) {
	return c, v.get(at("connections", v.path("id")), nil, &c)
}

// connectionPage is all that the page of a connection shows.
type connectionPage struct {
	connectionView
	connectionNow

	tokens  []tokenView
	notices []hint
	runs    []runView
	held    *syncPlan // what the guard holds of a client's pushes
	form    *form     // of a new token
}

// under is the run that goes on, or nil.
func (p connectionPage) under() *runView {
	if i := slices.IndexFunc(p.runs, runView.goesOn); i >= 0 {
		return &p.runs[i]
	}
	return nil
}

// said is how far its latest run is, or what became of it; see [runView.said].
func (p connectionPage) said(v *visit) string {
	switch r := p.under(); {
	case r != nil:
		return r.said(v)
	case len(p.runs) > 0:
		return p.runs[0].said(v)
	}
	return ""
}

func (v *visit) viewConnection() error { return v.showConnection(blank()) }

// showConnection shows the page of a connection, with the form for a new token as it was filled in.
func (v *visit) showConnection(f *form) error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	p := connectionPage{connectionView: c, form: f}
	err = v.all(
		func() error { return v.get(at("connections", c.ID, "state"), nil, &p.connectionNow) },
		func() (err error) {
			if c.Kind == "scim" {
				p.tokens, err = v.tokensOf(c.ID)
			}
			return err
		},
		func() error {
			all, err := v.connectionNotices()
			p.notices = slices.DeleteFunc(all, func(x hint) bool { return x.About != "connection" || x.Name != c.Name })
			return err
		},
		func() error {
			if c.Kind == "oidc" || !v.may("console.runs.read") {
				return nil
			}
			var x page[runView]
			err := v.get("/runs", url.Values{"connection": {c.ID}, "limit": {"5"}}, &x)
			p.runs = x.Items
			return err
		},
		func() error {
			if c.Kind != "scim" || !v.may("console.runs.read") {
				return nil
			}
			p.held = &syncPlan{}
			return v.get(at("connections", c.ID, "held"), nil, p.held)
		},
	)
	if err != nil {
		return err
	}
	return v.show(connectionOverview(v, p))
}

func (v *visit) pauseConnection() error { return v.turnConnection("pause", "connection.paused_done") }

func (v *visit) resumeConnection() error {
	return v.turnConnection("resume", "connection.resumed_done")
}

func (v *visit) turnConnection(verb, said string) error {
	c, err := v.connection()
	if err == nil {
		err = v.send(http.MethodPost, at("connections", c.ID, verb), nil, nil, nil)
	}
	if err != nil {
		return err
	}
	return v.done("/connections/"+c.ID, said, "Name", c.Name)
}

// requestLine is a request of a connection's client that was refused, or done only in part.
type requestLine struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Status    int       `json:"status"`
	ScimType  string    `json:"scim_type"`
	Detail    string    `json:"detail"`
	Hint      string    `json:"hint"`
	UserAgent string    `json:"user_agent"`
}

// requestFixes are the codes of which the catalogue says what to do, by HTTP status or by the keyword of RFC 7644 §3.12.
var requestFixes = map[string]string{
	"uniqueness": "uniqueness", "invalidValue": "invalid_value", "invalidSyntax": "invalid_syntax", "invalidFilter": "invalid_filter", "invalidPath": "invalid_path",
	"noTarget": "no_target", "mutability": "mutability", "tooMany": "too_many", "sensitive": "sensitive",
	"401": "401", "403": "403", "404": "404", "409": "uniqueness", "412": "412", "413": "413", "429": "429", "503": "503",
}

// fix says in the reader's language what to do about a request.
func (q requestLine) fix(v *visit) string {
	if q.Status < http.StatusBadRequest {
		return v.T("connection.fix_partly")
	}
	name := cmp.Or(requestFixes[q.ScimType], requestFixes[strconv.Itoa(q.Status)])
	switch {
	case name != "":
		return v.T("connection.fix_" + name)
	case q.Status >= http.StatusInternalServerError:
		return v.T("connection.fix_500")
	}
	return v.T("connection.fix_400")
}

func (v *visit) connectionRequests() error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	var list page[requestLine]
	q := url.Values{"limit": {"50"}}
	if cursor := v.query("cursor"); cursor != "" {
		q.Set("cursor", cursor)
	}
	if err := v.get(at("connections", c.ID, "requests"), q, &list); err != nil {
		return err
	}
	return v.show(requestsPage(v, c, list))
}
