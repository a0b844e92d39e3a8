package scim

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rollcall/scim/schema"
)

// endpoint answers one method of one route.
type endpoint func(ctx context.Context, c *call) (answer, error)

// route is where a request leads.
type route struct {
	pattern string // for people and metrics: never an id
	rt      *schema.ResourceType
	id      string // of the resource, the schema or the resource type
	public  bool   // answers without a token
	methods map[string]endpoint
}

// allow lists the methods of the route, for the header Allow.
func (r route) allow() string {
	return strings.Join(slices.Sorted(maps.Keys(r.methods)), ", ")
}

// search reports whether the route is a search by POST (RFC 7644 §3.4.3).
func (r route) search() bool { return strings.HasSuffix(r.pattern, "/.search") }

// read makes the methods of what can only be read. HEAD is GET without the body (RFC 9110 §9.3.2).
func read(e endpoint) map[string]endpoint {
	return map[string]endpoint{http.MethodGet: e, http.MethodHead: e}
}

// with adds a method.
func with(methods map[string]endpoint, method string, e endpoint) map[string]endpoint {
	methods[method] = e
	return methods
}

func resource(get, put, patch, del endpoint) map[string]endpoint {
	return with(with(with(read(get), http.MethodPut, put), http.MethodPatch, patch), http.MethodDelete, del)
}

// endpoints are the methods of each route, by its pattern (RFC 7644 §3.2).
var endpoints map[string]map[string]endpoint

func init() { // not a literal: Bulk dispatches through the table itself
	endpoints = map[string]map[string]endpoint{
		"/":                      read(listAll),
		"/.search":               {http.MethodPost: search},
		"/Users":                 with(read(list), http.MethodPost, createUser),
		"/Users/.search":         {http.MethodPost: search},
		"/Users/{id}":            resource(user, replaceUser, patchUser, deleteUser),
		"/Groups":                with(read(list), http.MethodPost, createGroup),
		"/Groups/.search":        {http.MethodPost: search},
		"/Groups/{id}":           resource(group, replaceGroup, patchGroup, deleteGroup),
		"/Bulk":                  {http.MethodPost: bulk},
		"/Me":                    with(resource(me, me, me, me), http.MethodPost, me),
		"/ServiceProviderConfig": read(serviceProviderConfig),
		"/ResourceTypes":         read(resourceTypes),
		"/ResourceTypes/{id}":    read(resourceTypes),
		"/Schemas":               read(schemas),
		"/Schemas/{id}":          read(schemas),
	}
}

// segments returns the parts of the path below [Root], decoded, and whether it lies there. Empty parts are left out, so
// that a trailing slash and "//" lead where they were meant to.
func segments(u *url.URL) ([]string, bool) {
	var parts []string
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if part == "" {
			continue
		}
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		parts = append(parts, part)
	}
	if len(parts) < 2 || "/"+parts[0]+"/"+parts[1] != Root {
		return nil, false
	}
	return parts[2:], true
}

// locate finds the route of a path. Names of endpoints are compared exactly: RFC 7644 §3.2 gives their spelling.
func locate(path []string) (route, bool) {
	r := route{}
	switch {
	case len(path) == 0:
		r.pattern = "/"
	case len(path) == 1, len(path) == 2 && path[1] == ".search":
		r.pattern = "/" + strings.Join(path, "/")
	case len(path) == 2:
		r.pattern, r.id = "/"+path[0]+"/{id}", path[1]
	}
	for _, rt := range []*schema.ResourceType{schema.User, schema.Group} {
		if len(path) > 0 && "/"+path[0] == rt.Endpoint {
			r.rt = rt
		}
	}
	r.methods = endpoints[r.pattern]
	// RFC 7643 §5: what tells how to authenticate should be readable without.
	r.public = r.pattern == "/ServiceProviderConfig"
	return r, r.methods != nil
}

// notHere is the answer to a path that leads nowhere, with the nearest one that does.
func notHere(path []string) error {
	here := "/" + strings.Join(path, "/")
	detail := "there is no endpoint at this path; there are /Users, /Groups, /Bulk, /.search, /ServiceProviderConfig, /ResourceTypes and /Schemas below " + Root
	for known := range endpoints {
		if first, _, _ := strings.Cut(strings.TrimPrefix(known, "/"), "/"); len(path) > 0 && path[0] != first && strings.EqualFold(path[0], first) {
			detail = "names of endpoints are spelled exactly: write /" + first
		}
	}
	if len(here) > 200 {
		detail = "the path is too long"
	}
	return &Error{Status: http.StatusNotFound, Detail: detail}
}

// requestID returns the request's id: the client's or proxy's own if it is harmless, else a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) == 0 || len(id) > 128 || strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
	}) {
		return rand.Text()
	}
	return id
}

// parseQuery reads the query part of a URL. A semicolon is a character like any other: filters have them.
func parseQuery(raw string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	v, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
	if err != nil {
		return nil, refuse(invalidValue, "the URL's query is not well formed; percent-encode what is in it")
	}
	return v, nil
}
