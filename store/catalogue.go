package store

import (
	"rollcall/directory"
	"rollcall/scim/schema"
)

const statusRow = `key, name, icon, description, receives, active, ord, system, managed_by`

func scanStatus(s scanner) (directory.Status, error) {
	var x directory.Status
	var by string
	err := s.Scan(&x.Key, &x.Name, &x.Icon, &x.Description, &x.Receives, &x.Active, &x.Order, &x.System, &by)
	x.ManagedBy = directory.ManagedBy(by)
	return x, err
}

// PutStatus writes a status of the catalogue, and makes it if it is not there.
func (tx *Tx) PutStatus(x directory.Status) {
	tx.exec(`INSERT INTO status (tenant, key, name, icon, description, receives, active, ord, system, managed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, key) DO UPDATE SET name = excluded.name, icon = excluded.icon, description = excluded.description, receives = excluded.receives,
	    active = excluded.active, ord = excluded.ord, system = excluded.system, managed_by = excluded.managed_by`,
		tx.tenant, schema.Fold(x.Key), x.Name, x.Icon, x.Description, x.Receives, x.Active, int64(x.Order), x.System, string(x.ManagedBy))
}

// DeleteStatus removes a status that nobody is in.
func (tx *Tx) DeleteStatus(key string) {
	tx.exec(`DELETE FROM status WHERE tenant = ? AND key = ?`, tx.tenant, key)
}

const seatPoolRow = `key, name, policy, size, grace, roles, contact, managed_by`

func scanSeatPool(s scanner) (directory.SeatPool, error) {
	var x directory.SeatPool
	var policy, roles, by string
	if err := s.Scan(&x.Key, &x.Name, &policy, &x.Limit, &x.Grace, &roles, &x.Contact, &by); err != nil {
		return x, err
	}
	var err error
	x.Roles, err = decoded[[]string](roles)
	x.Policy, x.ManagedBy = directory.SeatPolicy(policy), directory.ManagedBy(by)
	return x, err
}

// PutSeatPool writes a seat pool, and makes it if it is not there. Its seats are rows of their own.
func (tx *Tx) PutSeatPool(x directory.SeatPool) {
	tx.exec(`INSERT INTO seat_pool (tenant, key, name, policy, size, grace, roles, contact, managed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, key) DO UPDATE SET name = excluded.name, policy = excluded.policy, size = excluded.size, grace = excluded.grace,
	    roles = excluded.roles, contact = excluded.contact, managed_by = excluded.managed_by`,
		tx.tenant, x.Key, x.Name, string(x.Policy), int64(x.Limit), int64(x.Grace), encoded(x.Roles), x.Contact, string(x.ManagedBy))
}

// DeleteSeatPool removes a seat pool in which nobody sits.
func (tx *Tx) DeleteSeatPool(key string) {
	tx.exec(`DELETE FROM seat_pool WHERE tenant = ? AND key = ?`, tx.tenant, key)
}
