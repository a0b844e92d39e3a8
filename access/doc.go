// Package access is policy: which permissions there are, which role of which preset has them, and whether somebody may do
// something, with the reason. It is pure: no database, no clock, no network; the same question always has the same answer.
//
// # The catalogue
//
// A [Permission] is a key such as "conversations.reply", the scopes in which it can be given, and its risk. All of them stand
// in catalogue.json and nowhere else: presets, the API, the console and docs/permissions.md take them from there, and a key
// that is not there is refused with the nearest one ([CheckRolePermission]). Those of the module "console" are for Rollcall
// itself. A role with a permission of the highest risk administers people, roles or configuration: it is [Privileged], and
// no rule gives it without somebody's confirmation.
//
// # Presets are data
//
// A [Preset] is how one platform manages its people: settings, roles, options, modules, statuses, seat pools. Its file in
// presets has nothing that this package treats in a way of its own. Where two platforms differ, a role says so in a word that
// any role could use: a mode, a scope, a ceiling, a module. The golden table in testdata is the pages' own.
//
// # How a role has a permission
//
// Granted is the usual way. Forced is granted, and no profile takes it away. Optional is off until one of the role's options
// is switched on for the person, or a module that is optional for the role is in their profile; the same option may mean
// different things in two roles. Denied is never, whatever else would allow it; with a scope it denies just so far. By
// membership leaves it to what the person is in each of their agent groups.
//
//	deny > forced > granted, or given by an option or a membership > nothing
//
// Several roles, options and memberships add up: a permission group is a role of which a person has several. A denial in one
// of them counts against all of them.
//
// # How far
//
// A scope says which resources a permission reaches: one's own, those of one's agent groups or campaigns, everything. A wider
// one holds the narrower: what belongs to one's groups includes what is one's own. Whoever asks with a [Resource] gets an
// answer about that; whoever asks with none learns whether there is anything at all that they may do it to, and how far that
// reaches. Two scopes are for the asker to mind: "agents" needs the person acted upon, and "part" is a part of the area which
// only the contact centre can name, so that an answer with that scope is not leave for the whole of it
// ([Decision.Unbounded]).
//
// # Memberships
//
// Two roles, to which nobody is assigned, say what belonging to an agent group as user and as supervisor gives. A role takes
// part in that where it has a permission by membership. Its ceiling cuts what memberships give it: a restricted attendant who
// supervises a team still answers their own conversations only. A role may count as a member of every agent group. Where the
// ceiling is a role's own agent groups, the visibility of each group says how far its members see into it: their own, the
// team's or every team's; a supervisor always sees the team.
//
// # Modules and profiles
//
// A platform may be cut into modules, each of which holds permissions. A role's modules are the ceiling of its profiles; a
// profile keeps some of them, and never loses a forced one. A permission that modules hold works where one of these is on.
// Somebody without a profile has the modules that profiles of the role begin with. The owner's role has no profiles.
//
// # Who receives something new
//
// [Model.Eligible] is the formula that a router follows. It is a conjunction, and each false term is a [Reason], so that
// whoever looks for the reason finds all of them at once.
//
// # Unknown is nothing
//
// [Compile] never fails. What refers to a role, a permission, a module or a group that is not there gives nothing; a denial
// that is not understood denies; a profile that is not there leaves no module on. Only who is active may do anything.
package access
