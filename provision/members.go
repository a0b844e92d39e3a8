package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// OpKind is what a [MemberOp] does.
type OpKind int

// The kinds of operations on members.
const (
	AddMembers         OpKind = iota // who is in already stays in
	RemoveMembers                    // who is not in stays out
	ReplaceMembers                   // exactly these; none empties the group
	RemoveMembersWhere               // everybody for whom Where holds
)

// MemberOp is one operation on a group's members (RFC 7644 §3.5.2).
type MemberOp struct {
	Kind    OpKind
	Members []directory.Member // ids; a Kind may be empty where the client did not say
	Where   func(directory.Member) bool
}

// InOneCommit is how many people a request about a group may touch for their rights to change in its own commit.
const InOneCommit = 500

// namedAtOnce bounds how many members one request may name.
const namedAtOnce = 250_000

// membership is a change of one group's members inside a transaction.
type membership struct {
	e          *Engine
	tx         *store.Tx
	actor      directory.Actor
	connection directory.Connection
	group      directory.Group

	// What open read beforehand: nil when the change is large.
	locked map[string]*store.Person
	around store.GroupSurroundings

	unknown []string
	changes int64 // versions that the changes add
	count   int64 // members that they add
	held    int   // people whose rights the guard holds
	pending bool
}

// open locks the group, and where few people are named, them too, in the same round trip.
func (m *membership) open(id string, mode store.LockMode, ops []MemberOp) (directory.Group, error) {
	var ids []string
	for _, op := range ops {
		for _, x := range op.Members {
			ids = append(ids, x.ID)
		}
		if op.Kind == ReplaceMembers || op.Kind == RemoveMembersWhere || len(ids) > InOneCommit {
			return m.tx.Group(m.connection.ID, id, mode)
		}
	}
	if len(ids) == 0 {
		return m.tx.Group(m.connection.ID, id, mode)
	}
	g, around, people, err := m.tx.GroupWith(m.connection.ID, id, mode, ids)
	m.around, m.locked = around, make(map[string]*store.Person, len(people))
	for _, x := range people {
		m.locked[x.ID] = x
	}
	return g, err
}

// known tells who an id is, from what is locked already.
func (m *membership) known(id string) (store.Known, bool) {
	x := m.locked[id]
	if x == nil || x.Account(m.connection.ID) == nil && (x.Account("") == nil || !m.connection.Claim) {
		return store.Known{}, false
	}
	return store.Known{Kind: directory.UserMember, Member: isMember(x, m.group.ID)}, true
}

func (m *membership) result(r store.Resource) GroupResult {
	r.Members += m.count
	r.Version += m.changes
	return GroupResult{Resource: r, Unknown: m.unknown, Pending: m.pending, Held: m.held}
}

// change brings the members to what the operations say: first the difference, then its writes.
func (m *membership) change(ctx context.Context, p *policy, ops []MemberOp) error {
	d := difference{wanted: map[string]bool{}}
	for _, op := range ops {
		if err := d.take(ctx, m, op); err != nil {
			return err
		}
	}
	added, removed, err := d.resolve(ctx, m)
	if err != nil {
		return err
	}
	if len(m.unknown) > 0 && m.connection.Dialect == directory.RFC {
		return directory.Errorf(directory.Invalid, "members name %d ids that are no user or group of this connection, the first is %q: create them first", len(m.unknown), m.unknown[0])
	}
	return m.write(ctx, p, added, removed)
}

// difference is what operations come to: who is wanted in, who out, and whether everybody else goes.
type difference struct {
	wanted   map[string]bool
	order    []string
	replaced bool
}

func (d *difference) want(id string, in bool) {
	if _, seen := d.wanted[id]; !seen {
		d.order = append(d.order, id)
	}
	d.wanted[id] = in
}

func (d *difference) take(ctx context.Context, m *membership, op MemberOp) error {
	if len(d.order)+len(op.Members) > namedAtOnce {
		return directory.Errorf(directory.TooMany, "one request may name up to %d members", namedAtOnce)
	}
	switch op.Kind {
	case ReplaceMembers:
		d.replaced, d.wanted, d.order = true, map[string]bool{}, nil
		fallthrough
	case AddMembers:
		for _, x := range op.Members {
			d.want(x.ID, true)
		}
	case RemoveMembers:
		for _, x := range op.Members {
			d.want(x.ID, false)
		}
	case RemoveMembersWhere:
		return m.members(ctx, func(x directory.Member) {
			if in, said := d.wanted[x.ID]; (!said && !d.replaced || in) && op.Where(x) {
				d.want(x.ID, false)
			}
		})
	}
	return nil
}

// members calls fn with every member, a thousand at a time.
func (m *membership) members(ctx context.Context, fn func(directory.Member)) error {
	var after directory.Member
	for {
		page, err := m.tx.Members(ctx, m.group.ID, after, 1000)
		if err != nil {
			return err
		}
		for _, x := range page {
			fn(x)
		}
		if len(page) < 1000 {
			return nil
		}
		after = page[len(page)-1]
	}
}

