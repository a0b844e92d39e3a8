package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// Reader reads one tenant. Inside a [Tx] it sees the transaction.
type Reader struct {
	db     *DB
	tenant string
	q      querier
}

// Reader returns the face that reads one tenant.
func (db *DB) Reader(tenant string) Reader {
	return Reader{db: db, tenant: tenant, q: db}
}

// Tenant is the id of the tenant that the reader is bound to.
func (r Reader) Tenant() string { return r.tenant }

// micros is how instants are stored: microseconds since 1970, UTC; 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func instantOrNil(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := instant(us)
	return &t
}

// document is the stored form of a resource: the SCIM object as it is answered, but for id, meta, groups and members,
// which are put in when it is sent.
func document(rt *schema.ResourceType, externalID string, attributes directory.Attributes) ([]byte, []byte, error) {
	whole := make(map[string]any, len(attributes)+2)
	schemas := []any{rt.Core.ID}
	maps.Copy(whole, attributes)
	for _, x := range rt.Extensions {
		if _, ok := attributes[x.ID]; ok {
			schemas = append(schemas, x.ID)
		}
	}
	fold, err := schema.Encode(rt.FoldedDocument(attributes))
	if err != nil {
		return nil, nil, fmt.Errorf("store: encode: %w", err)
	}
	whole["schemas"] = schemas
	if externalID != "" {
		whole["externalId"] = externalID
	}
	doc, err := schema.Encode(whole)
	if err != nil {
		return nil, nil, fmt.Errorf("store: encode: %w", err)
	}
	return doc, fold, nil
}

// attributes reads a stored document back.
func attributes(doc []byte) (directory.Attributes, error) {
	whole, err := schema.Decode(doc)
	if err != nil {
		return nil, fmt.Errorf("store: stored document: %w", err)
	}
	delete(whole, "schemas")
	delete(whole, "externalId")
	return whole, nil
}

// padded fits ids to a few sizes, so that few statements are prepared: the rest is filled with the last one.
func padded(ids []string) []any {
	size := 1
	for _, s := range []int{1, 4, 16, 64, 256, 512, 1024} {
		size = s
		if len(ids) <= s {
			break
		}
	}
	out := make([]any, max(size, len(ids)))
	for i := range out {
		out[i] = ids[min(i, len(ids)-1)]
	}
	return out
}

// args joins values and lists of values.
func args(values ...any) []any {
	var out []any
	for _, v := range values {
		if l, ok := v.([]any); ok {
			out = append(out, l...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null" // only our own plain structs come here
	}
	return string(b)
}

func decoded[T any](text string) (T, error) {
	var v T
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("store: stored JSON: %w", err)
	}
	return v, nil
}

// exists asks whether there is any row.
func (r Reader) exists(ctx context.Context, text string, values ...any) (bool, error) {
	found := false
	err := r.q.ask(ctx, question{text, values, func(scanner) error { found = true; return errEnough }})
	return found, err
}

// orNull stores an absent text as NULL, of which a unique index may hold many.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func joined(ids []string) string { return strings.Join(ids, ",") }
