package store

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"rollcall/directory"
)

// BenchmarkListPeople measures a page of 50 among 100,000 people, with each order and each filter, at the front of the
// list and deep in it. ROLLCALL_BENCH_PEOPLE says another number of people.
func BenchmarkListPeople(b *testing.B) {
	n := 100_000
	if text := os.Getenv("ROLLCALL_BENCH_PEOPLE"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	migrated.EachB(b, func(b *testing.B, dsn string) {
		db, err := Open(b.Context(), dsn, Options{Create: true, Keys: [][]byte{bytes.Repeat([]byte{1}, 32)}})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		tenant := NewShortID()
		r := db.Reader(tenant)
		if err := listedCrowd(b, db, tenant, n); err != nil {
			b.Fatal(err)
		}
		for _, x := range listings() {
			x.query.Limit = 50
			measure := func(name string, q PeopleQuery) {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if _, _, err := r.ListPeople(b.Context(), q); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			measure(x.name, x.query)
			counted := x.query
			counted.Total = true
			measure(x.name+"/total", counted)
			deep := x.query
			for range n / 2 / PeopleAtOnce {
				deep.Limit = PeopleAtOnce
				page, _, err := r.ListPeople(b.Context(), deep)
				if err != nil {
					b.Fatal(err)
				}
				if len(page) < PeopleAtOnce {
					break
				}
				deep.After = page[len(page)-1].Place
			}
			deep.Limit = 50
			measure(x.name+"/deep", deep)
		}
	})
}

type listing struct {
	name  string
	query PeopleQuery
}

// listings are what the benchmark asks: each order, and each filter with much and with little behind it.
func listings() []listing {
	shown := []directory.State{directory.Pending, directory.Active, directory.Suspended}
	okta, nobody := "okta", ""
	right := func(kind directory.EntitlementKind, target string) []directory.Entitlement {
		return []directory.Entitlement{{Kind: kind, Target: target}}
	}
	out := []listing{
		{"role_common", PeopleQuery{States: shown, Rights: right(directory.RoleEntitlement, "agent")}},
		{"role_rare", PeopleQuery{States: shown, Rights: right(directory.RoleEntitlement, "administrator")}},
		{"role_common_by_modified", PeopleQuery{States: shown, Rights: right(directory.RoleEntitlement, "agent"), Sort: SortModified, Descending: true}},
		{"agent_group", PeopleQuery{States: shown, Rights: right(directory.AgentGroupEntitlement, "group7")}},
		{"role_and_agent_group", PeopleQuery{States: shown, Rights: append(right(directory.AgentGroupEntitlement, "group7"), right(directory.RoleEntitlement, "agent")...)}},
		{"connection", PeopleQuery{States: shown, Connection: &okta}},
		{"unowned", PeopleQuery{States: shown, Connection: &nobody}},
		{"state_common", PeopleQuery{States: []directory.State{directory.Active}}},
		{"state_rare", PeopleQuery{States: []directory.State{directory.Pending}}},
		{"status_common", PeopleQuery{States: shown, Status: "online"}},
		{"status_rare", PeopleQuery{States: shown, Status: "training"}},
		{"seat_rare", PeopleQuery{States: shown, Seat: directory.SeatBlocked}},
		{"search_common", PeopleQuery{States: shown, Words: []string{"given1"}}},
		{"search_one", PeopleQuery{States: shown, Words: []string{"u77777@"}}},
		{"search_none", PeopleQuery{States: shown, Words: []string{"nobody has this"}}},
		{"search_two_words", PeopleQuery{States: shown, Words: []string{"family99", "given17"}}},
	}
	for _, s := range PeopleSorts() {
		out = append(out, listing{"by_" + string(s), PeopleQuery{States: shown, Sort: s}}, listing{"by_" + string(s) + "_desc", PeopleQuery{States: shown, Sort: s, Descending: true}})
	}
	return out
}

// listedCrowd makes people with accounts and rights, of whom most are alike.
func listedCrowd(tb testing.TB, db *DB, tenant string, n int) error {
	tb.Helper()
	err := db.Write(tb.Context(), tenant, func(tx *Tx) error { return tx.InsertTenant(tenant, "Acme") })
	for at := 0; at < n && err == nil; at += 1000 {
		err = db.Write(tb.Context(), tenant, func(tx *Tx) error {
			for i := at; i < min(n, at+1000); i++ {
				if err := onePerson(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = db.Ops().RefreshStatistics(tb.Context())
	}
	return err
}

func onePerson(tx *Tx, i int) error {
	const change = "change"
	given, family := fmt.Sprint("given", i*7919%1000), fmt.Sprint("family", i*104729%1000)
	name := given + " " + family
	userName := fmt.Sprintf("U%d@example.com", i)
	u := directory.User{
		ID: NewID(), DisplayID: int64(i + 1), State: directory.Active, UserName: userName, Onboarded: true, CreatedAt: time.UnixMicro(int64(1e15) + int64(i)),
		ModifiedAt: time.UnixMicro(int64(1e15) + int64(i*7919%100_000)), Seat: directory.SeatHeld, Status: "offline", ListName: name,
		ListText: name + "\nu" + strconv.Itoa(i) + "@example.com\n" + strconv.Itoa(i+1) + "\n+3460000" + strconv.Itoa(i),
	}
	connection, role := "okta", "agent"
	switch {
	case i%1000 == 13:
		u.State = directory.Pending
	case i%33 == 0:
		u.State = directory.Suspended
	case i%50 == 1:
		u.State = directory.Deprovisioned
	}
	switch {
	case i%5 == 0:
		u.Status = "online"
	case i%10_000 == 17:
		u.Status = "training"
	}
	if i%20_000 == 18 {
		u.Seat = directory.SeatBlocked
	}
	if i%500 == 19 {
		connection = ""
	}
	switch {
	case i%5000 == 3:
		role = "administrator"
	case i%12 == 0:
		role = "supervisor"
	}
	if err := tx.PutPerson(u, nil); err != nil {
		return err
	}
	a := directory.Account{
		Person: u.ID, Connection: connection, ExternalID: strconv.Itoa(i), Key: strconv.Itoa(i), UserName: userName, Active: true, Version: 1,
		Attributes: directory.Attributes{"userName": userName, "displayName": name},
	}
	if _, err := tx.InsertAccount(a, u.DisplayID, change); err != nil {
		return err
	}
	origin := directory.Origin{Kind: directory.FromRule, Rule: "rule"}
	tx.PutGrant(u.ID, directory.Grant{Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: role}, Origin: origin}, change)
	group := directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: fmt.Sprint("group", i%100), Membership: directory.AsUser}
	tx.PutGrant(u.ID, directory.Grant{Entitlement: group, Origin: origin}, change)
	return tx.Flush()
}
