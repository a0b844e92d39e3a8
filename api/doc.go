// Package api is the REST API: configuration, people and what they may do, for the platform and for automation.
//
// Every operation is declared once, in the file of its noun, with the permission that it needs; the OpenAPI document and
// its page are generated from these declarations. A request passes, in this order: its key (an API key of one tenant), the
// key's rate, the permission, the form of the body, the idempotency key, and the operation. Whatever goes wrong is told as
// problem details (RFC 9457) with the request's id and what to do. Configuration changes through package admin alone,
// people through package provision alone.
package api
