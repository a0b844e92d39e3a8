package mapping

import (
	"strconv"

	"rollcall/directory"
)

// Fault is one thing wrong with one rule.
type Fault struct {
	Position          int    // the rule's place in order, from 1
	Rule              string // its name
	Field             string // as the manifest calls it: group, group_id, when, connection, roles, agent_groups, name or id; "" for all
	directory.Message        // what is wrong, with the column where there is one
}

// String returns the fault on one line.
func (f Fault) String() string { return f.line().Text }

func (f Fault) line() directory.Message {
	if f.Field == "" {
		return directory.Say("rule %d %s: %v", f.Position, quote(f.Rule), f.Message)
	}
	return directory.Say("rule %d %s: %s: %v", f.Position, quote(f.Rule), f.Field, f.Message)
}

// Faults are all that is wrong with a set of rules, in their order. Its text may be shown.
type Faults []Fault

// Message is [Faults.Error], for [directory.Say].
func (fs Faults) Message() directory.Message {
	lines := make([]directory.Message, len(fs))
	for i, f := range fs {
		lines[i] = f.line()
	}
	return directory.Join(lines, "\n")
}

// Error returns one line for each fault.
func (fs Faults) Error() string { return fs.Message().Text }

// wrong makes an error that is part of what an administrator is told.
func wrong(format string, args ...any) error {
	return directory.Errorf(directory.Invalid, format, args...)
}

// quote returns a text in quotes, cut when it is long.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}
