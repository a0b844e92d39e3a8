package scim

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// The detail error keywords of RFC 9865 §2.1.
const (
	invalidCursor = "invalidCursor"
	expiredCursor = "expiredCursor"
	invalidCount  = "invalidCount"
)

// cursorLives is how long a cursor leads to its page.
const cursorLives = time.Hour

// position is what a cursor holds: where the next page begins. It is signed, not secret.
type position struct {
	part    int64 // which of the query's parts
	after   int64 // the ordinal of the last row before; of a sorted query the number of rows before
	total   int64 // of a filtered query, as the first page counted it
	count   int64
	expires int64 // seconds since 1970
}

const macLength = 16

// seal makes a cursor. It opens only for the same tenant, connection and query, on every replica.
func (c *call) seal(ctx context.Context, p position, digest []byte) (string, error) {
	var b []byte
	for _, n := range []int64{p.part, p.after, p.total, p.count, p.expires} {
		b = binary.AppendVarint(b, n)
	}
	mac, err := c.mac(ctx, b, digest)
	return base64.RawURLEncoding.EncodeToString(append(b, mac...)), err
}

// open reads a cursor.
func (c *call) open(ctx context.Context, text string, digest []byte) (position, error) {
	broken := refuse(invalidCursor, "the cursor is not one of this query on this connection; begin again with an empty cursor")
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) <= macLength || len(b) > 100 {
		return position{}, broken
	}
	b, got := b[:len(b)-macLength], b[len(b)-macLength:]
	want, err := c.mac(ctx, b, digest)
	if err != nil {
		return position{}, err
	}
	if !hmac.Equal(got, want) {
		return position{}, broken
	}
	var p position
	for _, into := range []*int64{&p.part, &p.after, &p.total, &p.count, &p.expires} {
		n, size := binary.Varint(b)
		if size <= 0 {
			return position{}, broken
		}
		*into, b = n, b[size:]
	}
	if c.now().Unix() >= p.expires {
		return position{}, refuse(expiredCursor, "the cursor is older than %s; begin again with an empty cursor", cursorLives)
	}
	return p, nil
}

func (c *call) mac(ctx context.Context, payload, digest []byte) ([]byte, error) {
	key, err := c.db.DerivedKey(ctx, c.config.Tenant.ID, "cursor")
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, key)
	h.Write(digest)
	h.Write([]byte(c.connection.ID))
	h.Write([]byte{0})
	h.Write(payload)
	return h.Sum(nil)[:macLength], nil
}

// pageAt reads a page by cursor (RFC 9865). In the order in which resources came, the last row says where the next page
// begins, so its depth does not matter; a sorted query counts.
func (c *call) pageAt(ctx context.Context, q query, parts []part) (page, error) {
	digest := q.digest(parts)
	at := position{count: int64(q.count), total: -1}
	if *q.cursor != "" {
		var err error
		if at, err = c.open(ctx, *q.cursor, digest); err != nil {
			return page{}, err
		}
		if q.counted && int64(q.count) != at.count {
			return page{}, refuse(invalidCount, "count must be the same for every page of a query; the first page asked for %d", at.count)
		}
	}
	count := int(at.count)
	read := c.pageAfter
	if q.sortBy != "" {
		read = c.pageSorted
	}
	found, err := read(ctx, parts, at)
	if err != nil || count == 0 || len(found.rows) <= count {
		return found, err
	}
	found.rows = found.rows[:count]
	last := found.rows[count-1]
	next := position{part: int64(last.part), after: last.Ordinal, total: found.total, count: at.count, expires: c.now().Add(cursorLives).Unix()}
	if q.sortBy != "" {
		next.part, next.after = 0, at.after+at.count
	}
	found.next, err = c.seal(ctx, next, digest)
	return found, err
}

// pageAfter reads what follows a row, and one row more than is wanted if there is one.
func (c *call) pageAfter(ctx context.Context, parts []part, at position) (page, error) {
	found := page{}
	for i, p := range parts {
		q := p.query
		q.Total = at.total < 0 || q.Filter == nil // of a filtered query the first page has counted
		switch {
		case int64(i) < at.part:
		case int64(i) == at.part:
			q.After = at.after
			fallthrough
		default:
			if at.count > 0 {
				q.Limit = int(at.count) + 1 - len(found.rows)
			}
		}
		if q.Limit == 0 && !q.Total {
			continue
		}
		some, err := c.ask(ctx, p, q)
		if err != nil {
			return page{}, err
		}
		found.total += max(0, some.Total)
		for _, x := range some.Resources {
			found.rows = append(found.rows, row{i, x})
		}
	}
	if at.total >= 0 && parts[0].query.Filter != nil {
		found.total = at.total
	}
	return found, nil
}

func (c *call) pageSorted(ctx context.Context, parts []part, at position) (page, error) {
	want := int(at.count)
	if want > 0 {
		want++
	}
	if len(parts) == 2 && parts[0].query.Sort.Attr != nil && parts[1].query.Sort.Attr != nil {
		return c.merged(ctx, parts, at.after, want)
	}
	return c.pageFrom(ctx, parts, at.after, want)
}
