package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"rollcall/directory"
)

// payload is the part of a change that erasure takes away.
type payload struct {
	Before json.RawMessage         `json:"before,omitempty"`
	After  json.RawMessage         `json:"after,omitempty"`
	Grants []directory.GrantChange `json:"grants,omitempty"`
	Reason string                  `json:"reason,omitempty"`
}

// AppendChange records what the transaction did to one subject, and what that adds to totals and versions.
func (tx *Tx) AppendChange(c directory.Change, deltas ...Delta) error {
	body, err := json.Marshal(payload{c.Before, c.After, c.Grants, c.Reason})
	if err != nil {
		return fmt.Errorf("store: change: %w", err)
	}
	salt := random(16)
	at := micros(tx.at)
	tx.exec(`INSERT INTO change (tenant, id, subject, action, actor_kind, actor, connection, request_id, run, at, salt, payload, digest)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, c.ID, c.Subject, c.Action, string(c.Actor.Kind), c.Actor.ID, c.Actor.Connection, c.Actor.RequestID, c.Actor.Run, at, salt, body, digest(salt, body))
	if len(deltas) == 0 {
		deltas = []Delta{{}}
	}
	for _, d := range merge(deltas) {
		tx.exec(`INSERT INTO backlog (tenant, scope, block, change, n, v, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			tx.tenant, d.scope, d.block, c.ID, d.n, d.v, at)
	}
	return nil
}

// merge adds up deltas of one scope and block: a change has one row for each.
func merge(deltas []Delta) []Delta {
	out := deltas[:0:0]
next:
	for _, d := range deltas {
		for i := range out {
			if out[i].scope == d.scope && out[i].block == d.block {
				out[i].n += d.n
				out[i].v += d.v
				continue next
			}
		}
		out = append(out, d)
	}
	return out
}

func digest(salt, body []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

// logged is a change as the ledger covers it.
type logged struct {
	id      string
	meta    [7]string
	at      int64
	salt    []byte
	payload []byte
	digest  []byte
}

const loggedRow = `c.id, c.subject, c.action, c.actor_kind, c.actor, c.connection, c.request_id, c.run, c.at, c.salt, c.payload, c.digest`

func scanLogged(s scanner) (logged, error) {
	var c logged
	m := &c.meta
	err := s.Scan(&c.id, &m[0], &m[1], &m[2], &m[3], &m[4], &m[5], &m[6], &c.at, &c.salt, &c.payload, &c.digest)
	return c, err
}

// link is the hash of one place in the chain: over the place before, the number, and the change.
func (c logged) link(previous []byte, seq int64) []byte {
	h := sha256.New()
	h.Write(previous)
	write := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	var number [16]byte
	binary.BigEndian.PutUint64(number[:8], uint64(seq))  //nolint:gosec // bits, not a quantity
	binary.BigEndian.PutUint64(number[8:], uint64(c.at)) //nolint:gosec // bits, not a quantity
	write(number[:])
	write([]byte(c.id))
	for _, m := range c.meta {
		write([]byte(m))
	}
	write(c.digest)
	return h.Sum(nil)
}

func (c logged) change(tenant string, seq int64) (directory.Change, error) {
	out := directory.Change{
		ID: c.id, Tenant: tenant, Subject: c.meta[0], Action: c.meta[1], At: instant(c.at), Sequence: seq, Erased: c.payload == nil,
		Actor: directory.Actor{
			Tenant: tenant, Kind: directory.ActorKind(c.meta[2]), ID: c.meta[3], Connection: c.meta[4], RequestID: c.meta[5], Run: c.meta[6],
		},
	}
	if c.payload == nil {
		return out, nil
	}
	var p payload
	if err := json.Unmarshal(c.payload, &p); err != nil {
		return out, fmt.Errorf("store: change %s: %w", c.id, err)
	}
	out.Before, out.After, out.Grants, out.Reason = p.Before, p.After, p.Grants, p.Reason
	return out, nil
}

// Changes returns up to limit changes of a subject ("person:ID", "group:ID", "config"), the newest first.
func (r Reader) Changes(ctx context.Context, subject string, limit int) ([]directory.Change, error) {
	return r.changes(ctx, `SELECT `+loggedRow+`, COALESCE(l.seq, 0) FROM change c LEFT JOIN ledger l ON l.tenant = c.tenant AND l.change = c.id
	  WHERE c.tenant = ? AND c.subject = ? ORDER BY c.id DESC LIMIT ? + 0`, r.tenant, subject, limit)
}

// Ledger returns up to limit changes in the ledger's order whose place follows after.
func (r Reader) Ledger(ctx context.Context, after int64, limit int) ([]directory.Change, error) {
	return r.changes(ctx, `SELECT `+loggedRow+`, l.seq FROM ledger l JOIN change c ON c.tenant = l.tenant AND c.id = l.change
	  WHERE l.tenant = ? AND l.seq > ? ORDER BY l.seq LIMIT ? + 0`, r.tenant, after, limit)
}

func (r Reader) changes(ctx context.Context, text string, values ...any) ([]directory.Change, error) {
	var out []directory.Change
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		var c logged
		var seq int64
		m := &c.meta
		if err := s.Scan(&c.id, &m[0], &m[1], &m[2], &m[3], &m[4], &m[5], &m[6], &c.at, &c.salt, &c.payload, &c.digest, &seq); err != nil {
			return err
		}
		x, err := c.change(r.tenant, seq)
		out = append(out, x)
		return err
	}})
	return out, err
}

// EraseChanges takes the payloads of a subject's changes away. The chain still verifies and says that they are erased.
func (tx *Tx) EraseChanges(subject string) {
	tx.exec(`UPDATE change SET salt = NULL, payload = NULL WHERE tenant = ? AND subject = ?`, tx.tenant, subject)
}
