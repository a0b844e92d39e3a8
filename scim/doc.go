// Package scim is the SCIM 2.0 service provider over HTTP: RFC 7643 (core schema), RFC 7644 (protocol) and RFC 9865
// (cursor-based pagination), as identity providers really speak them.
//
// # From a request to its answer
//
// A [Handler] finds the route, learns from the bearer token which tenant and which connection is asking, and hands the
// rest to one function for each route and method. Those functions return an answer or an error; one place turns either
// into HTTP, so that every refusal, from 401 to 500, is a SCIM error. Reading goes straight to [store.Reader], which is
// bound to the token's tenant; writing goes through [provision.Engine], which gets a pure function from the resource as it
// is to the resource as it should be, and may run it again.
//
// # Answers are bytes
//
// A stored resource is kept as it is answered, but for its id, its meta and its groups or members. An answer without a
// projection copies those bytes and splices the rest in. Members of groups and lists are sent on as they are read and never
// held in memory.
//
// # What clients really send
//
// A connection has a dialect. What Okta and Entra document is accepted in every dialect where it cannot be mistaken; the
// dialect decides where they contradict each other or the RFC. docs/scim.md tells each divergence and why.
package scim
