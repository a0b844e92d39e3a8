package mapping

import (
	"strconv"
	"strings"
)

// Fault is one thing wrong with one rule.
type Fault struct {
	Position int    // the rule's place in order, from 1
	Rule     string // its name
	Field    string // as the manifest calls it: group, group_id, when, connection, roles, agent_groups, name or id; "" for all
	Text     string // what is wrong, with the column where there is one
}

// String returns the fault on one line.
func (f Fault) String() string {
	s := "rule " + strconv.Itoa(f.Position) + " " + quote(f.Rule) + ": "
	if f.Field != "" {
		s += f.Field + ": "
	}
	return s + f.Text
}

// Faults are all that is wrong with a set of rules, in their order. Its text may be shown.
type Faults []Fault

// Error returns one line for each fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// quote returns a text in quotes, cut when it is long.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}
