// Package schema is the attribute table: the names, types and characteristics of every SCIM attribute that Rollcall
// knows, and what can be done with that table alone. It imports nothing but the standard library and package directory.
//
// # The table
//
// An [Attribute] carries the characteristics of RFC 7643 §7. Attributes make a [Schema], which has a URN; a core schema and
// its extensions make a [ResourceType]. There are two, [User] and [Group]; the attributes that every resource has are in
// [Common]. Names and URNs are compared without regard to case, as RFC 7643 §2.1 asks, and answered as the table spells them.
//
// # Paths
//
// A name in a filter, a PATCH path or an attributes parameter becomes a [Ref] by [ResourceType.Resolve]. A Ref finds its
// values in a document.
//
// # Documents
//
// A document is a resource's attributes as decoded JSON ([rollcall/directory.Attributes]). [Decode] reads one from a
// client or from the database, strictly and within bounds; [ResourceType.Normalize] brings what a client sent into the
// table's spelling and types, forgiving what its [Leniency] says; [Encode] writes one, the same bytes for the same
// document. [ResourceType.FoldedDocument] makes the second form, on which filters run in SQL: folded with [Fold], dates
// as instants.
package schema
