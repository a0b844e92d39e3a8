package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// BenchmarkPeoplePage measures the list of people among 100,000: the whole page, from the request to its last byte, with all
// that it asks of the API. ROLLCALL_BENCH_PEOPLE says another number of people.
func BenchmarkPeoplePage(b *testing.B) {
	n := 100_000
	if text := os.Getenv("ROLLCALL_BENCH_PEOPLE"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	migrated.EachB(b, func(b *testing.B, dsn string) {
		var groups strings.Builder
		for i := range 100 {
			fmt.Fprintf(&groups, "  - Team %d\n", i)
		}
		s := openOn(b, dsn, "", "settings: {api.rate.per_second: 1000000, api.rate.burst: 1000000}\nconnections: [{name: okta, kind: scim}]\nagent_groups:\n"+groups.String())
		s.crowd(n)
		c := s.client("console_owner")
		deep := provision.PeopleQuery{Limit: store.PeopleAtOnce}
		for range n / 2 / store.PeopleAtOnce {
			page, err := s.engine.List(b.Context(), s.tenant, deep)
			if err != nil {
				b.Fatal(err)
			}
			deep.Cursor = page.Next
		}
		for _, x := range []struct{ name, query string }{
			{"first", ""},
			{"deep", "?cursor=" + url.QueryEscape(deep.Cursor)},
			{"by_modified", "?sort=modified&order=desc"},
			{"role_common", "?role=agent"},
			{"role_rare", "?role=administrator"},
			{"agent_group", "?agent_group=Team+7"},
			{"search_many", "?search=given1"},
			{"search_one", "?search=u777%40"},
			{"search_nobody", "?search=nobody-has-this"},
		} {
			b.Run(x.name, func(b *testing.B) {
				for b.Loop() {
					c.get("/people" + x.query).want(http.StatusOK).says("</html>")
				}
			})
		}
	})
}

// crowd makes many people whom a directory provides, each with a role and an agent group, in large commits.
func (s *site) crowd(n int) {
	s.t.Helper()
	ctx := s.t.Context()
	config, err := s.db.Reader(s.tenant).Configuration(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for from := 0; from < n; from += 1000 {
		err := s.db.Write(ctx, s.tenant, func(tx *store.Tx) error {
			for i := from; i < min(n, from+1000); i++ {
				if err := oneOfMany(tx, config, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.db.Ops().RefreshStatistics(ctx); err != nil {
		s.t.Fatal(err)
	}
}

func oneOfMany(tx *store.Tx, config *store.Configuration, i int) error {
	const change = "change"
	given, family := fmt.Sprint("given", i*7919%1000), fmt.Sprint("family", i*104729%1000)
	name, userName, at := given+" "+family, fmt.Sprintf("U%d@example.com", i), time.UnixMicro(int64(1e15)+int64(i*7919%100_000))
	u := directory.User{
		ID: store.NewID(), DisplayID: int64(i + 1), State: directory.Active, UserName: userName, Onboarded: true, CreatedAt: at, ModifiedAt: at,
		Seat: directory.SeatExempt, Status: "offline", ListName: name, ListText: name + "\n" + strings.ToLower(userName) + "\n" + strconv.Itoa(i+1),
	}
	role := "agent"
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
		Person: u.ID, Connection: config.Connections[0].ID, ExternalID: strconv.Itoa(i), Key: strconv.Itoa(i), UserName: userName, Active: true, Version: 1,
		Attributes: directory.Attributes{
			"userName": userName, "displayName": name, "name": map[string]any{"givenName": given, "familyName": family},
			"emails": []any{map[string]any{"value": userName, "type": "work", "primary": true}},
		},
	}
	if _, err := tx.InsertAccount(a, u.DisplayID, change); err != nil {
		return err
	}
	origin := directory.Origin{Kind: directory.FromRule, Rule: "rule"}
	tx.PutGrant(u.ID, directory.Grant{Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: role}, Origin: origin}, change)
	group := directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: config.AgentGroups[i%len(config.AgentGroups)].ID, Membership: directory.AsUser}
	tx.PutGrant(u.ID, directory.Grant{Entitlement: group, Origin: origin}, change)
	return tx.Flush()
}
