package provision_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func namedPerson(given, family string) map[string]any {
	return map[string]any{
		"name": map[string]any{"givenName": given, "familyName": family}, "displayName": given + " " + family,
		"emails": []any{map[string]any{"value": strings.ToLower(given) + "@Mail.example.com", "type": "work"}},
	}
}

func (b *bench) list(q provision.PeopleQuery) (out []string) {
	b.t.Helper()
	page, err := b.engine.List(b.t.Context(), b.tenant, q)
	if err != nil {
		b.t.Fatal(err)
	}
	if page.Total != int64(len(page.People)) || page.Next != "" {
		b.t.Errorf("%d people, total %d, next %q", len(page.People), page.Total, page.Next)
	}
	for _, v := range page.People {
		out = append(out, v.UserName)
	}
	return out
}

// Rows 004-47 … 004-50, 004-55: search by name or e-mail, filters, the id that tells people of one name apart, and who is
// not shown.
func TestRow004_47To50ListOfPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule, billingRule))
		ana := b.user(b.okta, "ana1", "1", namedPerson("Ana", "Prado"))
		other := b.user(b.entra, "ana2", "2", namedPerson("Ana", "Prado"), department("Billing"))
		luis := b.user(b.okta, "luis", "3", namedPerson("Luis", "Ana"))
		gone := b.user(b.okta, "zoe", "4", namedPerson("Zoe", "Gone"))
		b.group(b.okta, "CC-Support", luis.ID)
		b.mustSet(b.okta, ana.ID, map[string]any{"active": false})
		if err := b.engine.DeleteUser(t.Context(), b.okta, gone.ID, nil); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			q    provision.PeopleQuery
			want []string
		}{
			"everybody who is there": {provision.PeopleQuery{Sort: store.SortUserName}, []string{"ana1", "ana2", "luis"}},
			"descending":             {provision.PeopleQuery{Sort: store.SortUserName, Descending: true}, []string{"luis", "ana2", "ana1"}},
			"by name":                {provision.PeopleQuery{Search: " prado  ANA", Sort: store.SortUserName}, []string{"ana1", "ana2"}},
			"by e-mail":              {provision.PeopleQuery{Search: "luis@mail.EXAMPLE"}, []string{"luis"}},
			"who is gone":            {provision.PeopleQuery{States: []directory.State{directory.Deprovisioned}}, []string{"zoe"}},
			"by state":               {provision.PeopleQuery{States: []directory.State{directory.Suspended}}, []string{"ana1"}},
			"by role":                {provision.PeopleQuery{Role: "agent", Sort: store.SortUserName}, []string{"ana2", "luis"}},
			"by agent group":         {provision.PeopleQuery{AgentGroup: "support"}, []string{"luis"}},
			"by source":              {provision.PeopleQuery{Connection: "Entra"}, []string{"ana2"}},
			"nobody's":               {provision.PeopleQuery{Connection: provision.NoConnection}, nil},
			"by seat":                {provision.PeopleQuery{Seat: "blocked_no_seat"}, nil},
		} {
			if got := b.list(c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		a, o := b.view(ana.ID).DisplayID, b.view(other.ID).DisplayID
		if a == o || !slices.Contains(b.list(provision.PeopleQuery{Search: o + " prado"}), "ana2") {
			t.Errorf("two people of one name have the ids %s and %s", a, o)
		}
		b.configure(func(c *store.Configuration) {
			c.Settings = map[string]string{"list.hidden_states": "deprovisioned,suspended"}
		})
		if got := b.list(provision.PeopleQuery{Sort: store.SortUserName}); !slices.Equal(got, []string{"ana2", "luis"}) {
			t.Errorf("with suspended people hidden: %q", got)
		}
		if got := b.list(provision.PeopleQuery{States: []directory.State{directory.Suspended}}); !slices.Equal(got, []string{"ana1"}) {
			t.Errorf("hidden people who are asked for: %q", got)
		}
	})
}

func TestListPagesTellTheWholeOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		var want []string
		for name := range strings.FieldsSeq("ada bo cy dee eve fay gil") {
			want = append(want, b.user(b.okta, name, name, namedPerson("Same", "Name")).ID)
		}
		slices.Sort(want)
		q := provision.PeopleQuery{Search: "same", Limit: 3}
		var got []string
		for {
			page, err := b.engine.List(t.Context(), b.tenant, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page.People {
				got = append(got, v.ID)
			}
			if page.Total != 7 {
				t.Errorf("total %d", page.Total)
			}
			if page.Next == "" {
				break
			}
			other := q
			other.Cursor, other.Search = page.Next, "name"
			_, err = b.engine.List(t.Context(), b.tenant, other)
			b.wantKind(err, directory.Invalid)
			q.Cursor = page.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestListsThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for name, c := range map[string]struct {
			q    provision.PeopleQuery
			kind directory.Kind
		}{
			"sort":        {provision.PeopleQuery{Sort: "shoe_size"}, directory.Invalid},
			"state":       {provision.PeopleQuery{States: []directory.State{"asleep"}}, directory.Invalid},
			"limit":       {provision.PeopleQuery{Limit: 501}, directory.Invalid},
			"less":        {provision.PeopleQuery{Limit: -1}, directory.Invalid},
			"words":       {provision.PeopleQuery{Search: "a b c d e f g h i"}, directory.Invalid},
			"long":        {provision.PeopleQuery{Search: strings.Repeat("x", 201)}, directory.Invalid},
			"seat":        {provision.PeopleQuery{Seat: "sofa"}, directory.Invalid},
			"cursor":      {provision.PeopleQuery{Cursor: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, directory.Invalid},
			"no cursor":   {provision.PeopleQuery{Cursor: "%"}, directory.Invalid},
			"role":        {provision.PeopleQuery{Role: "agnet"}, directory.NotFound},
			"profile":     {provision.PeopleQuery{Profile: "x"}, directory.NotFound},
			"agent group": {provision.PeopleQuery{AgentGroup: "x"}, directory.NotFound},
			"campaign":    {provision.PeopleQuery{Campaign: "x"}, directory.NotFound},
			"queue":       {provision.PeopleQuery{Queue: "x"}, directory.NotFound},
			"strategy":    {provision.PeopleQuery{Strategy: "x"}, directory.NotFound},
			"company":     {provision.PeopleQuery{Company: "x"}, directory.NotFound},
			"connection":  {provision.PeopleQuery{Connection: "x"}, directory.NotFound},
			"status":      {provision.PeopleQuery{Status: "x"}, directory.NotFound},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := b.engine.List(t.Context(), b.tenant, c.q)
				if directory.KindOf(err) != c.kind {
					t.Errorf("%v", err)
				}
			})
		}
	})
}
