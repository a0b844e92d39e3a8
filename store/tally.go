package store

import (
	"context"
	"sync"
	"time"
)

// blockSize is how many consecutive ordinals are counted together. A page that begins deep in a list is found by adding
// blocks up and skipping within one.
const blockSize = 2048

// Delta is what a change adds to a total or to a version.
type Delta struct {
	scope string
	block int64
	n, v  int64
}

// AccountDelta counts one account more or less in its connection's list. ordinal is the person's display id.
func AccountDelta(connection string, ordinal, n int64) Delta {
	return Delta{scope: "a:" + connection, block: ordinal / blockSize, n: n}
}

// GroupListDelta counts one group more or less in its connection's list.
func GroupListDelta(connection string, ordinal, n int64) Delta {
	return Delta{scope: "l:" + connection, block: ordinal / blockSize, n: n}
}

// GroupDelta counts members more or less in a group, which is a new version of it.
func GroupDelta(group string, n int64) Delta {
	return Delta{scope: groupScope(group), n: n, v: 1}
}

// block is one part of a list, with how many of its rows are live.
type block struct{ number, n int64 }

// blocks returns the parts, in order, of the list of one connection, or of two, and whether the second has any rows.
func (r Reader) blocks(ctx context.Context, prefix string, connections []string) (out []block, second bool, err error) {
	scopes := []any{prefix + connections[0], prefix + connections[len(connections)-1]}
	err = r.q.ask(ctx, question{
		`SELECT scope, block, CAST(SUM(n) AS ` + r.db.dialect.types()["Int"] + `) FROM (` + sums(2) + `) z GROUP BY block, scope ORDER BY block`,
		args(r.tenant, scopes, r.tenant, scopes),
		func(s scanner) error {
			var scope string
			var b block
			if err := s.Scan(&scope, &b.number, &b.n); err != nil {
				return err
			}
			second = second || len(connections) > 1 && scope == scopes[1] && b.n != 0
			if n := len(out); n > 0 && out[n-1].number == b.number {
				out[n-1].n += b.n
			} else {
				out = append(out, b)
			}
			return nil
		},
	})
	return out, second, err
}

// locate returns the total of a list and where to begin for the row at offset: from which ordinal, and how many rows of
// that block to skip.
func locate(blocks []block, offset int64) (total, ordinal, skip int64) {
	ordinal, skip = -1, 0
	for _, b := range blocks {
		if ordinal < 0 && offset < total+b.n {
			ordinal, skip = b.number*blockSize, offset-total
		}
		total += b.n
	}
	return total, ordinal, skip
}

// groupNames keeps the display names of groups for a few seconds, so that lists of users need not join them.
type groupNames struct {
	mu   sync.RWMutex
	byID map[string]groupName
}

type groupName struct {
	connection, name string
	until            time.Time
}

const groupNamesKept = 100_000

func (c *groupNames) forget(tenant, id string) {
	c.mu.Lock()
	delete(c.byID, tenant+"/"+id)
	c.mu.Unlock()
}

// fill returns the names of the groups, asking for those that it does not know.
func (c *groupNames) fill(ctx context.Context, r Reader, ids map[string]bool) (map[string]groupName, error) {
	out := make(map[string]groupName, len(ids))
	var missing []string
	now := r.db.now()
	c.mu.RLock()
	for id := range ids {
		if n, ok := c.byID[r.tenant+"/"+id]; ok && now.Before(n.until) {
			out[id] = n
		} else {
			missing = append(missing, id)
		}
	}
	c.mu.RUnlock()
	for len(missing) > 0 {
		some := missing[:min(len(missing), 1000)]
		missing = missing[len(some):]
		in := padded(some)
		err := r.q.ask(ctx, question{
			`SELECT id, connection, name FROM grp WHERE tenant = ? AND id IN (` + list(len(in)) + `)`,
			args(r.tenant, in),
			func(s scanner) error {
				var id string
				n := groupName{until: now.Add(2 * time.Second)}
				err := s.Scan(&id, &n.connection, &n.name)
				out[id] = n
				return err
			},
		})
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		if c.byID == nil || len(c.byID) > groupNamesKept {
			c.byID = map[string]groupName{}
		}
		for _, id := range some {
			c.byID[r.tenant+"/"+id] = out[id]
		}
		c.mu.Unlock()
	}
	return out, nil
}
