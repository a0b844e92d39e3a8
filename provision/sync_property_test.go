package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
)

// Whatever a directory goes through, after a sync everybody has the rights that a first sync of the same directory into
// an empty tenant would give them; nobody is left to be evaluated, and another sync finds nothing. Row names: B1, B3, B6, B19, B20, B32.
func TestAnyHistoryOfADirectoryEndsAsItsLastPageSays(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"histories": func(t *testing.T, w *site) {
			rapid.Check(t, func(r *rapid.T) {
				b := w.tenantAnew(t)
				d := b.reads(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
				b.supports()
				h := upheaval{r: r, d: d}
				h.begin()
				for range rapid.IntRange(1, 4).Draw(r, "rounds") {
					for range rapid.IntRange(1, 6).Draw(r, "steps") {
						h.step()
					}
					if rapid.IntRange(0, 4).Draw(r, "a plan that nobody applies") == 0 {
						before := b.changes()
						_, p := b.plan(d, provision.SyncOptions{Full: true})
						_ = p.Close()
						if n := b.changes(); n != before {
							r.Fatalf("planning wrote %d changes", n-before)
						}
					}
					b.syncWith(d, provision.SyncOptions{Full: true})
				}
				if got := b.sync(d); got.Status != provision.SyncNothing {
					r.Fatalf("another sync: %+v %+v", got.SyncResult, got.lines)
				}
				if left := b.unsettled(); len(left) > 0 {
					r.Fatalf("left: %v", left)
				}
				fresh := w.tenantAnew(t)
				fresh.reads()
				fresh.supports()
				fresh.sync(d)
				for id := range d.users {
					if is, want := rights(b.view(id)), rights(fresh.view(id)); !slices.Equal(is, want) {
						r.Fatalf("%s has %v, a first sync gives %v", id, is, want)
					}
				}
				for id := range h.gone {
					if v, err := b.engine.View(t.Context(), b.tenant, id); err == nil && d.users[id] == nil && v.State == directory.Active {
						r.Fatalf("%s is gone and still active", id)
					}
				}
			})
		},
	})
}

func rights(v provision.View) []string {
	out := []string{string(v.State)}
	for _, x := range v.Roles {
		out = append(out, x.Key)
	}
	for _, x := range v.AgentGroups {
		out = append(out, x.Name+"/"+string(x.Kind))
	}
	slices.Sort(out)
	return out
}

// upheaval changes a directory as administrators do.
type upheaval struct {
	r    *rapid.T
	d    *paper
	gone map[string]bool
	n    int
}

func (h *upheaval) begin() {
	h.gone = map[string]bool{}
	for i := range 6 {
		h.d.user(fmt.Sprint("p", i))
	}
	for _, g := range []string{"CC-Support", "CC-Lead-A", "CC-Lead-B", "Others"} {
		h.d.group(g)
	}
	for range 6 {
		h.join()
	}
}

func (h *upheaval) any(from []string, label string) string {
	if len(from) == 0 {
		return ""
	}
	return rapid.SampledFrom(from).Draw(h.r, label)
}

func (h *upheaval) person() string { return h.any(slices.Sorted(maps.Keys(h.d.users)), "person") }
func (h *upheaval) group() string  { return h.any(slices.Sorted(maps.Keys(h.d.groups)), "group") }

func (h *upheaval) join() {
	p, g := h.person(), h.group()
	if p == "" || g == "" {
		return
	}
	if x := h.d.groups[g]; !slices.Contains(x.members, h.d.users[p].dn) {
		x.members = append(x.members, h.d.users[p].dn)
	}
}

func (h *upheaval) step() {
	p, g := h.person(), h.group()
	what := rapid.IntRange(0, 10).Draw(h.r, "step")
	switch {
	case what <= 1:
		h.join()
	case what == 2 && g != "" && len(h.d.groups[g].members) > 0:
		h.d.groups[g].members = h.d.groups[g].members[1:]
	case what == 3 && len(h.d.users) > 1: // an empty answer is not believed
		delete(h.d.users, p)
		h.gone[p] = true
	case what == 4:
		h.n++
		h.d.user(fmt.Sprint("new", h.n))
	case what == 5 && p != "": // moves, and the server follows or not
		x := h.d.users[p]
		was := x.dn
		h.n++
		x.dn = fmt.Sprintf("uid=%s,ou=x%d", p, h.n)
		for _, y := range h.d.groups {
			for i, m := range y.members {
				if m == was {
					y.members[i] = x.dn
				}
			}
		}
	case what == 6 && g != "": // nested, perhaps in a circle
		if in := h.group(); in != g {
			h.d.groups[g].members = append(h.d.groups[g].members, h.d.groups[in].dn)
		}
	case what == 7 && p != "":
		h.d.users[p].attributes = directory.Attributes{"userName": p, "active": !h.d.users[p].attributes["active"].(bool)}
	case what == 8 && g != "" && len(h.d.groups) > 2:
		delete(h.d.groups, g)
	case what == 9 && p != "":
		h.n++
		h.d.users[p].attributes = directory.Attributes{"userName": p, "active": true, "title": fmt.Sprint(h.n)}
	case what == 10:
		h.n++
		h.d.group(fmt.Sprint("CC-Lead-N", h.n), p)
	}
}
