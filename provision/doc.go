// Package provision holds the verbs over people, and is the only writer of them: accounts, groups, memberships, states
// and grants.
//
// # One path
//
// Whatever comes in (a SCIM request, a directory's sync, an undo) takes the same four steps. Correlate: which person is
// this account of. Plan: what would become of them; a pure function of what is stored and what is stated, that asks
// mapping for their rights. Guard: a hook that may refuse or hold a plan. Apply: write accounts, people, memberships,
// grants and one change for each person, in one commit.
//
// # What serialises
//
// The person's row. A write locks the people whom it touches, in ascending id, then reads, then plans. A group's row is
// shared by those who change its members, and taken only for its deletion, for If-Match and for nesting.
//
// # When rights follow later
//
// A request that touches up to 500 people changes their rights in its own commit. Above that the facts commit with the
// answer, the people are marked as due, and [Engine.Settle] evaluates them in batches, revocations first. Publishing
// rules uses the same mechanism: each person stores the configuration version under which they were evaluated, and a
// publication is finished when nobody is left with a lower one.
package provision
