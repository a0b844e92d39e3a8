package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rollcall/store/storetest/migrated"
)

// oddTexts are values that no honest client sends.
var oddTexts = []string{
	"%00", "a%00b", "%ff%fe", "%c3%28", "%ed%a0%80", "%F4%90%80%80", strings.Repeat("x", 5000), "%2e%2e%2f%2e%2e", "%2F", "'%3BDROP%20TABLE%20person--", "%25", "%5C", "%0d%0aSet-Cookie:a", "-1", "NaN",
	"99999999999999999999999999", "1e999", "null", "%7B%7D", "%F0%9F%A6%84", "%E2%80%AE", "%20", "*", "(((((((", "%EF%BF%BF",
}

// oddValues are JSON values that no honest client sends.
var oddValues = []string{
	`1e999`, `-1e999`, `99999999999999999999999999`, `-9223372036854775809`, `0.1`, `"\ud800"`, `"\udc00\ud800"`, `"\u202e"`, `"\uffff"`, `""`, `" "`, `null`, `true`, `[]`, `{}`, `[[[[]]]]`, `[null]`, `{"":null}`,
	`"` + strings.Repeat("y", 70_000) + `"`, `["","","",""]`, `"0000-00-00T00:00:00Z"`, `"9999-12-31T23:59:59.999999999+23:59"`, `"(((((((((("`, `"%"`, `"' OR 1=1 --"`, `"{{{{"`, `"-1h"`, `"99999999999999h"`,
}

// sane checks that an answer is one, and never a fault of ours.
func (r reply) sane(what string) {
	r.t.Helper()
	switch {
	case r.Status == 503 && strings.Contains(string(r.Body), "is running already"): // of the syncs that were asked for before
	case r.Status >= 500, r.Status == 429: // which would hide what is behind the limit
		r.t.Errorf("%s: %d %.300s", what, r.Status, r.Body)
	case r.Status >= 400:
		if p := r.problem(); p.Status != r.Status || p.Detail == "" || p.RequestID == "" {
			r.t.Errorf("%s: no whole problem: %d %.300s", what, r.Status, r.Body)
		}
	}
}

// Whatever stands in a path, a query, a header or a body, nothing is a fault of ours. Of all that could stand everywhere each
// database is asked every third.
func TestNoInputIsAFaultOfOurs(t *testing.T) {
	n := 0
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		n = n%3 + 1 // another third than the database before
		take := func() bool { n++; return n%3 == 0 }
		for _, o := range described(t, g) {
			k, ok := contracts[o.ID]
			if !ok {
				continue // told by TestContract
			}
			t.Run(o.ID, func(t *testing.T) {
				x := g.tenant(k.preset)
				x.t = t
				path, body := o.path, any(nil)
				if k.path != nil {
					path = k.path(x)
				}
				if k.body != nil {
					body = k.body(x)
				}
				owner := x.key(ownerOf(x))
				owner.t = t
				oddPaths(owner, o, path, body, take)
				if o.RequestBody != nil {
					oddBodies(owner, o.method, path, body, take)
				}
			})
		}
	})
}

func oddPaths(c *client, o describedOperation, path string, body any, take func() bool) {
	for _, odd := range oddTexts {
		if strings.Contains(o.path, "{") && take() {
			c.do(o.method, parameter.ReplaceAllString(o.path, odd)+query(path), body).sane("path " + odd)
		}
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		for _, p := range o.Parameters {
			switch {
			case !take():
			case p.In == "query" && !strings.Contains(path, p.Name+"="):
				c.do(o.method, path+join+p.Name+"="+odd, body).sane("query " + p.Name + "=" + odd)
			case p.In == "header":
				if text, err := url.PathUnescape(odd); err == nil && !strings.ContainsAny(text, "\x00\r\n") {
					c.do(o.method, path, body, p.Name, text).sane("header " + p.Name + ": " + odd)
				}
			}
		}
	}
}

func oddBodies(c *client, method, path string, body any, take func() bool) {
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, odd := range oddValues {
		c.do(method, path, odd).sane("body " + odd[:min(len(odd), 40)])
	}
	c.do(method, path, "{\"a\":\"\xff\"}").want(400).is("malformed")
	c.do(method, path, `{"\ud800": 1, "\udfff": 2}`).sane("names that are no text")
	var whole map[string]json.RawMessage
	if json.Unmarshal(text, &whole) != nil {
		return
	}
	var places [][]string // of every value, at any depth
	var walk func(at []string, v any)
	walk = func(at []string, v any) {
		if len(at) > 0 {
			places = append(places, slices.Clone(at))
		}
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(append(at, name), inner)
			}
		case []any:
			for i, inner := range v {
				walk(append(at, fmt.Sprint(i)), inner)
			}
		}
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		c.t.Fatal(err)
	}
	walk(nil, tree)
	for _, at := range places {
		for _, odd := range oddValues {
			if !take() {
				continue
			}
			b, err := json.Marshal(put(tree, at, json.RawMessage(odd)))
			if err != nil {
				c.t.Fatal(err)
			}
			c.do(method, path, string(b)).sane(strings.Join(at, ".") + " = " + odd[:min(len(odd), 40)])
		}
	}
}

// put is a value with another one at a place; the value itself stays as it is.
func put(v any, at []string, x any) any {
	if len(at) == 0 {
		return x
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			if out[name] = inner; name == at[0] {
				out[name] = put(inner, at[1:], x)
			}
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			if fmt.Sprint(i) == at[0] {
				out[i] = put(out[i], at[1:], x)
			}
		}
		return out
	}
	return v
}
