package browsertest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// site serves pages under a policy as strict as the console's.
func site(t *testing.T, pages map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'")
		page, ok := pages[r.URL.Path]
		if strings.HasSuffix(r.URL.Path, ".js") {
			h.Set("Content-Type", "text/javascript")
			_, _ = w.Write([]byte(page))
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			page = "<p>nothing here"
		}
		said := strings.NewReplacer("AGENT", r.Header.Get("Accept-Language"), "FORM", r.FormValue("name")+" "+r.FormValue("day")+" "+r.FormValue("role")+" "+r.FormValue("yes"))
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Test</title><main><h1>Test</h1>` + said.Replace(page) + `</main></html>`))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const form = `<form action="/said" method="post"><label for="n">Name</label><input id="n" name="name" value="old">
<label>Day <input type="date" name="day"></label>
<label>Role <select name="role"><option>viewer<option>administrator</select></label>
<label><input type="checkbox" name="yes" value="yes"> Agree</label>
<button>Save</button> <button disabled>Delete</button></form>
<table><tr><td>ada<td><p><a href="/ada">Edit</a><tr><td>bob<td><p><a href="/bob">Edit</a></table>`

func TestAFormIsFilledInAndSent(t *testing.T) {
	at := site(t, map[string]string{"/": form, "/said": "<p>said: FORM</p>", "/bob": "<p>this is bob"})
	for _, on := range []bool{true, false} {
		p := Start(t)
		p.JavaScript(on)
		p.Open(at)
		if got := p.Value("Name"); got != "old" {
			t.Errorf("the name is %q", got)
		}
		p.Fill("Name", "Grace Hopper")
		p.Fill("Day", "2026-11-22")
		p.Select("Role", "administrator")
		p.Check("Agree", true)
		p.Check("Agree", true)
		if !p.Checked("Agree") {
			t.Error("the box is not ticked")
		}
		p.Click("Save")
		if got, want := p.Text(), "said: Grace Hopper 2026-11-22 administrator yes"; !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		p.Open(at)
		p.Fill("Name", "x")
		p.Submit()
		p.Wait("said: x")
		p.Open(at)
		p.In("tr", "bob").Click("Edit")
		if p.Location() != at+"/bob" || !p.Shows("this is bob") {
			t.Errorf("%s: %s", p.Location(), p.Text())
		}
	}
}
