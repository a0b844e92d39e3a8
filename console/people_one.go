package console

import (
	"net/http"
	"net/url"
	"slices"
)

// personVerb is something that is done to one person once it is confirmed.
type personVerb struct {
	word         string // of the texts and of the API
	title, doing string // keys
	effects      []string
	done         string
	button       string
}

var (
	suspending = personVerb{"suspend", "people.suspend_title", "people.suspend", []string{"people.ends_sessions", "people.leaves_work", "people.keeps_rights"}, "people.suspended", ""}
	resuming   = personVerb{"resume", "people.resume_title", "people.resume", []string{"people.signs_in_again", "people.works_again"}, "people.resumed", ""}
	deleting   = personVerb{"delete", "people.delete_title", "people.delete", []string{"people.ends_sessions", "people.leaves_work", "people.leaves_list", "people.keeps_history"}, "people.deleted", "danger"}
)

func (v *visit) suspendPerson() error { return v.actOnPerson(suspending) }
func (v *visit) resumePerson() error  { return v.actOnPerson(resuming) }
func (v *visit) deletePerson() error  { return v.actOnPerson(deleting) }

// actOnPerson says what would happen to somebody, and does it when that is confirmed (rows 004-32, 004-51 … 004-56). It
// leads back to the address in "return", else to the list.
func (v *visit) actOnPerson(verb personVerb) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if v.r.Method == http.MethodGet {
		f = blank("return", v.query("return"))
	}
	f.values.Set("return", local(f.get("return"), "/people"))
	var x listed
	var s peopleSettings
	path := at("users", v.path("id"))
	if err := v.all(func() error { return v.get(path, nil, &x) }, func() error { return s.load(v) }); err != nil {
		return err
	}
	if f.on(confirmed) {
		if verb.word == "delete" {
			err = v.send(http.MethodDelete, path, url.Values{"reason": {f.get("reason")}}, nil, nil)
		} else {
			err = v.send(http.MethodPost, path+"/"+verb.word, nil, map[string]string{"reason": f.get("reason")}, nil)
		}
		if err == nil {
			return v.done(f.get("return"), verb.done, "Name", x.name())
		}
		if err := f.wrong(v, err); err != nil {
			return err
		}
		v.status = f.problem.Status
	}
	return v.show(personVerbPage(v, f, verb, x, verb.effectsIn(s)))
}

// effectsIn are what happens, as keys: among them what becomes of the seat, where the tenant counts seats (row 004-56).
func (p personVerb) effectsIn(s peopleSettings) []string {
	out := p.effects
	if policy := s.text("seats.policy"); policy == "" || policy == "off" {
		return out
	}
	switch {
	case p.word == "resume":
		return append(slices.Clip(out), "people.seat_needed")
	case s.text("seats.freed_at") == "next_invoice":
		return append(slices.Clip(out), "people.seat_freed_later")
	default:
		return append(slices.Clip(out), "people.seat_freed")
	}
}
