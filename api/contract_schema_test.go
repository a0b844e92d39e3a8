package api_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/directory"
)

// schemasOf reads the schemas of the document, so that answers can be compared with them.
func schemasOf(t testing.TB, g *gateway) huma.Registry {
	t.Helper()
	var d struct {
		Components struct {
			Schemas map[string]json.RawMessage
		}
	}
	send(t, g.server.URL+"/api/v1/openapi.json", "GET", nil).want(200).into(&d)
	out := documentSchemas{}
	for name, text := range d.Components.Schemas {
		out[name] = parseSchema(t, text)
	}
	return out
}

// documentSchemas are the schemas of a document, by name.
type documentSchemas map[string]*huma.Schema

func (d documentSchemas) SchemaFromRef(ref string) *huma.Schema {
	return d[strings.TrimPrefix(ref, "#/components/schemas/")]
}
func (d documentSchemas) Map() map[string]*huma.Schema                 { return d }
func (documentSchemas) Schema(reflect.Type, bool, string) *huma.Schema { return nil }
func (documentSchemas) TypeFromRef(string) reflect.Type                { return nil }
func (documentSchemas) RegisterTypeAlias(reflect.Type, reflect.Type)   {}
func resolved(r huma.Registry, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return r.SchemaFromRef(s.Ref)
	}
	return s
}

// parseSchema reads a schema back from the document. The framework writes "type" as a list where null is allowed.
func parseSchema(t testing.TB, text []byte) *huma.Schema {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	s := &huma.Schema{}
	read := func(name string, v any) {
		if raw[name] != nil {
			if err := json.Unmarshal(raw[name], v); err != nil {
				t.Fatalf("%s of %s: %v", name, text, err)
			}
		}
	}
	read("$ref", &s.Ref)
	var either []json.RawMessage
	if read("anyOf", &either); either != nil { // an object or null
		s.AnyOf = []*huma.Schema{parseSchema(t, either[0]), {Type: huma.TypeString, Nullable: true, Enum: []any{}}}
		s.PrecomputeMessages()
		return s
	}
	var kinds []string
	if err := json.Unmarshal(raw["type"], &kinds); err == nil {
		s.Nullable = slices.Contains(kinds, "null")
		s.Type = kinds[0]
	} else {
		read("type", &s.Type)
	}
	read("format", &s.Format)
	read("required", &s.Required)
	read("enum", &s.Enum)
	var properties map[string]json.RawMessage
	read("properties", &properties)
	if properties != nil {
		s.Properties = map[string]*huma.Schema{}
		for name, p := range properties {
			s.Properties[name] = parseSchema(t, p)
		}
	}
	if raw["items"] != nil {
		s.Items = parseSchema(t, raw["items"])
	}
	switch more := string(raw["additionalProperties"]); more {
	case "", "true":
		s.AdditionalProperties = true
	case "false":
		s.AdditionalProperties = false
	default:
		s.AdditionalProperties = parseSchema(t, raw["additionalProperties"])
	}
	s.PrecomputeMessages()
	return s
}

func statusText(n int) string { return strconv.Itoa(n) }

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// nothere is a path of the document with names that nothing has.
func nothere(path string) string {
	path = strings.ReplaceAll(path, "{kind}", "role")
	return parameter.ReplaceAllString(path, "nothere")
}

// pathID is what stands for {id} in the path of a case.
func pathID(path, described string) string {
	path, _, _ = strings.Cut(path, "?")
	parts, names := strings.Split(path, "/"), strings.Split(described, "/")
	for i, name := range names {
		if name == "{id}" && i < len(parts) {
			return parts[i]
		}
	}
	return ""
}

func query(path string) string {
	if _, q, ok := strings.Cut(path, "?"); ok {
		return "?" + q
	}
	return ""
}

// has reports whether the tenant has a role.
func (x *tenant) has(role string) bool {
	c, err := x.db.Reader(x.id).Configuration(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	return slices.ContainsFunc(c.Roles, func(r directory.Role) bool { return r.Key == role })
}

// shares reports whether something of the tenant has a key that another tenant has too, as the preset's roles do.
func (x *tenant) shares(key string) bool {
	c, err := x.db.Reader(x.id).Configuration(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	return slices.ContainsFunc(c.Roles, func(r directory.Role) bool { return r.Key == key }) ||
		slices.ContainsFunc(c.Statuses, func(s directory.Status) bool { return s.Key == key }) ||
		slices.ContainsFunc(c.SeatPools, func(p directory.SeatPool) bool { return p.Key == key })
}
