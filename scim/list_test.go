package scim_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "?" + v.Encode()
}

func TestPagesByIndex(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		for i := range 7 {
			c.user(fmt.Sprintf("u%d", i), "")
		}
		for _, x := range []struct {
			name, query string
			start       float64
			users       string
		}{
			{"default", "", 1, "u0 u1 u2 u3 u4 u5 u6"},
			{"second page", "?startIndex=4&count=3", 4, "u3 u4 u5"},
			{"startIndex below 1 is 1", "?startIndex=-5&count=2", 1, "u0 u1"},
			{"startIndex 0 is 1", "?startIndex=0&count=2", 1, "u0 u1"},
			{"count below 0 is 0", "?count=-1", 1, ""},
			{"count 0", "?count=0", 1, ""},
			{"count above the greatest", "?count=100000&startIndex=6", 6, "u5 u6"},
			{"count that no number holds", "?count=99999999999999999999999", 1, "u0 u1 u2 u3 u4 u5 u6"},
			{"past the end", "?startIndex=100", 100, ""},
			{"far past the end", "?startIndex=99999999999999999999", 9223372036854775807, ""},
			{"parameters in other cases", "?STARTINDEX=7&Count=1", 7, "u6"},
			{"unknown parameters", "?aadOptscim062020&x=1&startIndex=7", 7, "u6"},
		} {
			t.Run(x.name, func(t *testing.T) {
				r := c.in(t).send("GET", "/Users"+x.query, "").want(200)
				r.has("/totalResults", 7.0).has("/startIndex", x.start).has("/itemsPerPage", float64(len(strings.Fields(x.users))))
				if got := r.userNames(); got != x.users {
					t.Errorf("users %q, want %q", got, x.users)
				}
				if _, ok := r.at("/Resources").([]any); !ok {
					t.Errorf("Resources is no array: %s", r.body)
				}
			})
		}
		for _, q := range []string{"?count=x", "?startIndex=x", "?count=1.5", "?sortOrder=up", "?sortBy=nothing", "?sortBy=password", "?attributes=a&excludedAttributes=b", "?startIndex=1&cursor=", "?filter=%zz"} {
			c.send("GET", "/Users"+q, "").refused(400, "invalidValue")
		}
	})
}

func TestPagesByCursor(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.connect(directory.RFC)
		for i := range 7 {
			c.user(fmt.Sprintf("u%d", i), fmt.Sprintf(`"title":"t%d"`, 7-i))
		}
		c.group("g1")
		walk := func(path string, want string, pages int) (cursors []string) {
			t.Helper()
			cursor, got := "", []string{}
			for n := 1; ; n++ {
				r := c.send("GET", path+"&cursor="+cursor, "").want(200)
				if r.at("/startIndex") != nil || r.at("/previousCursor") != nil {
					t.Errorf("not a page by cursor: %s", r.body)
				}
				got = append(got, r.userNames())
				next, more := r.at("/nextCursor").(string)
				if !more {
					if n != pages {
						t.Errorf("%s: %d pages, want %d", path, n, pages)
					}
					break
				}
				if strings.ContainsFunc(next, func(c rune) bool {
					return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", c)
				}) {
					t.Errorf("cursor %q", next)
				}
				cursor = next
				cursors = append(cursors, next)
			}
			if all := strings.Join(got, " "); all != want {
				t.Errorf("%s: %q, want %q", path, all, want)
			}
			return cursors
		}
		cursors := walk("/Users?count=3", "u0 u1 u2 u3 u4 u5 u6", 3)
		walk("/Users?count=7", "u0 u1 u2 u3 u4 u5 u6", 1)
		walk("/Users?count=2&sortBy=title", "u6 u5 u4 u3 u2 u1 u0", 4)
		walk("/Users?count=2&sortBy=title&sortOrder=descending", "u0 u1 u2 u3 u4 u5 u6", 4)
		walk("/Users?count=2"+strings.Replace(query("filter", `title gt "t3"`), "?", "&", 1), "u0 u1 u2 u3", 2)
		walk("/?count=3", "u0 u1 u2 u3 u4 u5 u6 <nil>", 3)
		c.send("GET", "/Users?cursor=&count=0", "").want(200).has("/totalResults", 7.0).has("/nextCursor", nil).has("/Resources", []any{})
		c.send("GET", "/Users?count=2&cursor="+strings.Replace(query("filter", `title gt "t3"`), "?", "&", 1), "").has("/totalResults", 4.0)
		c.send("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"count":3,"cursor":"`+cursors[0]+`"}`).want(200)
		c.send("GET", "/Users?cursor="+cursors[0], "").want(200).has("/itemsPerPage", 3.0)

		next := c.send("GET", "/Users?count=3&cursor="+cursors[1], "").want(200).has("/totalResults", 7.0)
		if next.userNames() != "u6" {
			t.Errorf("users %q", next.userNames())
		}
		c.user("u7", "")
		c.send("GET", "/Users?count=3&cursor="+cursors[1], "").want(200).has("/totalResults", 8.0)

		c.send("GET", "/Users?count=4&cursor="+cursors[0], "").refused(400, "invalidCount")
		c.send("GET", "/Users?count=1001&cursor=", "").refused(400, "invalidCount")
		c.send("GET", "/Users?count=x&cursor=", "").refused(400, "invalidCount")
		c.send("GET", "/Users?count=3&sortBy=title&cursor="+cursors[0], "").refused(400, "invalidCursor")
		c.send("GET", "/Groups?count=3&cursor="+cursors[0], "").refused(400, "invalidCursor")
		raw, err := base64.RawURLEncoding.DecodeString(cursors[0])
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			broken := append([]byte(nil), raw...)
			broken[i] ^= 1
			c.send("GET", "/Users?count=3&cursor="+base64.RawURLEncoding.EncodeToString(broken), "").refused(400, "invalidCursor")
		}
		for _, junk := range []string{"x", "AAAA", strings.Repeat("A", 5000), "%00", cursors[0] + "A"} {
			c.send("GET", "/Users?count=3&cursor="+junk, "").refused(400, "invalidCursor")
		}
		c.beside(directory.RFC).send("GET", "/Users?count=3&cursor="+cursors[0], "").refused(400, "invalidCursor")
		g.connect(directory.RFC).send("GET", "/Users?count=3&cursor="+cursors[0], "").refused(400, "invalidCursor")
		g.ahead.Store(int64(61 * time.Minute))
		c.send("GET", "/Users?count=3&cursor="+cursors[0], "").refused(400, "expiredCursor")
	})
}

