package ldap

import "testing"

func TestRangesAreRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]span{
		"member;range=0-1499":             {"member", 0, 1499},
		"member;Range=1500-*":             {"member", 1500, -1},
		"userCert;binary;range=0-9":       {"userCert;binary", 0, 9},
		"userCert;range=10-19;binary":     {"userCert;binary", 10, 19},
		"1.2.840.113556.1.2;range=5-5":    {"1.2.840.113556.1.2", 5, 5},
		"msDS-MemberTransitive;range=0-*": {"msDS-MemberTransitive", 0, -1},
	} {
		if got, ok := parseRange(name); !ok || got != want {
			t.Errorf("%s: %+v, %t; want %+v", name, got, ok, want)
		}
	}
	for _, name := range []string{"member", "member;lang-en", "member;range=", "member;range=5", "member;range=9-5", "member;range=-1-5", "member;range=a-b", "range=0-5", ""} {
		if got, ok := parseRange(name); ok {
			t.Errorf("%s is the range %+v", name, got)
		}
	}
}

// A page of groups is as large as its entries allow: memory must not depend on how many members groups have.
func TestPagesFollowTheSizeOfEntries(t *testing.T) {
	t.Parallel()
	f := &fetch{conn: &conn{size: 1000}}
	for _, tt := range []struct {
		name                        string
		size, entries, values, want int
	}{
		{"small entries", 10, 10, 30, 100},
		{"small entries, nearly full", 500, 500, 1500, 1000},
		{"groups of 10,000", 100, 100, 1_000_000, 5},
		{"groups of 100,000", 10, 10, 1_000_000, 1},
		{"nothing came", 10, 0, 0, 10},
		{"no values", 10, 10, 0, 100},
	} {
		if got := f.next(tt.size, tt.entries, tt.values); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
