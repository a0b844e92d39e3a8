package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong in a file or in the environment.
type Fault struct {
	File   string // "" for the environment
	Line   int    // from 1; 0 where the whole file is meant
	Column int    // in characters, from 1
	Path   string // the keys that lead there, such as connections[0].dialect, or the variable's name
	Text   string // what is wrong and what is expected, on one line; never a secret's value
}

// Error returns the fault on one line: file:line:column: path: text.
func (f Fault) Error() string {
	var b strings.Builder
	switch {
	case f.File != "" && f.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", f.File, f.Line, f.Column)
	case f.File != "":
		b.WriteString(f.File + ": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Text)
	return b.String()
}

// shown bounds how many faults the text of [Faults] lists.
const shown = 200

// Faults is everything that is wrong, in the order of file and place; those of the environment come last.
type Faults []Fault

// Error returns one line for each fault; of very many, the first 200 and how many follow.
func (fs Faults) Error() string {
	lines := make([]string, 0, min(len(fs), shown+1))
	for _, f := range fs[:min(len(fs), shown)] {
		lines = append(lines, f.Error())
	}
	if more := len(fs) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// err returns the faults in order, or nil when there are none.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		if (a.File == "") != (b.File == "") {
			return cmp.Compare(b.File, a.File)
		}
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text),
		)
	})
	return fs
}
