package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/directory"
	"rollcall/provision"
)

// describe is the OpenAPI document before its operations, and how huma works: without a page of its own, without links to
// schemas in answers, and with nothing that is unknown let through.
func describe(o Options) huma.Config {
	version := o.Version
	if version == "" {
		version = "dev"
	}
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: json.Unmarshal}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Rollcall", Version: version, Description: introduction},
			Servers: []*huma.Server{{URL: strings.TrimRight(o.BaseURL, "/") + Root}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{"apiKey": { //nolint:gosec // the form of a key, and no key
					Type: "http", Scheme: "bearer", BearerFormat: "rck_TENANT_ID_SECRET",
					Description: "An API key of one tenant, made with \"rollcall apikey create\" or POST /api-keys. A key without a role may only read.",
				}},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// schemaName is the name of a type in the document: its own, but where two packages have one of that name.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case reflect.TypeFor[directory.Problem]():
		return "RunProblem"
	case reflect.TypeFor[provision.View]():
		return "User"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

const introduction = `The REST API of Rollcall: a tenant's configuration, its people, and what they may do.

Every request has an API key, in the header "Authorization: Bearer rck_…"; whoever runs the server makes one with "rollcall apikey create --tenant TENANT --name NAME", and one that may write with "--role administrator". The key names the tenant; nothing of another tenant can be seen. Every operation names the permission that it needs.

Answers are JSON in UTF-8. Instants are RFC 3339 in UTC. Lists are pages: {"items": […], "next": "…"}; next is the cursor of the next page, and empty on the last one.

Whatever fails is a problem (RFC 9457) of type application/problem+json, with a stable type, the request's id and what to do. Properties and parameters that are not known are refused.

Every answer to GET has an ETag. Send it in If-None-Match to hear only of changes (304), and in If-Match with PUT, PATCH and DELETE to change only what you have seen (412).

POST takes a header Idempotency-Key: the same request with the same key is done once, and answered again for a day with the header Idempotency-Replayed: true.

A change of the configuration can concern many people. With plan=true it only tells what it would do. What takes something from more people than the tenant's guard lets pass is held: the answer is 409 with the plan, until somebody who may approve sends it again with approve=true.

Requests are limited for each key, as the settings api.rate.per_second and api.rate.burst say: 429 with Retry-After.`

// group declares a group of operations.
func (h *Handler) group(name, doc string) {
	d := h.huma.OpenAPI()
	if !slices.ContainsFunc(d.Tags, func(t *huma.Tag) bool { return t.Name == name }) {
		d.Tags = append(d.Tags, &huma.Tag{Name: name, Description: doc})
	}
}

// documented is an operation as the framework and the document know it.
func (h *Handler) documented(op operation) huma.Operation {
	o := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Summary: op.summary, Description: op.doc, Tags: []string{op.tag}, DefaultStatus: op.status,
		Security: []map[string][]string{{"apiKey": {}}}, Responses: map[string]*huma.Response{}, Extensions: map[string]any{},
	}
	if op.permission != "" {
		o.Extensions["x-permission"] = op.permission
		o.Description = strings.TrimSpace(o.Description + "\n\nNeeds the permission " + op.permission + ".")
	}
	o.Parameters = conditions(op)
	byStatus := map[int][]string{}
	for _, slug := range problemsOf(op) {
		i := slices.IndexFunc(problems, func(k kindOfProblem) bool { return k.Slug == slug })
		if i < 0 {
			panic("api: " + op.id + " has a problem that there is not: " + slug)
		}
		byStatus[problems[i].Statuses[0]] = append(byStatus[problems[i].Statuses[0]], slug)
	}
	schema := h.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for status, slugs := range byStatus {
		examples := map[string]*huma.Example{}
		var titles []string
		for _, slug := range slugs {
			var none *call
			p := none.problem(status, slug, "what went wrong this time, and where")
			p.RequestID = "K4Q2ZC6RMW5T"
			if slug == "missing-permission" {
				p.Missing, p.Having = op.permission, []string{"administrator"}
			}
			examples[slug] = &huma.Example{Value: p}
			titles = append(titles, p.Title)
		}
		o.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: strings.Join(titles, "; "),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema, Examples: examples}},
		}
	}
	if op.method == http.MethodGet {
		o.Responses["304"] = &huma.Response{Description: "It has the ETag that the client sent in If-None-Match"}
	}
	return o
}

// conditions are the parameters that operations of a method have without declaring them.
func conditions(op operation) []*huma.Param {
	header := func(name, doc, example string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
	}
	var out []*huma.Param
	if op.method == http.MethodGet && !op.stream {
		out = append(out, header("If-None-Match", "An ETag: answer 304 where it is still that one.", `"3q2-7wEjRWeJq83v"`))
	}
	if op.method == http.MethodPost {
		out = append(out, header("Idempotency-Key", "At most 255 printable characters; the request is done once for each key, and answered again for a day.", "5b1f7f4e-2f0e-4c55-9d3b-0f0a4f2f8a11"))
	}
	if op.conditional {
		out = append(out, header("If-Match", "An ETag: refuse with 412 where it is another one by now.", `"3q2-7wEjRWeJq83v"`))
	}
	return out
}

