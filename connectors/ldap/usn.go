package ldap

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// lookup is how many objects are looked up with one filter.
const lookup = 100

// usn follows a domain controller of Active Directory by its update sequence numbers: each change gives the object the
// next one, as uSNChanged. The numbers are the controller's own, so those of another one say nothing, and neither do its
// own after it was restored from a backup, which gives it another invocationId.
//
// It asks the whole domain which objects changed, tombstones among them, and looks each up below the bases. Whom it does
// not find there left: deleted, moved out, or no longer what the filter asks for. Deleted objects are seen only by
// accounts that may read them.
type usn struct {
	x        *session
	contexts []string // the naming contexts that the bases are in
}

// newUSN returns nil for a server that says too little about itself.
func newUSN(x *session) *usn {
	u := &usn{x: x}
	for _, v := range []*view{x.users, x.groups} {
		if v == nil {
			continue
		}
		best := ""
		for _, nc := range x.root.get("namingContexts") {
			if within(v.base, nc) && len(nc) > len(best) {
				best = nc
			}
		}
		if best == "" {
			return nil
		}
		if !slices.Contains(u.contexts, best) {
			u.contexts = append(u.contexts, best)
		}
	}
	return u
}

// within reports whether a name is another one or lies below it. What cannot be read is within nothing.
func within(dn, above string) bool {
	a, errA := Ref(dn)
	b, errB := Ref(above)
	return errA == nil && errB == nil && (a == b || strings.HasSuffix(a, ","+b))
}

func (*usn) mode() string { return byUSN }

// begin takes the number that the controller told when the session began.
func (u *usn) begin(ctx context.Context) ([]byte, error) {
	now, ok := u.now()
	server := u.server(ctx)
	if !ok || server == "" {
		return nil, errReadAll
	}
	return position{Mode: byUSN, Server: server, USN: now}.pack(), nil
}

func (u *usn) now() (int64, bool) {
	n, err := strconv.ParseInt(first(u.x.root.get("highestCommittedUSN")), 10, 64)
	return n, err == nil
}

// server names whose numbers these are, or is empty.
func (u *usn) server(ctx context.Context) string {
	name := first(u.x.root.get("dsServiceName"))
	if name == "" {
		return ""
	}
	_, _, _ = u.x.search(ctx, baseRequest(name, "(objectClass=*)", []string{"invocationId"}), func(found []*goldap.Entry) error { // or the name has to do
		for _, e := range found {
			if id := e.GetEqualFoldRawAttributeValue("invocationId"); len(id) > 0 {
				name = hex.EncodeToString(id)
			}
		}
		return nil
	})
	return name
}

func (u *usn) changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error) {
	from, err := unpack(cookie)
	now, ok := u.now()
	if err != nil || !ok || now < from.USN || from.Server == "" || u.server(ctx) != from.Server {
		return outcome{}, errReadAll
	}
	found := objects{}
	if now > from.USN {
		for _, nc := range u.contexts {
			came, err := u.list(ctx, nc, "(uSNChanged>="+strconv.FormatInt(from.USN+1, 10)+")", found)
			if err != nil || came != directory.Complete {
				return outcome{users: directory.Failed, groups: directory.Failed}, err
			}
		}
	}
	out, err := u.tell(ctx, found, each)
	if err == nil && out.users.Worse(out.groups) == directory.Complete {
		out.cookie = position{Mode: byUSN, Server: from.Server, USN: now}.pack()
	}
	return out, err
}

// objects are what changed, by the sixteen bytes of their objectGUIDs.
type objects map[string]*object

// object is what is known of a changed object. A group has the class "group"; whatever else there is counts as a person.
type object struct{ group, deleted bool }

// list adds the objects of a naming context that a filter finds, deleted ones among them. It returns [errReadAll] when
// there are too many, or one whose change may have renamed others.
func (u *usn) list(ctx context.Context, nc, filter string, to objects) (directory.Completeness, error) {
	request := goldap.NewSearchRequest(nc, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter,
		[]string{"objectGUID", "objectClass", "isDeleted"}, []goldap.Control{goldap.NewControlMicrosoftShowDeleted()})
	all := false
	came, faults, err := u.x.search(ctx, request, func(entries []*goldap.Entry) error {
		for _, e := range entries {
			id := string(e.GetEqualFoldRawAttributeValue("objectGUID"))
			class := e.GetEqualFoldAttributeValues("objectClass")
			deleted := strings.EqualFold(e.GetEqualFoldAttributeValue("isDeleted"), "TRUE")
			switch {
			case len(id) != 16:
				continue
			case !deleted && renames(nc, e.DN, class), len(to) > 2*maxChanges:
				all = true // what is on its way still has to be read
				continue
			}
			to[id] = &object{group: slices.ContainsFunc(class, func(c string) bool { return strings.EqualFold(c, "group") }), deleted: deleted}
		}
		return nil
	})
	if err != nil {
		return came, err
	}
	elsewhere := len(faults) > 0
	for _, p := range faults {
		if p.Kind != referral {
			u.x.problems.add(p)
			elsewhere = false
		}
	}
	if elsewhere && came == directory.Partial {
		came = directory.Complete // other parts of the forest are other naming contexts
	}
	if all {
		return came, errReadAll
	}
	return came, nil
}

// renames reports whether a change of an object may have changed the names of others: of an organisational unit, or of a
// container that is not the system's own.
func renames(nc, dn string, class []string) bool {
	if len(class) == 0 || within(dn, "CN=System,"+nc) {
		return false
	}
	last := class[len(class)-1] // the object's own; those before it are its ancestors
	return strings.EqualFold(last, "organizationalUnit") || strings.EqualFold(last, "container")
}

// tell looks up what changed and hands it over.
func (u *usn) tell(ctx context.Context, found objects, each func(directory.Page) error) (outcome, error) {
	failed := outcome{users: directory.Failed, groups: directory.Failed}
	users, groups := &changed{}, &changed{}
	present := map[string]bool{}
	for _, v := range []*view{u.x.users, u.x.groups} {
		to := users
		if v == nil {
			continue
		}
		if v == u.x.groups {
			to = groups
		}
		came, err := u.lookup(ctx, v, found, to)
		if err != nil || came != directory.Complete {
			return failed, err
		}
		for _, e := range to.entries {
			present[string(e.GetEqualFoldRawAttributeValue("objectGUID"))] = true
		}
	}
	concerned := len(groups.entries) > 0
	for id, o := range found {
		name, err := guid([]byte(id))
		switch {
		case err != nil, present[id]:
		case o.group:
			groups.leave(name)
			concerned = true
		default:
			users.leave(name)
		}
	}
	if users.toomany || groups.toomany || (u.x.byMemberOf() && concerned) {
		return outcome{}, errReadAll
	}
	return u.x.tell(users, groups, each)
}

// lookup finds the objects below a view's base.
func (u *usn) lookup(ctx context.Context, v *view, found objects, to *changed) (directory.Completeness, error) {
	var ids []string
	for id, o := range found {
		if !o.deleted {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, lookup) {
		var any strings.Builder
		for _, id := range part {
			any.WriteString(equality("objectGUID", id))
		}
		request := v.request()
		request.Filter = "(&" + request.Filter + "(|" + any.String() + "))"
		came, faults, err := u.x.search(ctx, request, func(entries []*goldap.Entry) error {
			for _, e := range entries {
				to.add(e)
			}
			return nil
		})
		for _, p := range faults {
			u.x.problems.add(p)
		}
		if err != nil || came != directory.Complete {
			return came, err
		}
	}
	return directory.Complete, nil
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
