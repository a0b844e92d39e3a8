package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

// Rows 000-25 … 000-31: statuses are made, changed and removed, in each language and without the script too.
func TestRow000_25StatusesAreMadeInTheConsole(t *testing.T) {
	s := open(t, "conversations-basic", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/statuses")
	p.Accessible()
	p.Screenshot("statuses")
	p.Click("Create status")
	p.Accessible()
	p.Fill("Keyword", "lunch")
	p.Fill("Name", "At lunch")
	p.Select("Icon", "Meal")
	p.Fill("Description", "Away for a meal.")
	p.Click("Create")
	p.Wait(`The status "At lunch" was created.`)
	p.Accessible()
	p.Click("At lunch")
	p.Check("Receiving conversations", true)
	p.Click("Save")
	p.Wait(`The status "At lunch" was saved.`)
	p.Click("At lunch")
	if !p.Checked("Receiving conversations") {
		t.Error("what was ticked is not kept")
	}
	p.Click("Delete status")
	p.Wait("Nothing is done yet")
	p.Accessible()
	p.Screenshot("status-delete")
	p.Click("Confirm and do it")
	p.Wait(`The status "At lunch" was deleted.`)
}

// Errors stand beside the field, and nothing that was filled in is lost.
func TestStatusesThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "conversations-basic", "")
	c := s.client("console_owner")
	for name, x := range map[string]struct {
		form url.Values
		want string
	}{
		"no key":           {url.Values{"name": {"Lunch"}}, "This has to be filled in."},
		"a key in capital": {url.Values{"key": {"LUNCH"}, "name": {"Lunch"}}, "LUNCH"},
		"order":            {url.Values{"key": {"lunch"}, "name": {"Lunch"}, "order": {"first"}}, "Write a whole number."},
		"taken":            {url.Values{"key": {"online"}, "name": {"Online"}}, "online"},
	} {
		r := c.post("/statuses/new", x.form)
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		r.says(x.want, `value="`+x.form.Get("name")+`"`, `role="alert"`)
	}
	c.get("/statuses/nothing").want(http.StatusNotFound).says("There is no such page")
	s.client("console_viewer").post("/statuses/new", url.Values{"key": {"x"}, "name": {"X"}}).want(http.StatusForbidden).says("statuses.manage")
}
