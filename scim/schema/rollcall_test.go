package schema

import (
	"slices"
	"testing"

	"rollcall/directory"
)

func TestExtensionIsStatementsAndWhatTheyLeadTo(t *testing.T) {
	t.Parallel()
	ours := ByURN(RollcallURN)
	statements := []string{"extension", "initialStatus", "absence", "profile", "options", "groups", "campaigns", "company", "skills"}
	for _, a := range ours.Attributes {
		if a.Description == "" || slices.ContainsFunc(a.Sub, func(s *Attribute) bool { return s.Description == "" }) {
			t.Errorf("%s or a part of it is not described", a.Name)
		}
		stated := slices.Contains(statements, a.Name)
		statement := a.Mutability == ReadWrite && a.Returned == Default
		computed := a.Mutability == ReadOnly && a.Returned == Request && !slices.ContainsFunc(a.Sub, func(s *Attribute) bool { return s.Mutability != ReadOnly })
		if stated != statement || stated == computed {
			t.Errorf("%s is %s and returned by %s", a.Name, a.Mutability, a.Returned)
		}
	}
	for _, name := range directory.DirectAttributes() {
		if a := ours.Attribute(name); a == nil || a.Mutability != ReadWrite {
			t.Errorf("a connection may list %s, which no directory can state", name)
		}
	}
}
