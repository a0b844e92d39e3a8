package ldap

import (
	"rollcall/directory"
)

// The kinds of problems that a reading finds, as [directory.Problem] names them.
const (
	skipped  = "skipped"
	search   = "search"
	referral = "referral"
	canary   = "canary"
	members  = "members"
)

// maxProblems is how many problems of one kind a reading tells: who has thousands of the same has one.
const maxProblems = 100

// problems collects what a reading finds wrong, within bounds.
type problems struct {
	list  []directory.Problem
	count map[string]int
}

// add keeps p, unless there are enough of its kind.
func (ps *problems) add(p directory.Problem) {
	if ps.count == nil {
		ps.count = map[string]int{}
	}
	ps.count[p.Kind]++
	if ps.count[p.Kind] <= maxProblems {
		ps.list = append(ps.list, p)
	}
}

// all returns what was kept, and for each kind how many more there were.
func (ps *problems) all() []directory.Problem {
	for _, kind := range []string{skipped, search, referral, canary, members} {
		if more := ps.count[kind] - maxProblems; more > 0 {
			ps.list = append(ps.list, directory.Problem{
				Kind: kind, Message: directory.Say("%d more problems of this kind are not listed", more),
				Fix: "solve those that are listed, then read again",
			})
			ps.count[kind] = 0
		}
	}
	return ps.list
}
