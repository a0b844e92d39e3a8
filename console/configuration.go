package console

import (
	"net/http"
	"net/url"
	"strings"
)

var configurationRoutes = []route{
	{"POST /detach", []string{"console.tenant.manage"}, (*visit).detach},
}

// absent has the API remove an object although people have it.
var absent = url.Values{"absent": {"true"}}

// detach takes an object over from the manifest.
func (v *visit) detach() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	back := local(f.get("return"), "/")
	body := map[string]string{"kind": f.get("kind"), "name": f.get("name")}
	if err := v.send(http.MethodPost, "/detach", nil, body, nil); err != nil {
		return err
	}
	return v.done(back, "common.detached")
}

// tick ticks a box of a form that begins.
func tick(f *form, name string, on bool) {
	if on {
		f.values.Set(name, "on")
	}
}

// beforeRemoval shows what the removal of an object does, before it is done: a page that is asked for, not sent.
func (v *visit) beforeRemoval(path, title string) error {
	tag, err := v.tagged(path, nil)
	if err != nil {
		return err
	}
	f := blank(seenTag, tag)
	o, err := v.attempt(f, http.MethodDelete, path, with(absent, "plan", "true"), nil)
	switch {
	case err != nil:
		return err
	case f.problem != nil && f.problem.Plan == nil:
		return f.problem
	}
	return v.show(confirmation(v, f, title, o))
}

// origin is the page of the object that a confirmation is about.
func (v *visit) origin() string { return strings.TrimSuffix(v.r.URL.Path, "/delete") }

// peopleOf asks how many people have something, by a filter of the list of people; -1 where that is not told.
func (v *visit) peopleOf(filter, id string) (int, error) {
	if !v.may("users.view") {
		return -1, nil
	}
	var p struct {
		Total *int `json:"total"`
	}
	if err := v.get("/users", url.Values{filter: {id}, "limit": {"1"}}, &p); err != nil || p.Total == nil {
		return -1, err
	}
	return *p.Total, nil
}

// removalTitle names what goes, and how many people have it: plain is the key for where nobody does or it is not told.
func (v *visit) removalTitle(plain, counted, name, filter, id string) (string, error) {
	n, err := v.peopleOf(filter, id)
	if err != nil || n <= 0 {
		return v.T(plain, "Name", name), err
	}
	return v.T(counted, "Name", name, "Count", n), nil
}
