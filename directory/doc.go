// Package directory holds the nouns of Rollcall: what a tenant, a connection, an account, a user, a group, a rule, a
// grant and a change are. It imports only the standard library and does nothing but name things, check their form and
// turn a few of them into text and back.
//
// # People and accounts
//
// A company's people live in directories that we do not own: Okta, Entra, LDAP. Each of them is a [Connection] of a
// [Tenant]. A connection owns [Account]s; a tenant owns people, and a person is a [User]. An account is what one directory
// states about one person; a user is the effective person, computed from all of their accounts. A person known to two
// directories has two accounts and one user, so that neither directory overwrites the other.
//
// # State
//
// A user's [State] is computed and never set: from what each account states ([Account.Active]), from the tenant's leaver
// rule, from onboarding, and from [Hold]s that people placed. An administrator who suspends somebody places a hold; the
// next "active: true" of a directory does not lift it.
//
// # Rights
//
// A mapping [Rule] yields entitlements; a recorded entitlement is a [Grant], with its [Origin]; the sum of somebody's
// grants is what they may do: [Role]s and memberships of [WorkGroup]s. A grant ends only by the origin that gave it.
// "Group" alone is always the directory's group ([Group]), which means nothing until a rule maps it. Rights are of several
// kinds ([EntitlementKind]): roles, options of roles, a [Profile] inside a role, agent groups, campaigns, queues and
// strategies, a [Company], a seat pool, a status to begin in.
//
// # What a platform is
//
// A tenant pins a preset: roles, statuses, seat pools, modules and settings, copied when the tenant is made and the tenant's
// own from then on. What a tenant may set stands in one registry ([Settings]); an object says who made it ([ManagedBy]).
//
// # Work
//
// Whether somebody receives what is new depends on more than rights: on their seat ([SeatPool], [SeatState]), on how they are
// present ([Status], [Presence], [Absence]), and on each group of work that they are in.
//
// # History
//
// Accounts, memberships and grants are ended, never deleted, and every commit that changes a person leaves one [Change]:
// audit record, outbox entry and source of history in one.
package directory
