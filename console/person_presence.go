package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// presence is a stretch of time in a status.
type presence struct {
	Status string     `json:"status"`
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until"`
	SetBy  string     `json:"set_by"`
}

// personAbsence is a stretch of time in which somebody is away. Of the person's current one the connection is a name, in
// lists an id.
type personAbsence struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind"`
	From       time.Time  `json:"from"`
	Until      *time.Time `json:"until"`
	Note       string     `json:"note"`
	Actor      string     `json:"actor"`
	Connection string     `json:"connection"`
	EndedAt    *time.Time `json:"ended_at"`
	Current    bool       `json:"current"`
}

// state is what has become of an absence.
func (a personAbsence) state(now time.Time) string {
	switch {
	case a.EndedAt != nil && !a.EndedAt.After(a.From):
		return "cancelled"
	case a.EndedAt != nil || a.Until != nil && !a.Until.After(now):
		return "ended"
	case a.Current:
		return "current"
	default:
		return "planned"
	}
}

func (a personAbsence) open(now time.Time) bool {
	s := a.state(now)
	return s == "current" || s == "planned"
}

// absenceKinds are the kinds of absences.
var absenceKinds = []string{"holiday", "sick", "other"}

// personEligibility says where somebody receives what is new.
type personEligibility struct {
	Eligible   bool               `json:"eligible"`
	Status     string             `json:"status"`
	Incomplete []string           `json:"incomplete"`
	Turns      *time.Time         `json:"turns"`
	Reasons    []personReason     `json:"reasons"`
	Groups     []groupEligibility `json:"groups"`
}

type groupEligibility struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Membership string         `json:"membership"`
	Channel    string         `json:"channel"`
	Eligible   bool           `json:"eligible"`
	Reasons    []personReason `json:"reasons"`
}

// personReason is a reason why somebody receives nothing new.
type personReason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

func (v *visit) eligibilityOf(x personView) (e personEligibility, err error) {
	err = v.get(at("users", x.ID, "eligibility"), nil, &e)
	return e, err
}

// words say why somebody receives nothing new.
func (e personEligibility) words(v *visit, list []personReason) (out []string) {
	for _, r := range list {
		text := v.Either("person.reason."+r.Code, r.Text)
		switch {
		case r.Code == "incomplete":
			text = v.T("person.reason.incomplete", "Fields", v.incompleteText(e.Incomplete))
		case r.Code == "membership" && len(e.Groups) == 0:
			text = v.T("person.in_no_group")
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// everywhere is why somebody is not eligible: what holds everywhere, or else what holds in each of their groups.
func (v *visit) everywhere(e personEligibility) []string {
	if len(e.Reasons) > 0 {
		return e.words(v, e.Reasons)
	}
	var all []personReason
	for _, g := range e.Groups {
		all = append(all, g.Reasons...)
	}
	return e.words(v, all)
}

// incompleteText lists what somebody lacks, in words.
func (v *visit) incompleteText(fields []string) string {
	words := make([]string, len(fields))
	for i, f := range fields {
		either := strings.Split(f, "|")
		for j, x := range either {
			either[j] = v.Either("person.lacks."+x, x)
		}
		words[i] = strings.Join(either, " "+v.T("person.or")+" ")
	}
	return v.List(words)
}

// statusesKnown are the tenant's statuses; none where the reader may not see them.
func (v *visit) statusesKnown() ([]status, error) {
	if !v.may("console.tenant.read") {
		return nil, nil
	}
	return whole[status](v, "/statuses", nil)
}

func nameOfStatus(list []status, key string) string {
	for _, s := range list {
		if s.Key == key {
			return s.Name
		}
	}
	return key
}

// presencePage is what the page of somebody's presence shows.
type presencePage struct {
	statuses    []status
	presences   []presence
	more        int // of presences that are not shown
	absences    []personAbsence
	eligibility personEligibility
	connections map[string]string
	actors      map[string]string
	noAbsences  bool // the tenant has none
	now         time.Time
}

// shownPresences is how many stretches of presence are shown unless somebody asks for all.
const shownPresences = 25

// personPresence shows in which statuses somebody was, when they are away, and where they receive what is new (rows 002-19,
// 002-20).
func (v *visit) personPresence() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	return v.showPresence(x, blank("status", x.Status), blank("kind", "holiday"))
}

func (v *visit) showPresence(x personView, put, away *form) error {
	p := presencePage{now: v.h.Now()}
	var history page[presence]
	var absences page[personAbsence]
	var settings map[string]string
	err := v.all(
		func() (err error) { p.statuses, err = v.statusesKnown(); return err },
		func() error { return v.get(at("users", x.ID, "status"), nil, &history) },
		func() error { return v.get(at("users", x.ID, "absences"), nil, &absences) },
		func() (err error) { p.eligibility, err = v.eligibilityOf(x); return err },
		func() (err error) { p.connections, err = v.connectionsKnown(); return err },
		func() (err error) { settings, err = v.settingsNamed("presence.absence"); return err },
	)
	if err != nil {
		return err
	}
	p.presences, p.absences = history.Items, absences.Items
	if v.query("all") == "" && len(p.presences) > shownPresences {
		p.more = len(p.presences) - shownPresences
		p.presences = p.presences[:shownPresences]
	}
	p.noAbsences = isOff(settings["presence.absence"])
	var actors []string
	for _, s := range p.presences {
		actors = append(actors, s.SetBy)
	}
	for _, a := range p.absences {
		actors = append(actors, a.Actor)
	}
	if p.actors, err = v.actorWords(actors...); err != nil {
		return err
	}
	return v.show(personPresencePage(v, x, put, away, p))
}

// setPersonStatus puts somebody into a status (row 000-11).
func (v *visit) setPersonStatus() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	body := map[string]string{"status": f.get("status")}
	if reason := f.get("status_reason"); reason != "" {
		body["reason"] = reason
	}
	if err := v.send(http.MethodPut, at("users", x.ID, "status"), nil, body, nil); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, func(f *form) error { return v.showPresence(x, f, blank()) })
	}
	return v.done(x.path("presence"), "person.status_set", "Name", x.title())
}

