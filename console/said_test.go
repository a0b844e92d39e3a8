package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

// What the program says where it finds or refuses something is in the reader's language, with what it is about as it is; what
// nobody has translated is marked as English.
func TestWhatTheProgramSaysIsSaidInTheReadersLanguage(t *testing.T) {
	s := open(t, "", "settings: {guard.count: 2, guard.percent: 1}\nmapping: {rules: [{name: staff, group: CC-Staff, roles: [agent]}]}\n")
	give := url.Values{"do": {"edit"}, "chosen": {"on"}, "add_role": {"agent"}, "confirm": {"on"}}
	for i := range 8 {
		give.Add("person", s.person(numbered(i), "Person", numbered(i)))
	}
	c := s.client("console_owner")
	c.post("/people/bulk", give).leads("/people")
	give.Del("confirm")
	give.Del("add_role")
	give.Set("remove_role", "agent")
	c.post("/rules/draft", url.Values{}).leads("/rules/draft")
	rule := url.Values{"name": {"a"}, "group": {"{team} x"}, "agent_group_1": {"{x}"}, "lines": {"1"}}
	for language, says := range map[string]struct{ guard, notice, refused, fault []string }{
		"en": {
			guard: []string{"8 people would lose their last role; the guard lets "}, notice: []string{"no group named &#34;CC-Staff&#34; has been seen: push it"},
			refused: []string{"there is no run &#34;nobody&#34;"}, fault: []string{"column 1: the rule&#39;s group does not capture {x}"},
		},
		"es": {
			guard: []string{"8 personas", "la protección permite "}, notice: []string{"&#34;CC-Staff&#34;"},
			refused: []string{"&#34;nobody&#34;"}, fault: []string{"columna 1", "{x}"},
		},
		"pt-BR": {
			guard: []string{"8 pessoas", "a proteção permite "}, notice: []string{"&#34;CC-Staff&#34;"},
			refused: []string{"&#34;nobody&#34;"}, fault: []string{"coluna 1", "{x}"},
		},
	} {
		english := []string{"would lose", "has been seen", "there is no person", "does not capture", `<span lang="en">`}
		if language == "en" {
			english = nil
		}
		c.post("/people/bulk", give, "Accept-Language", language).want(http.StatusOK).says(says.guard...).hides(english...)
		c.get("/rules", "Accept-Language", language).says(says.notice...).hides(english...)
		c.get("/runs/nobody", "Accept-Language", language).want(http.StatusNotFound).says(says.refused...).hides(english...)
		c.post("/rules/draft/rule", rule, "Accept-Language", language).says(says.fault...).hides(english...)
	}
}
