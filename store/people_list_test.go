package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
)

// seen is a person of the test's crowd, with what a list may ask.
type seen struct {
	directory.User

	connection, role, group string
}

// place compares two people in an order; alike ones by id.
func (a seen) place(b seen, s PeopleSort) int {
	by := 0
	switch s {
	case SortUserName:
		by = cmp.Compare(strings.ToLower(a.UserName), strings.ToLower(b.UserName))
	case SortCreated:
		by = a.CreatedAt.Compare(b.CreatedAt)
	case SortModified:
		by = a.ModifiedAt.Compare(b.ModifiedAt)
	case SortState:
		by = cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.ListName, b.ListName))
	case SortDisplay:
		return cmp.Compare(a.DisplayID, b.DisplayID)
	default:
		by = cmp.Compare(a.ListName, b.ListName)
	}
	return cmp.Or(by, cmp.Compare(a.ID, b.ID))
}

func listedPeople(t *testing.T, db *DB, tenant string, from, n int) (out []seen) {
	t.Helper()
	mustWrite(t, db, tenant, func(tx *Tx) error {
		out = nil
		for i := from; i < from+n; i++ {
			x := seen{connection: []string{"okta", "entra", ""}[i%3], role: []string{"agent", "agent", "agent", "supervisor"}[i%4], group: fmt.Sprint("group", i%5)}
			x.User = directory.User{
				ID: NewID(), DisplayID: int64(n*10 - i), UserName: fmt.Sprintf("%c%d@example.com", 'A'+rune(i%26), i), Onboarded: true, Seat: directory.SeatHeld,
				State:     []directory.State{directory.Active, directory.Active, directory.Active, directory.Pending, directory.Suspended, directory.Deprovisioned}[i%6],
				CreatedAt: time.UnixMicro(int64(1000 + i/2)), ModifiedAt: time.UnixMicro(int64(2000 + i*37%50)), Status: []string{"online", "offline"}[i%2],
				ListName: fmt.Sprint("ana ", i%7),
			}
			x.ListText = x.ListName + "\n" + strings.ToLower(x.UserName) + "\n50% of _all_ straße\\"
			if i%9 == 0 {
				x.Seat = directory.SeatBlocked
			}
			if err := tx.PutPerson(x.User, nil); err != nil {
				return err
			}
			origin := directory.Origin{Kind: directory.FromRule, Rule: "r"}
			if x.State != directory.Deprovisioned {
				a := directory.Account{Person: x.ID, Connection: x.connection, UserName: x.UserName, Attributes: directory.Attributes{"userName": x.UserName}}
				if _, err := tx.InsertAccount(a, x.DisplayID, "c"); err != nil {
					return err
				}
				for _, rule := range []string{"r", "s"} { // two origins give one right
					origin.Rule = rule
					tx.PutGrant(x.ID, directory.Grant{Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: x.role}, Origin: origin}, "c")
				}
				tx.PutGrant(x.ID, directory.Grant{Entitlement: directory.Entitlement{Kind: directory.CampaignEntitlement, Target: x.group}, Origin: origin}, "c")
			}
			out = append(out, x)
		}
		return nil
	})
	return out
}

