// Package mapping is policy: from a tenant's rules and what is known of a person to that person's rights, each with the
// reason for it. It is pure: no database, no clock, no network; the same question always has the same answer.
//
// # A rule
//
// A [directory.Rule] names a directory group, a condition, or both, and yields rights of any kind
// ([directory.EntitlementKinds]). With both, both must hold. A condition is a SCIM filter over the person's attributes; it
// does not see what the rules themselves lead to, nor identifiers and groups, which are not attributes of the document. A
// privileged role comes by a condition only where it holds by what connections state ([Subject.Stated]).
//
// # Groups are bound, not compared
//
// The name in a rule is resolved once, to a group's id, and the [directory.Binding] remembers it: a directory that renames
// a group takes no rights away, and one that makes a second group of that name gives none. [Set.RulesFor] tells which
// rules a name would bind to; who binds, and when, is not this package's business. A rule that yields a privileged role
// yields it only through a binding that an administrator confirmed.
//
// Evaluation starts from the bindings of the groups that the person is in and finds their rules by id. Its cost depends on
// these, and on the rules that have a condition and no group ([MaxConditions]), never on how many group rules there are.
//
// # Captures
//
// "CC-Lead-{team}" is a [Pattern]: it stands for every group of such a name, and {team} in the name of an agent group
// stands for what it found. A rule with captures binds once for each group.
//
// # One or many
//
// Rights add up. Of a profile, a company, a seat pool and an initial status a person has one, and where the tenant allows
// one role only, of roles too: the first rule in order that yields one decides, and within one rule the role that it
// lists first. The same right given twice stays given twice, so that losing one reason does not lose the right.
//
// A profile brings its role, and is withheld where that role is: because another role came first, or because it is
// privileged and its binding is not confirmed. An option of a role does not bring it. What is archived yields nothing.
//
// # Statements
//
// What a directory states in the SCIM attribute roles or in our extension's attributes gives a right without any rule if its
// connection lists the attribute, or the role, in direct: ([DirectStatement]). It never gives anything privileged, and comes
// after all rules.
//
// # Tests
//
// A [directory.MappingTest] is a person invented, and what the rules must give them. [Set.Test] says what differs, and of what
// is missing which rules would give it and why they do not. A test needs nothing that is not there: its groups are names, and
// agent groups that a rule would make need not exist.
//
// # What cannot be
//
// [Compile] refuses, all at once, rules that name what the tenant does not have, that no directory group could match, or that
// yield what its settings leave no place for: agent groups where it has none, supervisors where people belong to agent groups
// as user only. A directory that states such a thing is given nothing for it, and [Set.Trace] says why.
//
// # Why, and why not
//
// [Set.Evaluate] answers with grants whose origins say why. [Set.Trace] answers for every rule whether it hit and, if
// not, what was missing, and for every statement what it gives. Both take the same steps, so they cannot disagree.
package mapping