func TestSortedLists(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		c.user("carol", `"displayName":"b","emails":[{"value":"z@x"},{"value":"a@x","primary":true}]`)
		c.user("Bob", `"displayName":"C","name":{"familyName":"Ames"}`)
		c.user("alice", `"emails":[{"value":"m@x"}],"name":{"familyName":"berg"}`)
		c.group("B2")
		c.group("a")
		for q, want := range map[string]string{
			"/Users?sortBy=userName":                                "alice Bob carol",
			"/Users?sortBy=USERNAME&sortOrder=Descending":           "carol Bob alice",
			"/Users?sortBy=emails":                                  "carol alice Bob",
			"/Users?sortBy=emails.value&sortOrder=descending":       "Bob alice carol",
			"/Users?sortBy=name.familyName":                         "Bob alice carol",
			"/Users?sortBy=name.familyName&sortOrder=descending":    "carol alice Bob",
			"/Users?sortBy=name.familyName&startIndex=2&count=1":    "alice",
			"/Users?sortBy=meta.created&sortOrder=descending":       "alice Bob carol",
			"/?sortBy=userName":                                     "alice Bob carol <nil> <nil>",
			"/?sortBy=userName&sortOrder=descending":                "<nil> <nil> carol Bob alice",
			"/?sortBy=displayName":                                  "<nil> carol <nil> Bob alice",
			"/?sortBy=displayName&sortOrder=descending":             "alice Bob <nil> carol <nil>",
			"/?sortBy=displayName&startIndex=2&count=2":             "carol <nil>",
			"/?sortBy=meta.created&sortOrder=descending&count=1000": "<nil> <nil> alice Bob carol",
		} {
			if got := c.send("GET", q, "").want(200).userNames(); got != want {
				t.Errorf("%s: %q, want %q", q, got, want)
			}
		}
		c.send("GET", "/?sortBy=displayName&startIndex=10000", "").refused(400, "tooMany")
	})
}

