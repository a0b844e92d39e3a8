package scim

import (
	"context"
	"net/http"

	"rollcall/scim/schema"
)

// discovery holds the answers of RFC 7644 §4, encoded once.
type discovery struct {
	config                 []byte
	types, schemas         []byte            // the lists
	typesByID, schemasByID map[string][]byte // by folded id
}

const (
	configURN   = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	typeURN     = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	schemaURN   = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	specURI     = "https://www.rfc-editor.org/info/rfc6750"
	maxBulkOps  = 1000
	cursorLimit = int64(cursorLives / 1e9) // seconds
)

func newDiscovery(base string) discovery {
	d := discovery{config: encodeDoc(config(base)), typesByID: map[string][]byte{}, schemasByID: map[string][]byte{}}
	var types, all []any
	for _, rt := range []*schema.ResourceType{schema.User, schema.Group} {
		t := resourceType(base, rt)
		types = append(types, t)
		d.typesByID[schema.Fold(rt.Name)] = encodeDoc(t)
		for _, s := range append([]*schema.Schema{rt.Core}, rt.Extensions...) {
			one := schemaDoc(base, s)
			all = append(all, one)
			d.schemasByID[schema.Fold(s.ID)] = encodeDoc(one)
		}
	}
	d.types, d.schemas = encodeDoc(listOf(types)), encodeDoc(listOf(all))
	return d
}

func encodeDoc(doc map[string]any) []byte {
	b, err := schema.Encode(doc)
	if err != nil {
		panic(err) // what this file makes is always JSON
	}
	return b
}

func listOf(resources []any) map[string]any {
	n := int64(len(resources))
	return map[string]any{"schemas": []any{listURN}, "totalResults": n, "startIndex": int64(1), "itemsPerPage": n, "Resources": resources}
}

// config is the ServiceProviderConfig of RFC 7643 §5, with what RFC 9865 §2.4 adds.
func config(base string) map[string]any {
	yes := map[string]any{"supported": true}
	return map[string]any{
		"schemas":        []any{configURN},
		"patch":          yes,
		"bulk":           map[string]any{"supported": true, "maxOperations": int64(maxBulkOps), "maxPayloadSize": int64(maxBulkBody)},
		"filter":         map[string]any{"supported": true, "maxResults": int64(maxPage)},
		"changePassword": map[string]any{"supported": false},
		"sort":           yes,
		"etag":           yes,
		"pagination": map[string]any{
			"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": int64(defaultPage),
			"maxPageSize": int64(maxPage), "cursorTimeout": cursorLimit,
		},
		"authenticationSchemes": []any{map[string]any{
			"type": "oauthbearertoken", "name": "Bearer token", "specUri": specURI, "primary": true,
			"description": "A token of the connection, made with rollcall token create, in the header Authorization.",
		}},
		"meta": map[string]any{"resourceType": "ServiceProviderConfig", "location": base + "/ServiceProviderConfig"},
	}
}

// resourceType is the ResourceType of RFC 7643 §6.
func resourceType(base string, rt *schema.ResourceType) map[string]any {
	doc := map[string]any{
		"schemas": []any{typeURN}, "id": rt.Name, "name": rt.Name, "description": rt.Description, "endpoint": rt.Endpoint, "schema": rt.Core.ID,
		"meta": map[string]any{"resourceType": "ResourceType", "location": base + "/ResourceTypes/" + rt.Name},
	}
	var extensions []any
	for _, x := range rt.Extensions {
		extensions = append(extensions, map[string]any{"schema": x.ID, "required": false})
	}
	if extensions != nil {
		doc["schemaExtensions"] = extensions
	}
	return doc
}

// schemaDoc is the Schema of RFC 7643 §7.
func schemaDoc(base string, s *schema.Schema) map[string]any {
	return map[string]any{
		"schemas": []any{schemaURN}, "id": s.ID, "name": s.Name, "description": s.Description, "attributes": attributeDocs(s.Attributes),
		"meta": map[string]any{"resourceType": "Schema", "location": base + "/Schemas/" + s.ID},
	}
}

func attributeDocs(attributes []*schema.Attribute) []any {
	var out []any
	for _, a := range attributes {
		doc := map[string]any{
			"name": a.Name, "type": a.Type.String(), "multiValued": a.MultiValued, "description": a.Description, "required": a.Required,
			"mutability": a.Mutability.String(), "returned": a.Returned.String(), "uniqueness": a.Uniqueness.String(),
		}
		switch a.Type {
		case schema.String, schema.Reference, schema.Binary:
			doc["caseExact"] = a.CaseExact
		default: // has no case
		}
		if a.CanonicalValues != nil {
			doc["canonicalValues"] = anys(a.CanonicalValues)
		}
		if a.ReferenceTypes != nil {
			doc["referenceTypes"] = anys(a.ReferenceTypes)
		}
		if a.Sub != nil {
			doc["subAttributes"] = attributeDocs(a.Sub)
		}
		out = append(out, doc)
	}
	return out
}

func anys(texts []string) []any {
	out := make([]any, len(texts))
	for i, s := range texts {
		out[i] = s
	}
	return out
}

func serviceProviderConfig(_ context.Context, c *call) (answer, error) {
	return c.fixed(c.discovery.config)
}

func resourceTypes(_ context.Context, c *call) (answer, error) {
	return c.discovered(c.discovery.types, c.discovery.typesByID)
}

func schemas(_ context.Context, c *call) (answer, error) {
	return c.discovered(c.discovery.schemas, c.discovery.schemasByID)
}

func (c *call) discovered(list []byte, byID map[string][]byte) (answer, error) {
	if c.id == "" {
		return c.fixed(list)
	}
	one, ok := byID[schema.Fold(c.id)]
	if !ok {
		return answer{}, &Error{Status: http.StatusNotFound, Detail: "there is none of this name; without it, this endpoint lists them all"}
	}
	return c.fixed(one)
}

// fixed answers what never changes. RFC 7644 §4 has no filter here, and says so with 403.
func (c *call) fixed(b []byte) (answer, error) {
	if c.parameter("filter") != "" {
		return answer{}, &Error{Status: http.StatusForbidden, Detail: "what this endpoint answers cannot be filtered"}
	}
	return answer{status: http.StatusOK, body: written(b)}, nil
}

// me answers /Me with 501, as RFC 7644 §3.11 lets a service provider whose clients are not people.
func me(context.Context, *call) (answer, error) {
	return answer{}, &Error{
		Status: http.StatusNotImplemented,
		Detail: "a token stands for a connection, not for a person, so there is no /Me; ask /Users with a filter",
	}
}