// addPersonAbsence enters an absence.
func (v *visit) addPersonAbsence() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	from, until := v.momentOf(f, "from"), v.momentOf(f, "until")
	again := func(f *form) error { return v.showPresence(x, blank("status", x.Status), f) }
	if from != nil && until != nil && !from.Before(*until) {
		f.faults["until"] = v.T("person.until_before_from")
	}
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	body := map[string]any{"kind": cmp.Or(f.get("kind"), "other"), "note": f.get("note"), "reason": f.get("reason")}
	if from != nil {
		body["from"] = from
	}
	if until != nil {
		body["until"] = until
	}
	if err := v.send(http.MethodPost, at("users", x.ID, "absences"), nil, body, nil); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, again)
	}
	return v.done(x.path("presence"), "person.absence_added", "Name", x.title())
}

// endPersonAbsence ends an absence, or cancels one that has not begun, after a page that asks.
func (v *visit) endPersonAbsence() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	q := personQuestion{
		title: v.T("person.absence_end_title", "Name", x.title()), text: v.T("person.absence_end_text"), button: v.T("person.absence_end"),
		reason: true, back: x.path("presence"),
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodDelete, at("users", x.ID, "absences", v.path("absence")), because(reason), nil, nil)
	}, func() error { return v.done(x.path("presence"), "person.absence_over", "Name", x.title()) })
}

func absenceBadge(state string) string {
	switch state {
	case "current":
		return "bad"
	case "planned":
		return "wait"
	default:
		return "plain"
	}
}

func absenceOptions(v *visit) (out []option) {
	for _, kind := range absenceKinds {
		out = append(out, option{Value: kind, Text: v.T("person.absence." + kind)})
	}
	return out
}

// statusOptions are the statuses that somebody can be put into; the one that they are in is among them.
func statusOptions(list []status, has string) (out []option) {
	for _, s := range list {
		if s.Active || s.Key == has {
			out = append(out, option{Value: s.Key, Text: s.Name})
		}
	}
	return out
}

// channelText says over which channel something comes.
func channelText(v *visit, channel string) string {
	switch channel {
	case "":
		return v.T("person.channel_any")
	case "voice":
		return v.T("person.channel_voice")
	}
	return channel
}
