// Package admin is the verbs over configuration: what a tenant, its connections, roles, agent groups, rules and settings
// should be, the tokens that open its connections, and API keys. The command line and the REST API use it.
//
// # Merge, compare, publish
//
// A manifest is merged with what is stored into the configuration that should be: only what the manifest owns is changed
// or removed ([Admin.Apply]). The two are compared, which yields what a person reads, what the change record keeps and what
// is written; equal means that nothing happens at all. One transaction publishes the difference under the next version of
// the configuration. The people follow in batches, each marked with the version they were brought to; whoever finds people
// behind (this run, a later one, a running server) goes on where the last one stopped.
//
// An edit by a person or an API key ([Admin.Change]) goes the same way: it makes the configuration that should be out of a
// copy of the one that is, and from there on nothing asks who wanted it. Every object has an owner. What the manifest owns
// is changed there alone, until it is detached ([Admin.Detach]); what the console owns a manifest may name, and must then
// say as it is, so that an export ([Admin.Export]) can be applied where it was made.
//
// # Presets
//
// A new tenant is a copy of a preset, which it pins by name and version: its roles, modules, settings, statuses and seat
// pools. Settings, statuses and seat pools may be taken over and given back; the roles are nobody's to change. A later
// version is offered by a notice, and taken as any other change: planned, guarded, told person by person. A permission that
// is new with it begins ungranted.
//
// # One check for everybody
//
// Every value, name and reference is checked in one place, whoever asks for it: that a profile keeps to its role and has not
// more modules than that, that a role is of a kind by which the tenant's roles vary, that groups and memberships are of the
// kinds that its settings name, that a role's holders sit in one seat pool only, that the status in which people begin is
// there. A refusal names all that is wrong, each with the object, and what to do. What is in use does not go by accident: a
// role or a profile that somebody has, a status that somebody is in, a pool in which people sit is taken away only by whoever
// says that it shall.
//
// # Versions of the rules
//
// Whoever changes rules or their tests leaves a version of them. A draft is a version that is not published yet: it is
// saved, tested and tried on somebody, and then published; an earlier version can be gone back to. Rules whose mapping tests
// fail, of a manifest, an edit or a draft, are published by nobody. Every version is kept.
//
// # Seeing before doing
//
// [Admin.Plan] asks the engine what the merged configuration would give and take, person by person, and writes nothing.
// Apply asks the same first, because a configuration that leaves a tenant without anybody who may administer it is
// refused, and one that takes from more people than the tenant's guard lets pass is held: it names them, writes nothing,
// and is applied once somebody approves. Who that may be, [Admin.Approver] says: whoever runs the command or, where the
// tenant asks for a second person, the owner of an API key who neither asked nor configured.
//
// # A connection goes
//
// A connection that owns people or groups goes only with a choice of what becomes of them: they are kept by nobody,
// suspended, or moved to another connection. That is part of the plan, and happens before the configuration without the
// connection is published; the connection is paused meanwhile, and an apply that broke off is gone on with by the next.
//
// # Day one
//
// Notices name what is configured and does not work yet (a rule whose group was never seen, a connection that nobody
// calls) with the line to write. [Admin.Diagnose] adds what only operators care for.
package admin
