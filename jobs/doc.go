// Package jobs is the work that nobody asks for by a request: giving committed changes their place in the ledger, bringing
// people to the rules that were published, giving seats that are free to those who wait, looking at people again when an
// absence begins or a hold runs out, reading directories when their turn has come, ending what guards held too long, warning
// of connections that fail and of tokens that are about to end, writing the ledgers' heads down, forgetting what tenants keep no
// longer: the request log, past statuses, former versions of the rules.
//
// # Once in an installation
//
// Every replica runs the same jobs, and a lease in the database decides whose turn it is. A lease is renewed while its work
// lasts and ends by itself when its holder dies, so a killed replica delays a job by seconds and loses nothing: every job
// finds in the database what is left to do and starts there. A run that a killed replica left open (a sync, an undo, a bulk
// edit) is ended as failed or partial by whoever finds that nobody has its lease.
//
// # Looking and being told
//
// A hint after a commit starts the sequencer and the settling at once; a short poll finds what other processes committed.
// Hints may be lost without harm, so nothing waits inside a write.
package jobs
