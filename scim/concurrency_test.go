package scim_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"rollcall/directory"
	"rollcall/scim"
	"rollcall/store/storetest/migrated"
)

// together sends requests at once and counts the statuses of their answers.
func (c *client) together(n int, request func(i int) (method, path, body string)) map[int]int {
	c.t.Helper()
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			method, path, body := request(i)
			r, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+scim.Root+path, strings.NewReader(body))
			if err != nil {
				c.t.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+c.token)
			answer, err := c.server.Client().Do(r)
			if err != nil {
				c.t.Error(err)
				return
			}
			_ = answer.Body.Close()
			mu.Lock()
			statuses[answer.StatusCode]++
			mu.Unlock()
		})
	}
	all.Wait()
	return statuses
}

func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.Okta)
		const n = 20
		if got := c.together(n, func(int) (string, string, string) { return "POST", "/Users", `{"userName":"same"}` }); got[201] != 1 || got[409] != n-1 {
			t.Errorf("one userName %d times: %v", n, got)
		}
		ids := make([]string, n)
		for i := range ids {
			ids[i] = c.user(fmt.Sprint("u", i), "").text("/id")
		}
		group := "/Groups/" + c.group("g").text("/id")
		add := func(i int) (string, string, string) {
			return "PATCH", group, patch(`{"op":"add","path":"members","value":[{"value":"` + ids[i] + `"}]}`)
		}
		if got := c.together(n, add); got[200] != n {
			t.Errorf("members added: %v", got)
		}
		if members, _ := c.send("GET", group, "").at("/members").([]any); len(members) != n {
			t.Errorf("%d members, want %d", len(members), n)
		}
		attributes := []string{"title", "nickName", "displayName", "userType", "locale", "timezone", "name.givenName", "name.familyName"}
		user := "/Users/" + ids[0]
		got := c.together(len(attributes), func(i int) (string, string, string) {
			return "PATCH", user, patch(`{"op":"replace","path":"` + attributes[i] + `","value":"x"}`)
		})
		if got[200] != len(attributes) {
			t.Errorf("attributes: %v", got)
		}
		r := c.send("GET", user, "").has("/meta/version", fmt.Sprintf(`W/"%d"`, 1+len(attributes)))
		for _, a := range attributes {
			r.has("/"+strings.ReplaceAll(a, ".", "/"), "x")
		}
		replaced := c.together(n, func(i int) (string, string, string) {
			return "PUT", user, `{"userName":"u0","title":"` + fmt.Sprint(i) + `"}`
		})
		if replaced[200] != n {
			t.Errorf("PUT: %v", replaced)
		}
	})
}
