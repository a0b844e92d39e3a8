package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/store/storetest"
)

// replicas starts processes over one PostgreSQL database.
func replicas(t *testing.T, n int) (*site, string, []*running) {
	t.Helper()
	s := newSite(t, storetest.Postgres(t))
	token := s.tenant()
	all := make([]*running, n)
	for i := range all {
		all[i] = s.spawn()
	}
	return s, token, all
}

func TestReplicasOverOneDatabase(t *testing.T) {
	t.Parallel()
	s, token, all := replicas(t, 3)

	t.Run("a userName is given once", func(t *testing.T) {
		for round := range 10 {
			statuses := make([]int, 2*len(all))
			var clients sync.WaitGroup
			for i := range statuses {
				clients.Go(func() {
					a, err := all[i%len(all)].send(http.MethodPost, "/scim/v2/Users", token,
						fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"race-%d","externalId":"%d-%d"}`, round, round, i))
					if err == nil {
						statuses[i] = a.status
					}
				})
			}
			clients.Wait()
			counts := map[int]int{}
			for _, x := range statuses {
				counts[x]++
			}
			if counts[http.StatusCreated] != 1 || counts[http.StatusConflict] != len(statuses)-1 {
				t.Errorf("round %d: %v, want one 201 and else 409", round, counts)
			}
		}
	})

	t.Run("memberships from all add up", func(t *testing.T) {
		const each = 12
		group := all[0].ask(201, "POST", "/scim/v2/Groups", token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"CC-Team"}`).json(t)["id"].(string)
		var clients sync.WaitGroup
		for i, r := range all {
			clients.Go(func() {
				for n := range each {
					a, err := r.send(http.MethodPost, "/scim/v2/Users", token, userBody(fmt.Sprintf("member-%d-%d", i, n)))
					if err != nil || a.status != http.StatusCreated {
						t.Errorf("creating: %d %s %v", a.status, a.body, err)
						return
					}
					id := a.json(t)["id"].(string)
					a, err = r.send(http.MethodPatch, "/scim/v2/Groups/"+group, token, patch(`{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`))
					if err != nil || a.status >= 300 {
						t.Errorf("adding: %d %s %v", a.status, a.body, err)
					}
				}
			})
		}
		clients.Wait()
		for i, r := range all {
			members, _ := r.ask(200, "GET", "/scim/v2/Groups/"+group, token, "").json(t)["members"].([]any)
			if len(members) != each*len(all) {
				t.Errorf("replica %d shows %d members, want %d", i, len(members), each*len(all))
			}
		}
		list := s.must("users", "list", "--tenant", "acme")
		if n := strings.Count(list, "supervisor"); n != each*len(all) {
			t.Errorf("%d people have the group's role, want %d", n, each*len(all))
		}
	})

	t.Run("one of them keeps the ledger", func(t *testing.T) {
		s.sequenced()
		if out := s.must("doctor"); strings.Contains(out, "fault") {
			t.Errorf("doctor:\n%s", out)
		}
	})

	t.Run("a revoked token is refused by all within seconds", func(t *testing.T) {
		for _, r := range all {
			r.ask(200, "GET", "/scim/v2/Users?count=1", token, "")
		}
		s.must("token", "revoke", strings.Split(token, "_")[2])
		began := time.Now()
		for i, r := range all {
			await(t, fmt.Sprintf("replica %d refuses the token", i), func() bool {
				a, err := r.send(http.MethodGet, "/scim/v2/Users?count=1", token, "")
				return err == nil && a.status == http.StatusUnauthorized
			})
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s until all refused the token; five seconds are promised", took)
		}
	})
}

func TestAnotherReplicaGoesOnWithTheWorkOfOneThatDied(t *testing.T) {
	t.Parallel()
	s, token, all := replicas(t, 2)
	all[0].ask(201, "POST", "/scim/v2/Users", token, userBody("ada"))
	s.sequenced() // one of the two has the lease now
	all[0].kill()
	all[1].ask(201, "POST", "/scim/v2/Users", token, userBody("bob"))
	s.sequenced()
}
