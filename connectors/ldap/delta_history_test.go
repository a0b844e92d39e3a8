package ldap_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// kept is what somebody knows of a directory who was told everything once and then only changes: as provision does, it
// keeps by identifier who is in a group, because names change without a word.
type kept struct {
	users  map[string]directory.Entry
	named  map[string]string          // identifiers by ref
	groups map[string]map[string]bool // identifiers of members
}

// learn takes in a reading.
func (k *kept) learn(x told) {
	if !x.Delta {
		k.users, k.groups = map[string]directory.Entry{}, map[string]map[string]bool{}
	}
	maps.Copy(k.users, x.users)
	for _, id := range x.gone {
		delete(k.users, id)
		delete(k.groups, id)
	}
	k.named = map[string]string{}
	for id, e := range k.users {
		k.named[e.Ref] = id
	}
	for id, e := range x.groups {
		k.groups[id] = map[string]bool{}
		for _, ref := range e.Members {
			if member, ok := k.named[ref]; ok {
				k.groups[id][member] = true
			}
		}
	}
	for _, in := range k.groups { // who left is in no group
		maps.DeleteFunc(in, func(member string, _ bool) bool { _, here := k.users[member]; return !here })
	}
}

// history does things to a server, at random.
type history struct {
	*rand.Rand

	t     *testing.T
	s     *ldaptest.Server
	units []string
	born  int
	done  []string
}

// somebody is the DN of one of the people in the units, or "".
func (h *history) somebody() string {
	c := h.s.Dial()
	defer func() { _ = c.Close() }() // it was read to the end
	found, err := c.Search(goldap.NewSearchRequest(h.s.People, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false,
		"(objectClass=inetOrgPerson)", []string{"1.1"}, nil))
	if err != nil {
		h.t.Fatal(err)
	}
	if len(found.Entries) == 0 {
		return ""
	}
	return found.Entries[h.IntN(len(found.Entries))].DN
}

func (h *history) step() {
	group := fmt.Sprintf("cn=g%d,%s", h.IntN(3), h.s.Groups)
	who := h.somebody()
	unit := h.units[h.IntN(len(h.units))]
	rdn, _, _ := strings.Cut(who, ",")
	what := h.IntN(8)
	h.done = append(h.done, fmt.Sprint(what, " ", who, " ", unit, " ", group))
	switch {
	case what == 0 || who == "":
		h.born++
		h.s.Add(fmt.Sprintf("dn: uid=n%[1]d,%[2]s\nobjectClass: inetOrgPerson\nuid: n%[1]d\ncn: New %[1]d\nsn: Example\n", h.born, unit))
	case what == 1:
		h.s.Delete(who)
	case what == 2:
		h.born++
		h.s.Rename(who, fmt.Sprintf("uid=r%d", h.born), "")
	case what == 3 && !strings.HasSuffix(who, ","+unit):
		h.s.Rename(who, rdn, unit)
	case what == 4:
		h.s.Rename(who, rdn, "ou=former,"+h.s.Base)
	case what == 5:
		h.member("add", group, who)
	case what == 6:
		h.member("delete", group, who)
	default:
		h.born++
		h.s.Modify(fmt.Sprintf("dn: %s\nreplace: title\ntitle: Title %d\n", who, h.born))
	}
}

// member puts somebody into a group or takes them out, if they are not or are in it.
func (h *history) member(operation, group, who string) {
	all := h.s.Get(group, "member").GetAttributeValues("member")
	if slices.Contains(all, who) == (operation == "delete") && len(all) > 1 {
		h.s.Modify(fmt.Sprintf("dn: %s\n%s: member\nmember: %s\n", group, operation, who))
	}
}

// TestAnyHistoryIsFollowed follows servers to which this and that happens, and compares what was told with what a reading
// of everything finds.
func TestAnyHistoryIsFollowed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := ldaptest.OpenLDAP(t)
			s.Add(fmt.Sprintf("dn: ou=former,%s\nobjectClass: organizationalUnit\nou: former\n", s.Base))
			h := &history{Rand: rand.New(rand.NewPCG(seed, 7)), t: t, s: s, units: []string{s.People}}
			for _, ou := range []string{"north", "south"} {
				h.units = append(h.units, "ou="+ou+","+s.People)
				s.Add("dn: ou=" + ou + "," + s.People + "\nobjectClass: organizationalUnit\nou: " + ou + "\n")
			}
			populate(s, 12, 3)
			f, k := follow(t, s.Settings()), &kept{}
			k.learn(f.read())
			byChanges := 0
			for range 25 {
				for range h.IntN(5) {
					h.step()
				}
				if h.IntN(10) == 0 {
					s.Stop()
					s.Start()
				}
				x := f.read()
				if x.Delta {
					byChanges++
				}
				k.learn(x)
				whole := &kept{}
				whole.learn(follow(t, s.Settings()).read())
				k.same(t, whole)
				if t.Failed() {
					t.Fatalf("after a reading by %s, and %s", x.Mode, strings.Join(h.done, "\n"))
				}
			}
			if byChanges < 10 {
				t.Errorf("only %d of 25 readings were of changes", byChanges)
			}
		})
	}
}

// same compares what was told bit by bit with what is there.
func (k *kept) same(t *testing.T, whole *kept) {
	t.Helper()
	for id, e := range whole.users {
		if got, ok := k.users[id]; !ok || got.Ref != e.Ref || !slices.Equal(got.Hash, e.Hash) {
			t.Errorf("%s is there, and what was told is %q", e.DN, got.DN)
		}
	}
	for id, e := range k.users {
		if _, ok := whole.users[id]; !ok {
			t.Errorf("%s is not there any more", e.DN)
		}
	}
	for id, in := range whole.groups {
		if !maps.Equal(in, k.groups[id]) {
			t.Errorf("a group has %d members, and %d were told", len(in), len(k.groups[id]))
		}
	}
}