// Row 004-47, 004-48: every filter, each order, with each way in which the database may be asked.
func TestListPeopleFindsWhomItIsAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		crowd := listedPeople(t, db, tenant, 0, 240)
		listedPeople(t, db, tenantIn(t, db), 0, 40) // somebody else's
		okta, nobody, gone := "okta", "", "gone"
		role := func(x string) directory.Entitlement {
			return directory.Entitlement{Kind: directory.RoleEntitlement, Target: x}
		}
		campaign := func(x string) directory.Entitlement {
			return directory.Entitlement{Kind: directory.CampaignEntitlement, Target: x}
		}
		there := []directory.State{directory.Pending, directory.Active, directory.Suspended}
		lives := func(x seen) bool { return x.State != directory.Deprovisioned }
		for name, c := range map[string]struct {
			q    PeopleQuery
			fits func(seen) bool
		}{
			"all":           {PeopleQuery{}, func(seen) bool { return true }},
			"there":         {PeopleQuery{States: there}, lives},
			"deprovisioned": {PeopleQuery{States: []directory.State{directory.Deprovisioned}}, func(x seen) bool { return !lives(x) }},
			"role":          {PeopleQuery{States: there, Rights: []directory.Entitlement{role("agent")}}, func(x seen) bool { return lives(x) && x.role == "agent" }},
			"role anyhow":   {PeopleQuery{Rights: []directory.Entitlement{role("supervisor")}}, func(x seen) bool { return lives(x) && x.role == "supervisor" }},
			"role of active": {
				PeopleQuery{States: []directory.State{directory.Active}, Rights: []directory.Entitlement{role("agent")}},
				func(x seen) bool { return x.State == directory.Active && x.role == "agent" },
			},
			"role and campaign": {
				PeopleQuery{States: there, Rights: []directory.Entitlement{role("agent"), campaign("group3")}},
				func(x seen) bool { return lives(x) && x.role == "agent" && x.group == "group3" },
			},
			"another kind": {PeopleQuery{Rights: []directory.Entitlement{{Kind: directory.QueueEntitlement, Target: "group3"}}}, func(seen) bool { return false }},
			"connection":   {PeopleQuery{Connection: &okta}, func(x seen) bool { return lives(x) && x.connection == "okta" }},
			"nobody's":     {PeopleQuery{Connection: &nobody, States: there}, func(x seen) bool { return lives(x) && x.connection == "" }},
			"gone":         {PeopleQuery{Connection: &gone}, func(seen) bool { return false }},
			"status":       {PeopleQuery{Status: "online", States: there}, func(x seen) bool { return lives(x) && x.Status == "online" }},
			"seat":         {PeopleQuery{Seat: directory.SeatBlocked}, func(x seen) bool { return x.Seat == directory.SeatBlocked }},
			"word":         {PeopleQuery{Words: []string{"ANA 3"}}, func(x seen) bool { return x.ListName == "ana 3" }},
			"e-mail":       {PeopleQuery{Words: []string{"17@exa"}}, func(x seen) bool { return strings.Contains(x.UserName, "17@exa") }},
			"words":        {PeopleQuery{Words: []string{"example.com", "a 3"}}, func(x seen) bool { return x.ListName == "ana 3" }},
			"signs":        {PeopleQuery{Words: []string{"0% of _a", "ß", `e\`}, States: there}, lives},
			"no pattern":   {PeopleQuery{Words: []string{"a%1"}}, func(seen) bool { return false }},
		} {
			for _, sort := range PeopleSorts() {
				for _, descending := range []bool{false, true} {
					want := slices.DeleteFunc(slices.Clone(crowd), func(x seen) bool { return !c.fits(x) })
					slices.SortFunc(want, func(a, b seen) int {
						if descending {
							a, b = b, a
						}
						return a.place(b, sort)
					})
					for _, rare := range []int{0, -1} {
						q := c.q
						q.Sort, q.Descending, q.Limit, q.Total, q.rare = sort, descending, 17, true, rare
						got := pages(t, db.Reader(tenant), q, int64(len(want)))
						if !slices.EqualFunc(got, want, func(id string, x seen) bool { return id == x.ID }) {
							t.Fatalf("%s by %s (descending %v, rare %d): %d people, want %d in their order", name, sort, descending, rare, len(got), len(want))
						}
					}
				}
			}
		}
	})
}

// pages reads a list to its end, as a client would that keeps cursors as JSON.
func pages(t *testing.T, r Reader, q PeopleQuery, total int64) (ids []string) {
	t.Helper()
	for {
		page, n, err := r.ListPeople(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Total && n != total || !q.Total && n != -1 {
			t.Fatalf("total %d, want %d", n, total)
		}
		q.Total = false
		for _, x := range page {
			ids = append(ids, x.ID)
		}
		if len(page) < q.Limit {
			return ids
		}
		kept, err := json.Marshal(page[len(page)-1].Place)
		if err != nil {
			t.Fatal(err)
		}
		if q.After, err = q.Sort.Place(kept); err != nil {
			t.Fatal(err)
		}
	}
}

func TestListPeopleStaysRightWhilePeopleAreAdded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		crowd := listedPeople(t, db, tenant, 0, 60)
		q := PeopleQuery{Limit: 9}
		var got []string
		for round := 0; ; round++ {
			page, _, err := db.Reader(tenant).ListPeople(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page {
				got = append(got, x.ID)
			}
			if len(page) < q.Limit {
				break
			}
			q.After = page[len(page)-1].Place
			if round < 4 {
				listedPeople(t, db, tenant, 100+round*10, 10)
			}
		}
		for _, x := range crowd {
			if n := len(slices.DeleteFunc(slices.Clone(got), func(id string) bool { return id != x.ID })); n != 1 {
				t.Errorf("%s is in the list %d times", x.UserName, n)
			}
		}
	})
}

func TestPlacesOfAListThatAreNone(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		sort PeopleSort
		text string
	}{
		{SortName, `["a"]`},
		{SortName, `[1,"id"]`},
		{SortName, `["a","b","c"]`},
		{SortName, `{}`},
		{SortName, ``},
		{SortCreated, `["a","id"]`},
		{SortCreated, `[1.5,"id"]`},
		{SortDisplay, `["1"]`},
		{SortDisplay, `[1,"id"]`},
		{SortState, `["active","id"]`},
		{SortState, `["active",null,"id"]`},
	} {
		if got, err := x.sort.Place([]byte(x.text)); err == nil {
			t.Errorf("%s by %s reads %v", x.text, x.sort, got)
		}
	}
}