// resolve compares what is wanted with who is in, and learns who the ids are.
func (d *difference) resolve(ctx context.Context, m *membership) (added, removed []directory.Member, err error) {
	if d.replaced {
		in := map[string]bool{}
		if err := m.members(ctx, func(x directory.Member) {
			if d.wanted[x.ID] {
				in[x.ID] = true
			} else {
				removed = append(removed, x)
			}
		}); err != nil {
			return nil, nil, err
		}
		d.order = slices.DeleteFunc(d.order, func(id string) bool { return in[id] || !d.wanted[id] })
	}
	connections := []string{m.connection.ID}
	if m.connection.Claim {
		connections = append(connections, "")
	}
	for chunk := range slices.Chunk(d.order, 1000) {
		ask := slices.DeleteFunc(slices.Clone(chunk), func(id string) bool { _, ok := m.known(id); return ok })
		asked, err := m.tx.Known(ctx, m.group.ID, connections, ask)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range chunk {
			k, ok := m.known(id)
			if !ok {
				k, ok = asked[id]
			}
			x := directory.Member{ID: id, Kind: k.Kind}
			switch wanted := d.wanted[id]; {
			case !ok && wanted, ok && wanted && id == m.group.ID:
				m.unknown = append(m.unknown, id)
			case ok && wanted && !k.Member:
				added = append(added, x)
			case ok && !wanted && k.Member:
				removed = append(removed, x)
			}
		}
	}
	return added, removed, nil
}

// write commits the facts, and the rights that follow from them where few people are touched.
func (m *membership) write(ctx context.Context, p *policy, added, removed []directory.Member) error {
	nested := func(x directory.Member) bool { return x.Kind == directory.GroupMember }
	if len(added)+len(removed) <= InOneCommit && !slices.ContainsFunc(added, nested) && !slices.ContainsFunc(removed, nested) {
		return m.writeFew(ctx, p, added, removed)
	}
	return m.writeMany(ctx, p, added, removed)
}

// writeFew changes each person's memberships and rights under a change of their own.
func (m *membership) writeFew(ctx context.Context, p *policy, added, removed []directory.Member) error {
	if len(added)+len(removed) == 0 {
		return nil
	}
	in := map[string]bool{}
	var ids []string
	for _, x := range added {
		in[x.ID] = true
		ids = append(ids, x.ID)
	}
	for _, x := range removed {
		ids = append(ids, x.ID)
	}
	people, err := m.people(ctx, ids)
	if err != nil {
		return err
	}
	if p, err = m.e.current(ctx, m.tx, p, people...); err != nil {
		return err
	}
	var moves []move
	for _, before := range people {
		if isMember(before, m.group.ID) == in[before.ID] {
			continue // somebody was faster
		}
		if in[before.ID] && before.Account(m.connection.ID) == nil && before.Account("") == nil {
			m.unknown = append(m.unknown, before.ID) // deprovisioned in between
			continue
		}
		x, err := m.movePerson(p, before, in[before.ID])
		if err != nil {
			return err
		}
		moves = append(moves, x)
	}
	return m.apply(ctx, moves)
}

// move is what becomes of one person, under a change of their own.
type move struct {
	plan   *Plan
	change string
	deltas []store.Delta
}

// apply guards all the moves together and writes them.
func (m *membership) apply(ctx context.Context, moves []move) error {
	plans := make([]*Plan, len(moves))
	for i, x := range moves {
		plans[i] = x.plan
		x.plan.ofGroup = true
	}
	n, err := m.e.guardPush(ctx, m.tx, m.actor, plans...)
	if err != nil {
		return err
	}
	m.held += n
	if err := m.e.seats(m.tx, false, plans...); err != nil {
		return err
	}
	for _, x := range moves {
		if err := m.e.apply(ctx, m.tx, m.actor, x.plan, x.change, x.deltas...); err != nil {
			return err
		}
	}
	return nil
}

// people locks and reads those who move, unless that was done.
func (m *membership) people(ctx context.Context, ids []string) ([]*store.Person, error) {
	if m.locked != nil {
		var out []*store.Person
		for _, id := range ids {
			if x := m.locked[id]; x != nil {
				out = append(out, x)
			}
		}
		return out, nil
	}
	var err error
	if m.around, err = m.tx.Surroundings(ctx, m.group.ID); err != nil {
		return nil, err
	}
	return m.tx.People(ids...)
}

func (m *membership) movePerson(p *policy, before *store.Person, in bool) (move, error) {
	after, change := clone(before), store.NewID()
	member := directory.Member{ID: before.ID, Kind: directory.UserMember}
	n := int64(1)
	if in {
		join(after, m.group.ID, m.around.Bindings)
		m.tx.AddMember(m.group.ID, member, change)
	} else {
		leave(after, m.group.ID)
		m.tx.RemoveMember(m.group.ID, member, change)
		n = -1
	}
	if m.around.Nested { // what else that means for them, the database knows
		if err := lookAgain(m.tx, after); err != nil {
			return move{}, err
		}
	}
	plan := p.plan(before, after)
	if in {
		plan.Joined = []string{m.group.ID}
	} else {
		plan.Left = []string{m.group.ID}
	}
	m.changes++
	m.count += n
	return move{plan, change, []store.Delta{store.GroupDelta(m.group.ID, n)}}, nil
}