func TestFiltersOverHTTP(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		c.user("Ada@Example.com", `"externalId":"E1","active":false,"emails":[{"value":"ada@work","type":"work"},{"value":"ada@home","type":"home"}],
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7","manager":{"value":"m1"}}`)
		c.user(`50%_"quoted\`, `"title":"Ünïcode ÄÖ"`)
		third := c.user("x;y", `"nickName":"a b"`)
		group := c.group("Team", third.text("/id"))
		const ent = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
		for f, want := range map[string]string{
			`userName eq "ada@example.COM"`:                              "Ada@Example.com",
			`USERNAME EQ "Ada@Example.com" And ACTIVE eq FALSE`:          "Ada@Example.com",
			`externalId eq "E1"`:                                         "Ada@Example.com",
			`externalId eq "e1"`:                                         "",
			`emails[type eq "work" and value co "home"]`:                 "",
			`emails[type eq "work"].value eq "ADA@WORK"`:                 "Ada@Example.com",
			`emails eq "ada@home"`:                                       "Ada@Example.com",
			ent + `:manager eq "m1" and userName sw "ada"`:               "Ada@Example.com",
			`userName co "%"`:                                            `50%_"quoted\`,
			`userName sw "50%_\"quo"`:                                    `50%_"quoted\`,
			`userName ew "\\"`:                                           `50%_"quoted\`,
			`userName co "_a"`:                                           "",
			`title eq "ünïcode äö"`:                                      `50%_"quoted\`,
			`userName eq "x;y"`:                                          "x;y",
			`nickName eq "a b"`:                                          "x;y",
			`not (title pr) and active eq true`:                          "x;y",
			`groups.value eq "` + group.text("/id") + `"`:                "x;y",
			`groups.display eq "team"`:                                   "x;y",
			`id eq "` + third.text("/id") + `"`:                          "x;y",
			`meta.created gt "2000-01-01T00:00:00Z" and title pr`:        `50%_"quoted\`,
			`meta.lastModified gt "` + third.text("/meta/created") + `"`: "",
			`userName eq "nobody"`:                                       "",
			`meta.resourceType eq "User" and title pr`:                   `50%_"quoted\`,
		} {
			for _, r := range []*reply{
				c.send("GET", "/Users"+query("filter", f), ""),
				c.send("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":`+quoted(f)+`}`),
			} {
				if got := r.want(200).userNames(); got != want {
					t.Errorf("%s: %q, want %q", f, got, want)
				}
				n := 0.0
				if want != "" {
					n = 1
				}
				r.has("/totalResults", n)
			}
		}
		raw := c.send("GET", `/Users?filter=userName%20eq%20%22x;y%22`, "").want(200)
		raw.has("/totalResults", 1.0)
		c.send("GET", "/"+query("filter", `meta.resourceType eq "Group"`), "").want(200).has("/totalResults", 1.0).has("/Resources/0/displayName", "Team")
		c.send("GET", "/"+query("filter", `displayName eq "team" or userName eq "x;y"`), "").want(200).has("/totalResults", 2.0)
		c.send("GET", "/Groups"+query("filter", `members eq "`+third.text("/id")+`"`), "").want(200).has("/totalResults", 1.0)

		for _, f := range []string{
			`nothing eq 1`, `userName`, `userName eq`, `userName eq x`, `active gt true`, `userName eq 5`, `(userName pr`, `employeeNumber eq "7"`, `active eq "True"`,
			strings.Repeat("(", 100_000), strings.Repeat("a[", 1000), strings.Repeat(`title eq "x" or `, 10_000) + "title pr", "userName eq \"a\x00b\"", "userName eq \"\xff\"",
			`meta.location eq "x"`, `emails.value[type eq "x"]`,
		} {
			c.send("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":`+quoted(f)+`}`).want(400)
			if len(f) < 10_000 {
				c.send("GET", "/Users"+query("filter", f), "").refused(400, "invalidFilter")
			}
		}
		c.send("GET", "/Users"+query("filter", `password eq "x"`), "").refused(403, "sensitive")
	})
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x00", `\u0000`).Replace(s) + `"`
}

func TestFiltersThatOnlySomeDialectsForgive(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	rfc, entra := g.connect(directory.RFC), g.connect(directory.Entra)
	for _, f := range []string{`userName eq jyoung`, `active eq "True"`, `employeeNumber eq "1"`, `id eq x and manager eq y`} {
		rfc.send("GET", "/Users"+query("filter", f), "").refused(400, "invalidFilter")
		entra.send("GET", "/Users"+query("filter", f), "").want(200)
	}
}

func TestSearchRequests(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	c := g.connect(directory.RFC)
	c.user("a", `"title":"t"`)
	c.group("g")
	const s = `"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]`
	c.send("POST", "/.search", `{`+s+`}`).want(200).has("/totalResults", 2.0)
	c.send("POST", "/Groups/.search", `{`+s+`}`).want(200).has("/totalResults", 1.0)
	r := c.send("POST", "/Users/.search", `{`+s+`,"attributes":["userName"],"count":1,"startIndex":1,"sortBy":"userName","sortOrder":"descending"}`).want(200)
	r.has("/Resources/0/userName", "a").has("/Resources/0/title", nil).has("/Resources/0/meta", nil)
	for body, scimType := range map[string]string{
		``: "invalidSyntax", `{}`: "invalidSyntax", `[]`: "invalidSyntax", `{` + s + `,"filter":5}`: "invalidValue", `{` + s + `,"count":"x"}`: "invalidValue",
		`{` + s + `,"startIndex":1.5}`: "invalidValue", `{` + s + `,"attributes":[1]}`: "invalidValue", `{` + s + `,"attributes":{}}`: "invalidValue",
		`{` + s + `,"sortOrder":"up"}`: "invalidValue", `{` + s + `,"filter":"x"}`: "invalidFilter", `{` + s + `,"startIndex":1,"cursor":""}`: "invalidValue",
		`{` + s + `,"attributes":["a"],"excludedAttributes":["b"]}`: "invalidValue", `{` + s + `} x`: "invalidSyntax",
	} {
		c.send("POST", "/Users/.search", body).refused(400, scimType)
	}
	g.connect(directory.Okta).send("POST", "/.search", `{"attributes":"userName"}`).want(200)
}
