// Package store keeps everything: one concrete type over SQLite and PostgreSQL, one SQL text for both.
//
// # Three faces
//
// A [Reader] is bound to one tenant; there is no way to read people without naming one. A [Tx] is one atomic write, a
// Reader that sees its own transaction; only provision, admin and jobs use it. [Ops] is for what any edge may note: last
// use, the request log, leases. None of them is an interface: there is one implementation.
//
// # Two databases
//
// Every statement is written once, with "?" placeholders. What differs (locks, the JSON table function, byte order)
// stands in dialect.go; the migrations are one template. On SQLite all writers share one connection and, when several
// wait, one commit; on PostgreSQL the writes of a transaction travel with its COMMIT. A Tx hides which.
//
// # Rows that end
//
// Accounts, groups, memberships and grants are ended, not deleted: "ended" is 0 while a row lives and the microsecond of
// its end afterwards. It is part of the keys, so that live rows are unique and dead ones are history.
//
// # What a tenant is configured to be
//
// A [Configuration] is everything that was configured, as of one version: what the preset brought, what a manifest and what
// people added. Publishing raises the version; each person's row has the version under which they were evaluated, or, in its
// place, how urgently they are due.
//
// # Seats, presence, instants
//
// A seat is a row, taken by whoever finds it free, so that no two people sit on one (docs/adr/0013); who waits has a row in a
// queue. Statuses that people were in, and absences, are rows that end like the rest. What the clock turns (an absence that
// begins, a hold that runs out) is noted as an instant, for a job to find.
//
// # Totals without a hot row
//
// Each write leaves its differences (one account more in this block, one version more of that group) as rows in backlog,
// and the sequencer folds them into tally. A total is the sum of both: exact, and no writer waits for another.
//
// # The log
//
// Each commit leaves one change per person or group. The sequencer gives committed changes their place and chains them in
// the ledger; see [DB.Sequence].
package store
