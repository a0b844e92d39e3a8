package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/directory"
)

const manyPeople = "connections: [{name: okta, kind: scim}]\nagent_groups: [Support]\n"

// What exceeds one edit is said, before it is asked for and when it is; thousands travel from the plan to what is done.
func TestThousandsAreEditedAndMoreAreRefused(t *testing.T) {
	each(t, "", manyPeople, func(t *testing.T, s *site) {
		s.crowd(10_001)
		c := s.client("console_owner")
		c.get("/people").says("10,001 users", "one edit concerns at most 10,000").hides(`name="everybody"`)
		c.get("/people?role=agent").says(`name="everybody"`)
		c.post("/people/bulk", url.Values{"everybody": {"on"}, "do": {"suspend"}}).want(http.StatusUnprocessableEntity).says("These are too many at once", "10,000")

		chosen := url.Values{"everybody": {"on"}, "filter": {"role=supervisor"}, "do": {"suspend"}}
		plan := c.post("/people/bulk", chosen).want(http.StatusOK).says("Inactivate 834 users")
		people := between(t, plan.body, `name="people" value="`, `"`)
		if n := len(strings.Fields(people)); n != 834 {
			t.Fatalf("%d people", n)
		}
		confirm := url.Values{"people": {people}, "do": {"suspend"}, "confirm": {"on"}, "approve": {"on"}, "reason": {"season is over"}}
		c.post("/people/bulk", confirm).leads("/people")
		c.get("/people?state=suspended").says("834 users were changed.", "834 users")

		// More than the plan's lines, and than a form has room for fields.
		plan = c.post("/people/bulk", url.Values{"everybody": {"on"}, "filter": {"role=agent"}, "do": {"edit"}, "chosen": {"on"}, "add_role": {"supervisor"}})
		plan.want(http.StatusOK).says("and 8,165 more people", "Change 9,165 users")
		again := url.Values{"people": {between(t, plan.body, `name="people" value="`, `"`)}, "do": {"edit"}, "chosen": {"on"}, "add_role": {"supervisor"}}
		c.post("/people/bulk", again).want(http.StatusOK).says("Change 9,165 users")
	})
}

// Whom a directory provides is deleted there, and whom it suspends is activated there: neither is offered here, and whoever
// tries is told.
func TestWhatADirectoryOwnsIsNotOffered(t *testing.T) {
	s := open(t, "", manyPeople)
	s.crowd(1)
	id := s.find("u0").ID
	c := s.client("console_owner")
	c.get("/people").says("/people/" + id + "/suspend").hides("/people/" + id + "/delete")
	c.post("/people/"+id+"/delete", url.Values{"confirm": {"on"}}).want(http.StatusForbidden).says("owned by the connection okta", `role="alert"`)
	c.post("/people/bulk", url.Values{"person": {id}, "do": {"delete"}}).want(http.StatusOK).says("1 user is left as they are", "owned by the connection okta").hides("Delete 1 user")
	c.post("/people/bulk", url.Values{"person": {id}, "do": {"delete"}, "confirm": {"on"}}).leads("/people")
	c.get("/people").says("Nothing changes")
	c.get("/people?connection=local").says("Nobody was found")
	c.get("/people?connection=okta").says("1 user")
}

// Whoever sees a part of the people does not leaf through pages of nobody.
func TestAPartOfThePeopleIsOnOnePage(t *testing.T) {
	s := open(t, "conversations-basic", "roles: [{key: lead, name: Lead, permissions: [{key: users.view, scope: agents}]}]\n")
	for i := range 60 {
		s.person(numbered(i), "Aa", numbered(i), "role", "administrator")
	}
	s.person("zoe", "Zoe", "Last", "role", "agent")
	s.client("lead").get("/people").want(http.StatusOK).says("Zoe Last").hides("Aa p", `class="pager"`)
}

// Rows 004-52 … 004-56 and 002-18 in the words of the platforms.
func TestWhatHappensIsSaidInThreeLanguages(t *testing.T) {
	s := open(t, "campaign-contact-centre", campaignWork)
	id := s.person("ana", "Ana", "Prado", "profile", "Seller", "campaign", "Spring")
	c := s.client("console_owner")
	for language, words := range map[string][]string{
		"en":    {"Inactivate Ana Prado?", "next invoice", "Delete Ana Prado?"},
		"es":    {"¿Inactivar a Ana Prado?", "próxima factura", "¿Eliminar a Ana Prado?"},
		"pt-BR": {"Inativar Ana Prado?", "próxima fatura", "Excluir Ana Prado?"},
	} {
		c.get("/people/"+id+"/suspend", "Accept-Language", language).want(http.StatusOK).says(words[:2]...)
		c.post("/people/"+id+"/delete", url.Values{}, "Accept-Language", language).want(http.StatusOK).says(words[2])
	}
	for language, words := range map[string][]string{
		"en":    {"Users", "Inactivate", "Extension", "Company and campaigns"},
		"es":    {"Listado de usuarios", "Inactivar", "Anexo", "Empresa y campañas", "Perfil y rol"},
		"pt-BR": {"Usuários", "Inativar", "Ramal", "Empresa e campanhas"},
	} {
		c.get("/people", "Accept-Language", language).want(http.StatusOK).says(words...)
	}
	if v := s.find("ana"); v.State != directory.Active {
		t.Error(fmt.Sprint("a look at the page did it: ", v.State))
	}
}
