package scim_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/scim"
	"rollcall/store/storetest/migrated"
)

// badBodies are wrong for every endpoint that takes a body.
var badBodies = map[string]string{
	"nothing":                       "",
	"not JSON":                      "hello",
	"a list":                        "[]",
	"a string":                      `"x"`,
	"null":                          "null",
	"cut short":                     `{"userName":"a","name":{"givenName":"b"`,
	"something after it":            `{"userName":"a"} {}`,
	"a comma too many":              `{"userName":"a",}`,
	"the same name":                 `{"userName":"a","userName":"b"}`,
	"the same name in another case": `{"userName":"a","USERNAME":"b"}`,
	"NUL":                           "{\"userName\":\"a\x00b\"}",
	"invalid UTF-8":                 "{\"userName\":\"a\xffb\"}",
	"half a surrogate":              `{"userName":"\ud800"}`,
	"a hundred thousand deep":       strings.Repeat("[", 100_000),
	"deep objects":                  strings.Repeat(`{"a":`, 100_000),
	"a byte order mark":             "\xef\xbb\xbf{}",
	"a number that is none":         `{"userName":"a","x":1e}`,
	"a control character":           "{\"userName\":\"a\nb\"}",
	"comments":                      `{/* */"userName":"a"}`,
	"single quotes":                 `{'userName':'a'}`,
	"an open string":                `{"userName":"`,
	"a hundred KB of brackets":      strings.Repeat("[]", 50_000),
	"a hundred KB of backslash":     `{"userName":"` + strings.Repeat(`\`, 100_000),
}

func TestBodiesThatAreNoObject(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.Okta)
		user, group := "/Users/"+c.user("ada", "").text("/id"), "/Groups/"+c.group("g").text("/id")
		for name, body := range badBodies {
			for _, to := range []string{
				"POST /Users", "PUT " + user, "PATCH " + user, "POST /Groups", "PUT " + group, "PATCH " + group,
				"POST /.search", "POST /Users/.search", "POST /Groups/.search", "POST /Bulk",
			} {
				method, path, _ := strings.Cut(to, " ")
				r := c.send(method, path, body)
				if r.refused(400, "invalidSyntax"); t.Failed() {
					t.Fatalf("%s: %s", to, name)
				}
			}
		}
		c.send("GET", "/", "").want(200).has("/totalResults", 2.0)
		c.send("GET", user, "").has("/meta/version", `W/"1"`)
	})
}

func TestValuesOfTheWrongType(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	at := "/Users/" + c.user("ada", "").text("/id")
	for attribute, value := range map[string]string{
		"userName": `5`, "active": `"yes"`, "emails": `[[5]]`, "name": `"x"`, "displayName": `{}`, "title": `["a","b"]`, "externalId": `5`, "addresses": `[5]`,
		"x509Certificates": `[{"value":"not base64!"}]`, "phoneNumbers": `[{"primary":5}]`, "nickName": `"a\u0000b"`, "photos": `{"value":5}`,
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": `"x"`, "locale": `"` + strings.Repeat("x", 70_000) + `"`,
	} {
		userName := `"userName":"x",`
		if attribute == "userName" {
			userName = ""
		}
		body := `{` + userSchemas + `,` + userName + `"` + attribute + `":` + value + `}`
		for _, r := range []*reply{
			c.send("POST", "/Users", body), c.send("PUT", at, body), c.send("PATCH", at, patch(`{"op":"replace","value":{"`+attribute+`":`+value+`}}`)),
		} {
			r.refused(400, "invalidValue")
			if name, _, _ := strings.Cut(attribute, ":"); !strings.Contains(r.text("/detail"), name) || len(r.body) > 1000 {
				t.Errorf("%s: detail %.300q", attribute, r.text("/detail"))
			}
		}
	}
	for _, body := range []string{`{` + userSchemas + `}`, `{` + userSchemas + `,"userName":""}`, `{` + userSchemas + `,"userName":"  "}`, `{` + userSchemas + `,"userName":null}`} {
		c.send("POST", "/Users", body).refused(400, "invalidValue")
	}
	for _, schemas := range []string{``, `"schemas":[],`, `"schemas":"x",`, `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],`, `"schemas":null,`} {
		c.send("POST", "/Users", `{`+schemas+`"userName":"x"}`).refused(400, "invalidSyntax")
	}
	c.send("GET", at, "").has("/meta/version", `W/"1"`)
	c.send("GET", "/Users", "").has("/totalResults", 1.0)
}

func TestPatchesThatAreRefused(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.connect(directory.RFC)
		at := "/Users/" + c.user("ada", `"emails":[{"value":"a@x","type":"work"}]`).text("/id")
		c.user("bob", `"externalId":"b"`)
		for operation, want := range map[string]string{
			`{"op":"jump","path":"title"}`: "invalidValue", `{"op":"remove"}`: "noTarget", `{"op":"add","path":"nothing","value":1}`: "invalidPath",
			`{"op":"replace","path":"id","value":"x"}`: "mutability", `{"op":"add","path":"groups","value":[{"value":"x"}]}`: "mutability",
			`{"op":"remove","path":"userName"}`: "mutability", `{"op":"replace","path":"emails[type eq \"home\"].value","value":"h"}`: "noTarget",
			`{"op":"replace","path":"userName","value":"BOB"}`: "uniqueness", `{"op":"add","path":"externalId","value":"b"}`: "uniqueness",
			`{"op":"replace","path":"` + strings.Repeat("(", 100_000) + `","value":1}`:                           "invalidPath",
			`{"op":"replace","path":"emails[` + strings.Repeat("(", 100_000) + `","value":1}`:                    "invalidPath",
			`{"op":"replace","path":"emails[type eq \"` + strings.Repeat("x", 100_000) + `\"].value","value":1}`: "invalidPath",
			`{"op":"add","path":"emails","value":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`:     "invalidValue",
		} {
			r := c.send("PATCH", at, patch(`{"op":"replace","path":"title","value":"half"}`, operation))
			status := 400
			if want == "uniqueness" {
				status = 409
			}
			r.refused(status, want)
		}
		c.send("GET", at, "").has("/title", nil).has("/meta/version", `W/"1"`)
		many := strings.Repeat(`{"op":"replace","path":"title","value":"x"},`, 20_000) + `{"op":"replace","path":"title","value":"y"}`
		c.send("PATCH", at, patch(many)).refused(400, "tooMany")
		group := "/Groups/" + c.group("g").text("/id")
		many = strings.Repeat(`{"op":"add","path":"members","value":[{"value":"x"}]},`, 100_000) + `{"op":"remove","path":"members"}`
		c.send("PATCH", group, patch(many)).refused(400, "tooMany")
		many = strings.Repeat(`{"op":"replace","path":"title","value":"x"},`, 100_000) + `{"op":"replace","path":"title","value":"y"}`
		c.send("PATCH", at, patch(many)).refused(413, "")
	})
}

func TestBodiesThatAreTooLong(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.Okta)
	for path, limit := range map[string]int{"/Users": 1 << 20, "/Groups": 16 << 20, "/Bulk": 8 << 20, "/.search": 1 << 20, "/Users/.search": 1 << 20} {
		body := `{"displayName":"` + strings.Repeat("x", limit) + `"}`
		r := c.send("POST", path, body)
		if r.refused(413, ""); !strings.Contains(r.text("/detail"), "bytes") {
			t.Errorf("%s: %s", path, r.body)
		}
		chunked, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.URL+scim.Root+path, struct{ io.Reader }{strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		chunked.Header.Set("Authorization", "Bearer "+c.token)
		answer, err := c.server.Client().Do(chunked)
		if err != nil {
			continue // the server may hang up before it has read everything
		}
		_ = answer.Body.Close()
		if answer.StatusCode != 413 {
			t.Errorf("%s, without a length: %d", path, answer.StatusCode)
		}
	}
}
