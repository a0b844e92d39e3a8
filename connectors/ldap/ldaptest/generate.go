package ldaptest

import (
	"bufio"
	"fmt"
	"io"
)

// Crowd is a directory that a generator writes: always the same for the same numbers, entryUUIDs included, so that two
// servers filled with it agree.
type Crowd struct {
	People int
	// Groups is how many groups there are beside the one with everybody. Person i is in group i modulo Groups, and in as
	// many of the next ones as PerPerson says; group 1 is in group 0, 2 in 1, and so on, in chains of ten.
	Groups    int
	PerPerson int  // 0 stands for 1
	Everybody bool // one group more, "everybody", with each person
	Cycle     bool // two groups more, "ring-a" and "ring-b", each in the other; person 0 is in the first
	MemberOf  bool // each person and group states its groups, as the overlay would have it
}

// PersonDN returns the DN of a person of a [Crowd], counted from 0.
func (s *Server) PersonDN(i int) string { return fmt.Sprintf("uid=p%06d,%s", i, s.People) }

// GroupDN returns the DN of a group of a [Crowd], counted from 0.
func (s *Server) GroupDN(i int) string { return fmt.Sprintf("cn=g%05d,%s", i, s.Groups) }

// Fill loads the crowd into the server; a hundred thousand people take seconds.
func (s *Server) Fill(c Crowd) {
	s.tb.Helper()
	r, w := io.Pipe()
	go func() { w.CloseWithError(c.write(w, s)) }()
	s.Load(r)
	_ = r.Close() // a loader that gave up leaves the writer waiting
}

// write writes the crowd as LDIF, entry by entry.
func (c Crowd) write(to io.Writer, s *Server) error {
	w := bufio.NewWriterSize(to, 1<<16) // remembers the first error until Flush
	for i := range c.People {
		c.person(w, s, i)
	}
	for g := range c.Groups {
		c.group(w, s, g)
	}
	if c.Everybody {
		fmt.Fprintf(w, "dn: cn=everybody,%s\nobjectClass: groupOfNames\nentryUUID: %s\ncn: everybody\n", s.Groups, crowdUUID(3, 0))
		for i := range max(c.People, 1) {
			fmt.Fprintf(w, "member: %s\n", s.PersonDN(i))
		}
		fmt.Fprintln(w)
	}
	if c.Cycle {
		c.ring(w, s, 0, "ring-a", "ring-b")
		c.ring(w, s, 1, "ring-b", "ring-a")
	}
	return w.Flush()
}

func (c Crowd) person(w io.Writer, s *Server, i int) {
	fmt.Fprintf(w, "dn: %s\nobjectClass: inetOrgPerson\nentryUUID: %s\nuid: p%06[3]d\ncn: Person %[3]d\nsn: Family %[4]d\n"+
		"givenName: Given %[5]d\ndisplayName: Given %[5]d Family %[4]d\nmail: p%06[3]d@example.com\nemployeeNumber: %[3]d\n"+
		"telephoneNumber: +1 555 %07[3]d\ntitle: Agent\ndepartmentNumber: %[6]d\nl: City %[7]d\n",
		s.PersonDN(i), crowdUUID(1, i), i, i%5000, i%700, i%40, i%90)
	if c.MemberOf {
		for k := range c.perPerson() {
			fmt.Fprintf(w, "memberOf: %s\n", s.GroupDN((i+k)%c.Groups))
		}
		if c.Everybody {
			fmt.Fprintf(w, "memberOf: cn=everybody,%s\n", s.Groups)
		}
		if c.Cycle && i == 0 {
			fmt.Fprintf(w, "memberOf: cn=ring-a,%s\n", s.Groups)
		}
	}
	fmt.Fprintln(w)
}

func (c Crowd) group(w io.Writer, s *Server, g int) {
	fmt.Fprintf(w, "dn: %s\nobjectClass: groupOfNames\nentryUUID: %s\ncn: g%05d\ndescription: Group %[3]d\n", s.GroupDN(g), crowdUUID(2, g), g)
	members := 0
	for k := range c.perPerson() { // those whose k-th group this is
		for i := (g - k + c.Groups) % c.Groups; i < c.People; i += c.Groups {
			fmt.Fprintf(w, "member: %s\n", s.PersonDN(i))
			members++
		}
	}
	if inner := g + 1; inner < c.Groups && inner%10 != 0 {
		fmt.Fprintf(w, "member: %s\n", s.GroupDN(inner))
		members++
	}
	if members == 0 {
		fmt.Fprintf(w, "member: %s\n", s.BindDN) // the class wants one
	}
	if c.MemberOf && g%10 != 0 {
		fmt.Fprintf(w, "memberOf: %s\n", s.GroupDN(g-1))
	}
	fmt.Fprintln(w)
}

func (c Crowd) ring(w io.Writer, s *Server, i int, name, other string) {
	fmt.Fprintf(w, "dn: cn=%s,%s\nobjectClass: groupOfNames\nentryUUID: %s\ncn: %[1]s\nmember: cn=%[4]s,%[2]s\n", name, s.Groups, crowdUUID(4, i), other)
	if i == 0 && c.People > 0 {
		fmt.Fprintf(w, "member: %s\n", s.PersonDN(0))
	}
	if c.MemberOf {
		fmt.Fprintf(w, "memberOf: cn=%s,%s\n", other, s.Groups)
	}
	fmt.Fprintln(w)
}

func (c Crowd) perPerson() int { return min(max(c.PerPerson, 1), c.Groups) }

// crowdUUID is the entryUUID of the i-th entry of a kind.
func crowdUUID(kind, i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", i, kind) }
