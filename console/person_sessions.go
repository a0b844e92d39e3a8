package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// listedSession is one sign-in of one browser.
type listedSession struct {
	ID         string     `json:"id"`
	Live       bool       `json:"live"`
	Person     string     `json:"person"` // "" for who came by a login link
	UserName   string     `json:"user_name"`
	Connection string     `json:"connection"`
	Role       string     `json:"role"` // of who came by a login link
	By         string     `json:"by"`   // who made that link
	Address    string     `json:"address"`
	UserAgent  string     `json:"user_agent"`
	CreatedAt  time.Time  `json:"created_at"`
	SeenAt     time.Time  `json:"seen_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	EndedAt    *time.Time `json:"ended_at"`
	EndedBy    string     `json:"ended_by"`
}

// browser is what the browser calls itself, shortened to what people know it by.
func (s listedSession) browser() string {
	name := ""
	for _, known := range []struct{ sign, name string }{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(s.UserAgent, known.sign) {
			name = known.name
			break
		}
	}
	for _, known := range []struct{ sign, name string }{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}} {
		if name != "" && strings.Contains(s.UserAgent, known.sign) {
			return name + ", " + known.name
		}
	}
	if name == "" {
		return s.UserAgent
	}
	return name
}

// providerIdentity is who somebody is at a provider.
type providerIdentity struct {
	Connection   string    `json:"connection"`
	ConnectionID string    `json:"connection_id"`
	Issuer       string    `json:"issuer"`
	Subject      string    `json:"subject"`
	CreatedAt    time.Time `json:"created_at"`
	LastAt       time.Time `json:"last_at"`
}

// sessionsPage is a page of sessions, and who the people of them are at providers.
type sessionsPage struct {
	list       page[listedSession]
	identities []providerIdentity
	actors     map[string]string // who made login links
}

func (p sessionsPage) live() (n int) {
	for _, s := range p.list.Items {
		if s.Live {
			n++
		}
	}
	return n
}

func cursorOf(v *visit) url.Values {
	q := url.Values{"limit": {"50"}}
	if cursor := v.query("cursor"); cursor != "" {
		q.Set("cursor", cursor)
	}
	return q
}

// personSessions shows where somebody is signed in, and who they are at providers.
func (v *visit) personSessions() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	var p sessionsPage
	var identities page[providerIdentity]
	err = v.all(
		func() error { return v.get(at("users", x.ID, "sessions"), cursorOf(v), &p.list) },
		func() error { return v.get(at("users", x.ID, "identities"), nil, &identities) },
	)
	if err != nil {
		return err
	}
	p.identities = identities.Items
	return v.show(personSessionsPage(v, x, p))
}

// endPersonSessions ends one session of somebody, or all, after a page that asks.
func (v *visit) endPersonSessions() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	back := x.path("sessions")
	if id := f.get("session"); id != "" {
		q := personQuestion{
			title: v.T("person.end_session_title", "Name", x.title()), text: v.T("person.end_session_text"), button: v.T("person.end_session"), reason: true, back: back,
		}
		return v.asked(f, q, func(reason string) error {
			return v.send(http.MethodDelete, at("users", x.ID, "sessions", id), because(reason), nil, nil)
		}, func() error { return v.done(back, "person.session_ended", "Name", x.title()) })
	}
	var list page[listedSession]
	if err := v.get(at("users", x.ID, "sessions"), url.Values{"limit": {"200"}}, &list); err != nil {
		return err
	}
	live := sessionsPage{list: list}.live()
	q := personQuestion{
		title: v.T("person.end_all_title", "Name", x.title()), text: v.count("person.end_all_text", live), button: v.T("person.end_all"), reason: true, back: back,
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodDelete, at("users", x.ID, "sessions"), because(reason), nil, nil)
	}, func() error { return v.done(back, "person.all_ended", "Name", x.title()) })
}

// forgetPersonIdentity forgets who somebody is at a provider, after a page that asks.
func (v *visit) forgetPersonIdentity() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	connection := f.get("connection")
	if connection == "" {
		return notFound()
	}
	q := personQuestion{
		title: v.T("person.forget_title", "Name", x.title()), text: v.T("person.forget_text"), button: v.T("person.forget"), reason: true, back: x.path("sessions"),
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodDelete, at("users", x.ID, "identities", connection), because(reason), nil, nil)
	}, func() error { return v.done(x.path("sessions"), "person.forgotten", "Name", x.title()) })
}

// liveSessions shows every live session of the tenant.
func (v *visit) liveSessions() error {
	var p sessionsPage
	if err := v.get("/sessions", cursorOf(v), &p.list); err != nil {
		return err
	}
	var makers []string
	for _, s := range p.list.Items {
		if s.By != "" {
			makers = append(makers, s.By)
		}
	}
	var err error
	if p.actors, err = v.actorWords(makers...); err != nil {
		return err
	}
	return v.show(liveSessionsPage(v, p))
}

// endLiveSession ends a session of anybody's, after a page that asks.
func (v *visit) endLiveSession() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id := f.get("session")
	if id == "" {
		return notFound()
	}
	q := personQuestion{
		title: v.T("person.end_session_title", "Name", f.get("name")), text: v.T("person.end_session_text"), button: v.T("person.end_session"), reason: true, back: "/sessions",
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodDelete, at("sessions", id), because(reason), nil, nil)
	}, func() error { return v.done("/sessions", "person.session_ended", "Name", f.get("name")) })
}

// mySessions are the reader's own, for which nobody needs a permission.
func (v *visit) mySessions() ([]listedSession, error) {
	return whole[listedSession](v, "/me/sessions", nil)
}

// endMySessions ends a session of the reader's own, or all but the one that they read this with.
func (v *visit) endMySessions() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	list, err := v.mySessions()
	if err != nil {
		return err
	}
	one := f.get("session")
	known := one == "" || slices.ContainsFunc(list, func(s listedSession) bool { return s.ID == one })
	if !known {
		return notFound()
	}
	ended := 0
	for _, s := range list {
		if !s.Live || s.ID == v.session.ID || one != "" && s.ID != one {
			continue
		}
		if err := v.send(http.MethodDelete, at("me", "sessions", s.ID), nil, nil, nil); err != nil {
			return err
		}
		ended++
	}
	return v.done("/account", "account.sessions_ended", "Count", ended)
}

// endedText says why a session is over.
func endedText(v *visit, s listedSession) string {
	if s.EndedBy == "" {
		return v.T("person.session_over")
	}
	return v.Either("person.ended."+s.EndedBy, s.EndedBy)
}

// reachedBy says how somebody signed in.
func reachedBy(v *visit, s listedSession, actors map[string]string) string {
	if s.Person != "" {
		return s.Connection
	}
	maker := actors[s.By]
	if maker == "" {
		maker = s.By
	}
	return v.T("person.by_link", "Actor", maker, "Role", v.Either("called."+s.Role, s.Role))
}

// sessionName is what a session is called when somebody is asked whether it shall end.
func sessionName(v *visit, s listedSession) string {
	if s.Person == "" {
		return v.T("person.login_link")
	}
	return s.UserName
}
