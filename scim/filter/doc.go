// Package filter is the one grammar for conditions over SCIM resources: the filters of RFC 7644 §3.4.2.2 and the paths of
// §3.5.2. Queries, PATCH paths, mapping conditions and SQL all speak it.
//
// # From text to answer
//
// [Parse] turns text into a tree of [Expr], which knows nothing about schemas; [Resolve] binds each attribute of the tree
// to the schema, checks that operators and values fit, and prepares the values for comparison. A resolved tree is then
// asked: [Match] evaluates it over one resource in memory, [Explain] tells which condition failed, and the store compiles
// it to SQL. The last two must never disagree, so the rules stand here, once.
//
// # What a comparison means
//
//   - Null, the empty string, the empty array and the empty object are no value: the attribute is absent (RFC 7643 §2.5).
//     A comparison with null or "" asks for that: eq is true when the attribute is absent, ne when it is present.
//   - A multi-valued attribute satisfies an operator when any of its values does, except ne.
//   - ne is the negation of eq: it is true when no value equals, so also when the attribute is absent.
//   - Strings compare by their bytes after [schema.Fold], unless the attribute is caseExact; dates compare as instants, to
//     the microsecond; numbers by their size.
//   - A complex attribute compared without a sub-attribute stands for its "value" (emails eq "x", manager eq "id").
//   - A value path is true when one element satisfies all that stands between the brackets; emails[type eq "work"].value
//     eq "x" asks for one element that is of type work and has that value.
//   - not is plain negation: there is no third truth value.
//
// # Bounds
//
// The text comes from clients. Length, depth and number of terms are bounded ([MaxLength], [MaxDepth], [MaxTerms]); what
// exceeds them is refused before anything is built.
package filter
