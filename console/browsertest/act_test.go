package browsertest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatPeopleMeetInForms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("a,b"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := site(t, map[string]string{
		"/": `<form><label>Count <input type="number" value="7"></label> <label>Note <textarea>long
text</textarea></label> <label>Secret <input type="password"></label> <label>At <input type="time"></label> <label>Find <input type="search" list="l"></label>
<datalist id="l"><option>x</datalist><label>Fixed <input readonly value="f"></label>
<label>Several <select multiple><option>a<option>b<option>c</select></label> <fieldset><legend>Kind</legend><label><input type="radio" name="r"> One</label>
<label><input type="radio" name="r"> Two</label></fieldset><label>File <input type="file"></label></form>
<details><summary>More</summary><p>was hidden</details><p>` + strings.Repeat("<p>line", 200) + `<button>Far below</button>`,
	})
	for _, on := range []bool{true, false} {
		p := Start(t)
		p.JavaScript(on)
		p.Open(at)
		for label, value := range map[string]string{"Count": "42", "Note": "one\ntwo", "Secret": "päss wörd", "At": "14:30", "Find": "ada"} {
			p.Fill(label, value)
			if got := p.Value(label); got != value {
				t.Errorf("%s is %q, want %q", label, got, value)
			}
		}
		p.Fill("Note", "")
		if got := p.Value("Note"); got != "" {
			t.Errorf("the note is %q", got)
		}
		p.Select("Several", "a")
		p.Select("Several", "c")
		p.Check("Two", true)
		if p.Checked("One") || !p.Checked("Two") {
			t.Error("the second of the radio buttons is not chosen")
		}
		p.Upload("File", file)
		if got := Evaluate[[]string](p, `[...document.querySelectorAll("option:checked")].map(o => o.text).concat(document.querySelector("[type=file]").files[0].name)`); strings.Join(got, " ") != "a c people.csv" {
			t.Errorf("chosen are %v", got)
		}
		if p.Shows("was hidden") {
			t.Error("what is folded up can be read")
		}
		p.Click("More")
		p.Wait("was hidden")
		p.Click("Far below")
	}
	if got := failures(t, func(tb testing.TB) { p := Start(tb); p.Open(at); p.Fill("Fixed", "x") }); !strings.Contains(got, "read-only") {
		t.Error(got)
	}
}

// A link that leads to no page keeps nobody waiting.
func TestLinksThatLeadNowhere(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/favicon.ico", "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/file":
			w.Header().Set("Content-Disposition", "attachment; filename=people.csv")
			_, _ = w.Write([]byte("a,b"))
		case "/refresh":
			_, _ = w.Write([]byte(`<!doctype html><meta http-equiv="refresh" content="0; url=/there"><p>one moment`))
		case "/there":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "there", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 60})
			_, _ = w.Write([]byte(`<!doctype html><p>arrived`))
		default:
			_, _ = w.Write([]byte(`<!doctype html><html><p><a href="#top">Top</a> <a href="/none">None</a> <a href="/file">File</a> <a href="/there" target="_blank">Beside</a> <a href="/refresh">On</a><p id="top">here`))
		}
	}))
	defer s.Close()
	p := Start(t)
	for _, name := range []string{"Top", "None", "File", "Beside", "Top"} {
		p.Open(s.URL)
		p.Click(name)
		if !p.Shows("here") {
			t.Errorf("%s leads away: %s", name, p.Text())
		}
	}
	p.Click("On")
	p.Wait("arrived")
	p.WaitLocation(s.URL + "/there")
	if c := p.Cookies(); len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Expires.IsZero() {
		t.Errorf("cookies %v", c)
	}
	p.Reload()
	p.WaitGone("here")
	tab := p.Tab()
	tab.Open(s.URL)
	p.Open(s.URL)
	for _, each := range []*Page{p, tab, p} {
		each.Press("Tab")
		if role, name := each.Focused(); role != "link" || name != "Top" {
			t.Errorf("%s %q has the keyboard", role, name)
		}
		each.Click("On")
		each.Wait("arrived")
		each.Open(s.URL)
	}
	tab.Close()
	p.Open(s.URL)
	if p.Title() != "" || !strings.Contains(p.HTML(), `id="top"`) {
		t.Errorf("%q %s", p.Title(), p.HTML())
	}
}
