package scim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	elimity "github.com/elimity-com/scim/schema"
	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

func TestDiscovery(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	config := c.send("GET", "/ServiceProviderConfig", "").want(200)
	for pointer, want := range map[string]any{
		"/patch/supported": true, "/bulk/supported": true, "/bulk/maxOperations": 1000.0, "/bulk/maxPayloadSize": 8388608.0, "/filter/supported": true,
		"/filter/maxResults": 1000.0, "/sort/supported": true, "/etag/supported": true, "/changePassword/supported": false,
		"/authenticationSchemes/0/type": "oauthbearertoken", "/pagination/cursor": true, "/pagination/index": true, "/pagination/cursorTimeout": 3600.0,
		"/pagination/defaultPaginationMethod": "index", "/pagination/defaultPageSize": 100.0, "/pagination/maxPageSize": 1000.0,
		"/meta/location": "https://scim.example.com/scim/v2/ServiceProviderConfig", "/meta/resourceType": "ServiceProviderConfig",
	} {
		config.has(pointer, want)
	}
	c.send("GET", "/ServiceProviderConfig", "", "Authorization:").want(200)
	c.send("GET", "/ServiceProviderConfig", "", "Authorization: Bearer rct_x").refused(401, "")
	c.send("GET", "/Schemas", "", "Authorization:").refused(401, "")

	for path, n := range map[string]float64{"/ResourceTypes": 2, "/Schemas": 4} {
		list := c.send("GET", path+"?count=1&attributes=id", "").want(200).has("/totalResults", n).has("/itemsPerPage", n)
		for _, x := range list.at("/Resources").([]any) {
			one := x.(map[string]any)
			location := one["meta"].(map[string]any)["location"].(string)
			got := c.send("GET", strings.TrimPrefix(location, "https://scim.example.com/scim/v2"), "").want(200)
			if diff := cmp.Diff(any(one), got.doc()); diff != "" {
				t.Errorf("%s: by id and in the list: %s", location, diff)
			}
		}
		c.send("GET", path+query("filter", `id eq "x"`), "").refused(403, "")
		c.send("HEAD", path, "").want(200)
	}
	c.send("GET", "/ResourceTypes/User", "").has("/schemaExtensions/0/required", false).has("/endpoint", "/Users")
	c.send("GET", "/Schemas/URN:IETF:params:scim:schemas:core:2.0:user", "").want(200)
}

// What the schemas of RFC 7643 §8.7.1 say, as elimity-com/scim has them, is what we say, but for what is named here.
func TestSchemasAgreeWithTheLibrarys(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	differences := map[string]string{
		"caseExact":   "compared for strings: the library gives it to every attribute, and it means nothing for the others",
		"description": "our own words",
	}
	for urn, theirs := range map[string]elimity.Schema{
		"urn:ietf:params:scim:schemas:core:2.0:User":                 elimity.CoreUserSchema(),
		"urn:ietf:params:scim:schemas:core:2.0:Group":                elimity.CoreGroupSchema(),
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": elimity.ExtensionEnterpriseUser(),
	} {
		b, err := json.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		got := c.send("GET", "/Schemas/"+urn, "").want(200).doc().(map[string]any)
		compareAttributes(t, urn, want["attributes"], got["attributes"], differences)
	}
}

func compareAttributes(t *testing.T, path string, want, got any, differences map[string]string) {
	t.Helper()
	ours := map[string]map[string]any{}
	for _, a := range anyList(got) {
		ours[a["name"].(string)] = a
	}
	for _, a := range anyList(want) {
		name := a["name"].(string)
		here, ok := ours[name]
		if !ok {
			t.Errorf("%s:%s is missing", path, name)
			continue
		}
		for key, value := range a {
			if _, differs := differences[key]; differs || key == "subAttributes" || known[path+":"+name+"."+key] != "" {
				continue
			}
			if diff := cmp.Diff(value, here[key]); diff != "" && fmt.Sprint(value) != "[]" {
				t.Errorf("%s:%s.%s (-library +ours): %s", path, name, key, diff)
			}
		}
		if here["type"] == "string" && known[path+":"+name+".caseExact"] == "" && a["caseExact"] != here["caseExact"] {
			t.Errorf("%s:%s.caseExact: library %v, ours %v", path, name, a["caseExact"], here["caseExact"])
		}
		compareAttributes(t, path+":"+name, a["subAttributes"], here["subAttributes"], differences)
	}
}

func anyList(v any) []map[string]any {
	var out []map[string]any
	list, _ := v.([]any)
	for _, x := range list {
		out = append(out, x.(map[string]any))
	}
	return out
}

// known are the characteristics in which we differ, with the reason.
var known = map[string]string{
	"urn:ietf:params:scim:schemas:core:2.0:User:password.caseExact":                      "RFC 7643 §8.7.1 says false; a password is what it is, letter by letter",
	"urn:ietf:params:scim:schemas:core:2.0:User:groups:value.caseExact":                  "it is an id, and RFC 7643 §3.1 makes ids caseExact",
	"urn:ietf:params:scim:schemas:core:2.0:Group:members:value.caseExact":                "it is an id",
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager:value.caseExact": "it is an id",
	"urn:ietf:params:scim:schemas:core:2.0:Group:members:display.mutability":             "we answer the member's present name and never keep what a client sends",
}
