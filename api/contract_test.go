package api_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/api"
	"rollcall/store/storetest/migrated"
)

// contract is what the contract test needs to know of an operation, beside what the document says.
type contract struct {
	// preset is what the tenant of the case is made with; "" is the standard one.
	preset string
	// path is the path of a good call below the root, with its query; nil stands for the document's.
	path func(x *tenant) string
	// body is the body of a good call; nil for none.
	body func(x *tenant) any
	// gone is a path of something that is not there; "" stands for the document's with "nothere" in place of each
	// parameter, and "-" for an operation that knows no such thing: what is gone may have been there once.
	gone string
	// free says that any key may ask.
	free bool
	// by is who makes the good call, at a path; nil stands for a key of the highest role.
	by func(x *tenant, path string) *client
}

// contracts are the cases, by the operations' ids. The files of the nouns add theirs.
var contracts = map[string]contract{}

// varies are the operations whose permission depends on what is asked, so that they declare none.
var varies = map[string]bool{"bulk-users": true, "change-rights": true, "give-right": true, "take-right": true}

// describedOperation is an operation as the document describes it.
type describedOperation struct {
	ID          string `json:"operationId"`
	Permission  string `json:"x-permission"`
	Summary     string
	Parameters  []describedParameter
	RequestBody *struct {
		Content map[string]struct{ Schema json.RawMessage }
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			}
			Examples map[string]any
		}
	}
	method, path string
}

type describedParameter struct {
	Name, In string
	Schema   struct{ Type any }
}

// described reads the operations of the document, by their ids.
func described(t testing.TB, g *gateway) []describedOperation {
	t.Helper()
	var d struct {
		Paths map[string]map[string]describedOperation
	}
	if err := json.Unmarshal(send(t, g.server.URL+api.Root+"/openapi.json", "GET", nil).want(200).Body, &d); err != nil {
		t.Fatal(err)
	}
	var out []describedOperation
	for path, methods := range d.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), path
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b describedOperation) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// TestContract drives every operation of the document: with a good request, and with every kind of bad one. It fails where
// an operation has no case.
func TestContract(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		known := map[string]bool{}
		schemas := schemasOf(t, g)
		for _, o := range described(t, g) {
			known[o.ID] = true
			k, ok := contracts[o.ID]
			if !ok {
				t.Errorf("%s %s: the operation %s has no case", o.method, o.path, o.ID)
				continue
			}
			t.Run(o.ID, func(t *testing.T) { (&driven{o, k, t, g, schemas}).drive() })
		}
		for id := range contracts {
			if !known[id] {
				t.Errorf("there is a case for %s, and no such operation", id)
			}
		}
	})
}

// driven is an operation under test.
type driven struct {
	describedOperation

	k       contract
	t       *testing.T
	g       *gateway
	schemas huma.Registry
}

func (d *driven) drive() {
	x := d.g.tenant(d.k.preset)
	x.t = d.t
	path := d.path
	if d.k.path != nil {
		path = d.k.path(x)
	}
	var body any
	if d.k.body != nil {
		body = d.k.body(x)
	}
	owner := x.key(ownerOf(x))
	if d.k.by != nil {
		owner = d.k.by(x, path)
	}
	owner.t = d.t
	d.documented()
	d.refused(x, owner, path, body)
	d.bounds(owner, path, body)
	if d.RequestBody != nil {
		d.badBodies(owner, path, body)
	}
	good := owner.do(d.method, path, body)
	if good.Status >= 300 {
		d.t.Fatalf("the good call: %d %s", good.Status, good.Body)
	}
	d.answered(good)
}

// ownerOf is the role of the tenant that may do the most.
func ownerOf(x *tenant) string {
	for _, key := range []string{"owner", "administrator"} {
		if x.has(key) {
			return key
		}
	}
	return "console_owner"
}

// documented checks that the document says all that can go wrong.
func (d *driven) documented() {
	want := []string{"400", "401", "422", "429", "500", "503"}
	if d.Permission != "" {
		want = append(want, "403")
	} else if !d.k.free && !varies[d.ID] {
		d.t.Error("it declares no permission")
	}
	if strings.Contains(d.path, "{") {
		want = append(want, "404")
	}
	if d.method != http.MethodGet {
		want = append(want, "408", "413", "415")
	}
	for _, status := range want {
		r, ok := d.Responses[status]
		if !ok {
			d.t.Errorf("the document does not say that it can answer %s", status)
			continue
		}
		if p := r.Content["application/problem+json"]; !strings.HasSuffix(p.Schema.Ref, "/Problem") || len(p.Examples) == 0 {
			d.t.Errorf("status %s: no schema or no example", status)
		}
	}
	if d.Summary == "" {
		d.t.Error("it has no summary")
	}
}

