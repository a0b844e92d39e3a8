// Package provision holds the verbs over people, and is the only writer of them: accounts, groups, memberships, states
// and grants.
//
// # One path
//
// Whatever comes in (a SCIM request, a directory's sync, an edit by hand, an undo) takes the same four steps. Correlate:
// which person is this account of. Plan: what would become of them; a pure function of what is stored and what is stated,
// that asks mapping for their rights. Guard: a hook that may refuse or hold a plan. Apply: write accounts, people,
// memberships, grants and one change for each person, in one commit.
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
//
// # By hand
//
// What a person gives ([Engine.Assign]) stands beside what rules give: no rule ends it, and it ends nothing of theirs. What a
// directory states is not edited ([Engine.UpdatePerson]): holds keep what none states, suspend ([Engine.Suspend]) and
// withhold. [Engine.Bulk] does the same to many people as one run. The ownership passes on in one commit
// ([Engine.TransferOwner]), and nothing by hand takes the last administrator away.
//
// # Presets
//
// Roles, profiles, statuses, seats and how many roles somebody may have are data of the tenant, copied from its preset. No
// code asks which preset it was.
//
// # Seats
//
// Who is active or pending needs a seat of the pool that takes them ([directory.SeatPool]). A limited pool that is full lets
// them wait, in order, without a seat and so without work; by hand nobody is created then. Whoever gives a seat up looks for
// no heir: [Engine.Settle] serves those who wait. Plans foresee it all.
//
// # Presence and eligibility
//
// A status ([Engine.SetStatus]) and absences ([Engine.AddAbsence]) are recorded with their history and never mixed; who is
// suspended keeps both, masked. [Engine.Eligibility] and [Engine.EligiblePeople] compute from what is stored and the clock who
// receives what is new, and why not. [Engine.EligibilityChanges] is the feed of whatever may flip that, and [Engine.Awaken]
// has people looked at whose instant has come.
//
// # Directories that do not push
//
// [Engine.PlanSync] reads a [directory.Source] and compares it, page by page, with what it said last: one row an object,
// found by its immutable id, with a hash of all that matters. Only what differs is gathered, in a scratch outside of the
// database; people stream through, groups are kept in memory. From that the plan is made, a line for each person and
// group that changes, by the same functions that a SCIM request uses. Planning writes nothing.
//
// What is unknown is not empty: only a complete reading can miss somebody, only after as many in a row as the connection
// says, and never one that came back empty. Of a group whose members are not all known people are only added. Who is
// skipped, or in conflict, keeps what they have.
//
// [Engine.ApplySync] executes the lines, in batches. A line is applied to the person as they were when it was planned; who
// has changed since is left out and told. Nothing that was applied is undone when the run is cut off: the next sync finds
// what is left, because an object's row is written with its line.
//
// # Guards
//
// A plan that takes their state, last role or last agent group from more people than the connection's guard lets pass, or
// gives so many a privileged role, is stored and held until somebody approves it; only that connection waits. Pushes are
// guarded over a sliding hour: what is stated about one person always takes effect at once, what groups take from very
// many is held.
//
// # Undo
//
// [Engine.ApplyUndo] reverts a run, a change, or what a connection did in a window of time, for everybody who is still as
// it left them. It places holds, so that the directory's unchanged statement does not bring back what was undone.
package provision
