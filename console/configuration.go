package console

import (
	"net/http"
	"net/url"
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
