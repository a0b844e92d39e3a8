package config

import "rollcall/directory"

// seatPoolBase is what a seat pool with the key begins with: the preset's, which the manifest may take over, or an empty one.
func seatPoolBase(preset []directory.SeatPool, key string) directory.SeatPool {
	for _, p := range preset {
		if p.Key == key {
			p.ManagedBy = directory.ByManifest
			return p
		}
	}
	return directory.SeatPool{Key: key, Name: key, ManagedBy: directory.ByManifest}
}

// settingsPolicy stands in the manifest for the policy that the setting seats.policy says.
const settingsPolicy = "default"

// readSeatPools reads the seat pools beside the preset's, and what is to be different of those.
func (m *manifest) readSeatPools(n node) {
	m.seatPools = make(names)
	for _, p := range m.preset.SeatPools {
		m.seatPools[p.Key] = declared{name: p.Key}
	}
	called, sits := make(titles), make(map[string]declared)
	for _, p := range m.preset.SeatPools {
		called.enter(p.Key, p.Name, 0)
	}
	var renames []renamed
	for _, n := range m.list(n, maxSeatPools) {
		f, ok := m.keyed(n, seatPoolSection)
		if !ok {
			continue
		}
		key, ok := m.keyword(f["key"], poolKey, "at most 63 lower-case letters, digits, _ and -, and begin with a letter or a digit, as in agents")
		p := directory.SeatPoolSpec{SeatPool: seatPoolBase(m.preset.SeatPools, key)}
		m.readSeatPool(f, &p)
		if !ok {
			continue
		}
		m.takeOver(m.seatPools, f["key"], "seat pool", key, p.Absent)
		m.titled(called, f, "seat pool", key, p.Name, p.Absent)
		m.seated(sits, f["roles"], p)
		if p.Was != "" {
			renames = append(renames, renamed{f["was"], p.Was, key})
		}
		m.spec.SeatPools = append(m.spec.SeatPools, p)
	}
	m.checkRenames(m.seatPools, "seat pool", renames)
}

// seated reports a role whose holders another pool has already.
func (m *manifest) seated(sits map[string]declared, n node, p directory.SeatPoolSpec) {
	if p.Absent {
		return
	}
	for _, role := range p.Roles {
		if d, taken := sits[role]; taken {
			m.fault(n, "holders of the role %s sit in the seat pool %s already, on line %d", quote(role), quote(d.name), d.line)
			continue
		}
		sits[role] = declared{name: p.Key, line: n.line}
	}
}

func (m *manifest) readSeatPool(f map[string]node, p *directory.SeatPoolSpec) {
	p.Was = m.optionalName(f["was"])
	p.Absent = m.readAbsent(f)
	if n := f["name"]; n.given() {
		p.Name, _ = m.name(n, maxName)
	}
	if n := f["policy"]; n.given() {
		policy := m.choice(n, settingsPolicy, string(directory.HardCap), string(directory.Metered), string(directory.CapWithGrace))
		if p.Policy = directory.SeatPolicy(policy); policy == settingsPolicy {
			p.Policy = ""
		}
	}
	p.Limit = m.number(f["limit"], p.Limit, 0, maxSeats)
	p.Grace = m.number(f["grace"], p.Grace, 0, maxSeats)
	if n := f["roles"]; n.given() {
		p.Roles = m.roleKeys(n)
	}
	p.Contact = m.words(f["contact"], p.Contact, maxContact)
}
