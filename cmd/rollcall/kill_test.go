package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// load is what clients asked of a gateway, and what it acknowledged.
type load struct {
	mu      sync.Mutex
	group   string
	users   map[string]*asked // by userName
	members map[string]bool   // ids whose membership was acknowledged
}

// asked is one user: the last title that was acknowledged, and the ones that were sent and may have arrived.
type asked struct {
	id    string // "" while the creation was not acknowledged
	title string
	maybe []string
}

func title(n int) string {
	return fmt.Sprintf("title %d", n)
}

// client creates users, changes each a few times and puts them into the group, until the gateway is gone.
func (l *load) client(r *running, token, name string) {
	for i := 0; ; i++ {
		u := &asked{title: title(0)}
		userName := fmt.Sprintf("%s-%d", name, i)
		l.mu.Lock()
		l.users[userName] = u
		l.mu.Unlock()
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"title":%q,"active":true,`+
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support"}}`, userName, title(0))
		a, err := r.send(http.MethodPost, "/scim/v2/Users", token, body)
		if err != nil || a.status != http.StatusCreated {
			return
		}
		id, _ := a.json(r.t)["id"].(string)
		l.mu.Lock()
		u.id = id
		l.mu.Unlock()
		for n := range 2 {
			to := title(n + 1)
			l.mu.Lock()
			u.maybe = append(u.maybe, to)
			l.mu.Unlock()
			a, err := r.send(http.MethodPatch, "/scim/v2/Users/"+id, token, patch(`{"op":"replace","path":"title","value":"`+to+`"}`))
			if err != nil || a.status != http.StatusOK {
				return
			}
			l.mu.Lock()
			u.title, u.maybe = to, nil
			l.mu.Unlock()
		}
		a, err = r.send(http.MethodPatch, "/scim/v2/Groups/"+l.group, token, patch(`{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`))
		if err != nil || a.status >= 300 {
			return
		}
		l.mu.Lock()
		l.members[id] = true
		l.mu.Unlock()
	}
}

func patch(operation string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
}

// acknowledged counts the users whose creation was acknowledged.
func (l *load) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, u := range l.users {
		if u.id != "" {
			n++
		}
	}
	return n
}

// verify finds every acknowledged write, and no half of one: who is there has all rights and one record of each change.
func (l *load) verify(s *site, r *running, token string) {
	s.t.Helper()
	people := map[string]map[string]any{}
	for _, v := range document(s.t, s.must("--json", "users", "list", "--tenant", "acme"))["users"].([]any) {
		p := v.(map[string]any)
		people[p["user_name"].(string)] = p
	}
	for name, u := range l.users {
		p, there := people[name]
		switch {
		case !there && u.id != "":
			s.t.Errorf("%s was acknowledged and is gone", name)
			continue
		case !there:
			continue
		}
		got, _ := p["attributes"].(map[string]any)["title"].(string)
		if got != u.title && (len(u.maybe) == 0 || got != u.maybe[0]) {
			s.t.Errorf("%s has the title %q; acknowledged was %q, asked for %q", name, got, u.title, u.maybe)
		}
		if fmt.Sprint(p["pending"]) == "false" && len(p["agent_groups"].([]any)) != 1 {
			s.t.Errorf("%s has half of their rights: %v", name, p)
		}
		delete(people, name)
	}
	for name := range people {
		s.t.Errorf("%s is there, and nobody asked for it", name)
	}
	group := r.ask(200, "GET", "/scim/v2/Groups/"+l.group, token, "").json(s.t)
	in := map[string]bool{}
	members, _ := group["members"].([]any)
	for _, m := range members {
		in[m.(map[string]any)["value"].(string)] = true
	}
	for id := range l.members {
		if !in[id] {
			s.t.Errorf("the membership of %s was acknowledged and is gone", id)
		}
	}
}

func TestKilledUnderLoadKeepsEveryAcknowledgedWrite(t *testing.T) {
	const kills = 3
	each(t, func(t *testing.T, s *site) {
		token := s.tenant()
		l := &load{users: map[string]*asked{}, members: map[string]bool{}}
		acknowledged := 0
		for round := range kills {
			r := s.spawn()
			if round == 0 {
				var made struct{ ID string }
				a := r.ask(201, "POST", "/scim/v2/Groups", token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"CC-Team"}`)
				if err := json.Unmarshal(a.body, &made); err != nil {
					t.Fatal(err)
				}
				l.group = made.ID
			}
			var clients sync.WaitGroup
			for c := range 8 {
				clients.Go(func() { l.client(r, token, fmt.Sprintf("r%d-c%d", round, c)) })
			}
			await(t, "the load is on", func() bool { return l.acknowledged() >= acknowledged+20 })
			<-time.After(rand.N(500 * time.Millisecond)) // at any point
			r.kill()
			clients.Wait()

			after := s.serve()
			l.verify(s, after, token)
			acknowledged = l.acknowledged()
			if round == kills-1 {
				s.sequenced()
			}
			after.end()
			if out := s.must("doctor"); strings.Contains(out, "fault") {
				t.Errorf("round %d:\n%s", round, out)
			}
		}
		t.Logf("%d users were acknowledged over %d kills", acknowledged, kills)
	})
}