// problemsOf lists what can go wrong with an operation, in the order of the documentation.
func problemsOf(op operation) []string {
	has := map[string]bool{"malformed": true, "unauthenticated": true, "invalid": true, "rate": true, "internal": true, "unavailable": true}
	if op.permission != "" {
		has["missing-permission"] = true
	}
	if strings.Contains(op.path, "{") {
		has["not-found"] = true
	}
	switch op.method {
	case http.MethodGet:
	case http.MethodPost:
		has["in-progress"], has["idempotency-mismatch"] = true, true
		fallthrough
	default:
		has["timeout"], has["too-large"], has["unsupported-media-type"] = true, true, true
	}
	if op.conditional {
		has["stale"] = true
	}
	for _, slug := range op.problems {
		has[slug] = true
	}
	var out []string
	for _, k := range problems {
		if has[k.Slug] {
			out = append(out, k.Slug)
			delete(has, k.Slug)
		}
	}
	for slug := range has {
		out = append(out, slug) // unknown: refused by who reads it
	}
	return out
}

// publish answers the document and its page. Both are made when somebody first asks for one: most processes never tell.
func (h *Handler) publish() {
	document := sync.OnceValue(h.document)
	page := sync.OnceValue(func() []byte {
		document() // which gives the page its examples
		return h.page()
	})
	static := func(path, kind string, of func() []byte, headers map[string]string) {
		h.mux.HandleFunc("GET "+Root+path, func(w http.ResponseWriter, _ *http.Request) {
			b := of()
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache") // it is the same for everybody, until the next version
			for name, value := range headers {
				w.Header().Set(name, value)
			}
			_, _ = w.Write(b)
		})
	}
	static("/openapi.json", "application/json; charset=utf-8", document, nil)
	static("/docs", "text/html; charset=utf-8", page, map[string]string{"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})
}

// document finishes the OpenAPI document: its examples, and which objects can be null.
func (h *Handler) document() []byte {
	d := h.huma.OpenAPI()
	for _, path := range d.Paths {
		for _, o := range operationsOf(path) {
			if o.RequestBody != nil {
				for _, m := range o.RequestBody.Content {
					if m.Example = h.example(m.Schema, 0); exampleBodies[o.OperationID] != nil {
						m.Example = exampleBodies[o.OperationID]
					}
				}
			}
			for status, r := range o.Responses {
				if m := r.Content["application/json"]; m != nil && status < "300" {
					m.Example = h.example(m.Schema, 0)
				}
			}
		}
	}
	return h.nullable(encode(d))
}

// nullable lets the document say which objects can be null: a pointer that is always written. The framework only knows it
// of values that are no objects.
func (h *Handler) nullable(document []byte) []byte {
	var d map[string]any
	if err := json.Unmarshal(document, &d); err != nil {
		panic("api: the document: " + err.Error()) // it was written just now
	}
	components, _ := d["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	for name, s := range schemas {
		t := h.huma.OpenAPI().Components.Schemas.TypeFromRef("#/components/schemas/" + name)
		object, _ := s.(map[string]any)
		properties, _ := object["properties"].(map[string]any)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			property, more, _ := strings.Cut(f.Tag.Get("json"), ",")
			p, _ := properties[property].(map[string]any)
			if f.Type.Kind() != reflect.Pointer || strings.Contains(more, "omit") || p["$ref"] == nil {
				continue
			}
			either := map[string]any{"anyOf": []any{map[string]any{"$ref": p["$ref"]}, map[string]any{"type": "null"}}}
			if p["description"] != nil {
				either["description"] = p["description"]
			}
			properties[property] = either
		}
	}
	return encode(d)
}

// operationsOf lists the operations of a path in a fixed order.
func operationsOf(p *huma.PathItem) []*huma.Operation {
	return slices.DeleteFunc([]*huma.Operation{p.Get, p.Post, p.Put, p.Patch, p.Delete}, func(o *huma.Operation) bool { return o == nil })
}

// resolve follows a reference to a schema.
func (h *Handler) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return h.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// example makes an example of a schema from those of its properties.
func (h *Handler) example(s *huma.Schema, depth int) any {
	if s == nil || depth > 8 {
		return nil
	}
	if x := exampleObjects[strings.TrimPrefix(s.Ref, "#/components/schemas/")]; x != nil {
		return x
	}
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	s = h.resolve(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, p := range s.Properties {
			out[name] = h.example(p, depth+1)
		}
		return out
	case huma.TypeArray:
		if x := h.example(s.Items, depth+1); x != nil {
			return []any{x}
		}
		return []any{}
	case huma.TypeString:
		if s.Format == "date-time" && !s.Nullable {
			return "2026-01-15T09:30:00Z"
		}
		if s.Nullable {
			return nil
		}
		return ""
	case huma.TypeInteger, huma.TypeNumber:
		return 0
	case huma.TypeBoolean:
		return false
	default:
		return nil
	}
}
