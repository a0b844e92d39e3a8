// Package ldap reads directories that do not push: OpenLDAP, Active Directory, 389 Directory Server and FreeIPA, by LDAP
// (RFC 4511). It writes nothing, neither there nor here. It tells what it read and, as important, what it did not: what
// follows from it is decided in package provision.
//
// # A reading
//
// [Open] makes a [Source] of a connection's settings, and [Source.Read] reads it: it connects to the first server that can
// be used, finds out which kind of server it is, and hands out people and then groups, page by page. With the cookie of
// an earlier reading it reads what changed since, where the server can tell. A [directory.Reading] says how complete each
// search was.
//
//	source.go     what a source is
//	check.go      settings that cannot work or must not
//	conn.go       servers in their order, the bind, the password's file; tls.go: encryption
//	server.go     which kind of server it is; profile.go: what is usual there
//	read.go       one reading, from beginning to end
//	search.go     searches in pages; ranges.go: attributes in ranges
//	view.go       what is asked about people and groups; attributes.go: how it is mapped to SCIM
//	entry.go      an entry and its hash; state.go: whether a person is active; resource.go: the SCIM resource
//	names.go      distinguished names, filters, identifiers: all that is escaped
//	delta.go      what changed since the last time: syncrepl.go, dirsync.go, usn.go, timestamp.go
//	faults.go     what can go wrong, and what to do
//	examine.go    what "rollcall doctor" asks
//
// # Unknown is not empty
//
// Whoever is missing from a complete answer may have left. So an answer counts as complete only when the server said that
// this was all, and nothing else does: a search that ran into a limit, lost its connection or its place between two
// pages, or met a referral is partial, and what it brought is added, never compared. The same holds for a group of which
// some values could not be read, for an entry without an identifier (who is it?), for a canary that found nobody. An
// entry that cannot be mapped is skipped, which is not missing: it is handed out, and says what is wrong when it is asked
// for its resource. An account whose state cannot be read is skipped as well, neither suspended nor reactivated.
//
// # Who somebody is
//
// An entry is recognised by what its server never changes (entryUUID, objectGUID, nsUniqueId, ipaUniqueID), so that
// renaming and moving it makes nobody leave and come back. Members are named by DN, which does change, and in as many
// spellings as there are clients: [Ref] gives the one in which they are compared. Where directories name members in
// other ways, an entry has an alias: "uid:fry" for memberUid, "sid:S-1-5-…" for the primary group of Active Directory,
// which has its members without listing them.
//
// # How it is fast
//
// Decoding is what takes time: the library makes an object of each value. So only what is mapped is asked for, and while
// one page is worked on, the next is on its way. An entry is hashed, over its raw values, but mapped only when somebody
// asks for its resource, which is when the hash is new. Nothing holds the directory: there are two pages at a time, and
// pages of groups shrink as groups grow.
package ldap