// refused asks as those who may not.
func (d *driven) refused(x *tenant, owner *client, path string, body any) {
	url := d.g.server.URL + api.Root + path
	send(d.t, url, d.method, body).want(401).is("unauthenticated")
	if !d.k.free {
		nobody := x.key("nobody")
		nobody.t = d.t
		r := nobody.do(d.method, path, body).want(403).is("missing-permission")
		if p := r.problem(); p.Missing == "" || !varies[d.ID] && p.Missing != d.Permission || !slices.Contains(p.Having, ownerOf(x)) {
			d.t.Errorf("403 says %q and %q, want %q and among others %q", p.Missing, p.Having, d.Permission, ownerOf(x))
		}
	}
	if d.method != http.MethodGet && !d.k.free {
		reader := x.key("")
		reader.t = d.t
		if !bytes.Contains(reader.do("GET", "/me", nil).want(200).Body, []byte(`"`+d.Permission+`"`)) || d.Permission == "" {
			reader.do(d.method, path, body).want(403).is("missing-permission")
		}
	}
	other := d.g.tenant(d.k.preset)
	stranger := other.key(ownerOf(other))
	stranger.t = d.t
	if strings.Contains(d.path, "{id}") {
		if id := pathID(path, d.path); id != "" && !other.shares(id) {
			stranger.do(d.method, path, body).want(404).is("not-found")
		}
	}
	if strings.Contains(d.path, "{") {
		gone := d.k.gone
		if gone == "" {
			gone = nothere(d.path)
		}
		if gone != "-" {
			owner.do(d.method, gone+query(path), body).want(404).is("not-found")
		}
	}
	if d.has("If-Match") {
		owner.do(d.method, path, body, "If-Match", `"stale"`).want(412).is("stale")
	} else {
		owner.do(d.method, path, body, "If-Match", `"stale"`).want(422)
	}
}

// has reports whether the operation has a header.
func (d *driven) has(header string) bool {
	return slices.ContainsFunc(d.Parameters, func(p describedParameter) bool { return p.In == "header" && p.Name == header })
}

// bounds sends parameters that are unknown or of the wrong type.
func (d *driven) bounds(owner *client, path string, body any) {
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	owner.do(d.method, path+join+"no_such_parameter=1", body).want(422).is("invalid").says("no_such_parameter")
	for _, p := range d.Parameters {
		if p.In == "query" && (p.Schema.Type == "integer" || p.Schema.Type == "boolean") && !strings.Contains(path, p.Name+"=") {
			owner.do(d.method, path+join+p.Name+"=many", body).want(422).is("invalid").says("query." + p.Name)
		}
	}
}

// badBodies sends bodies that are wrong in every general way.
func (d *driven) badBodies(owner *client, path string, body any) {
	do := func(body any, headers ...string) reply { return owner.do(d.method, path, body, headers...) }
	do(`{"a": `).want(400).is("malformed")
	do(`{"a": 1, "a": 2}`).want(400).is("malformed")
	do(`{"a": "\u0000"}`).want(400).is("malformed")
	do(strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)).want(400).is("malformed").says("deeper")
	do(`{"a": "` + strings.Repeat("x", 2<<20) + `"}`).want(413).is("too-large")
	do(body, "Content-Type", "text/plain").want(415).is("unsupported-media-type")
	do(body, "Content-Encoding", "gzip").want(415)
	do(`"text"`).want(422).is("invalid")
	do(`[1]`).want(422)
	text, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		return // a list
	}
	if d.strict() {
		more := maps.Clone(object)
		more["no_such_property"] = "secret-value"
		do(more).want(422).is("invalid").says("no_such_property").hides("secret-value")
	}
	for name := range object {
		wrong := maps.Clone(object)
		wrong[name] = map[string]any{"no": []any{1}}
		if s := d.property(name); s != nil && s.Type != "" && s.Type != "object" {
			do(wrong).want(422).is("invalid").says(name)
		}
	}
}

// property is the schema of a property of the body.
func (d *driven) property(name string) *huma.Schema {
	s := d.body()
	if s == nil || s.Properties[name] == nil {
		return nil
	}
	return resolved(d.schemas, s.Properties[name])
}

func (d *driven) body() *huma.Schema {
	for _, m := range d.RequestBody.Content { // application/json, or of a merge patch
		return resolved(d.schemas, parseSchema(d.t, m.Schema))
	}
	return nil
}

// strict reports whether the body knows all its properties.
func (d *driven) strict() bool {
	s := d.body()
	return s != nil && s.AdditionalProperties == false
}

// answered checks that a good answer is what the document says.
func (d *driven) answered(r reply) {
	said, ok := d.Responses[statusText(r.Status)]
	if !ok {
		d.t.Fatalf("it answered %d, which the document does not say", r.Status)
	}
	if d.has("If-None-Match") && r.Header.Get("ETag") == "" {
		d.t.Error("it has no ETag")
	}
	content, ok := said.Content["application/json"]
	if !ok || content.Schema.Ref == "" {
		return
	}
	var v any
	r.into(&v)
	s := d.schemas.SchemaFromRef(content.Schema.Ref)
	result := &huma.ValidateResult{}
	huma.Validate(d.schemas, s, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, result)
	for _, err := range result.Errors {
		d.t.Errorf("the answer is not what the document says: %v", err)
	}
}
