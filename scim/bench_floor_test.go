package scim_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"rollcall/store/storetest/migrated"
)

// floor is the limit that the gateway is measured against: a bare handler over the same kind of database that decodes
// JSON, does exactly one statement and answers JSON. It validates nothing, authenticates nobody and keeps no history.
type floor struct {
	db     *sql.DB
	server *httptest.Server
	dollar bool
}

// newFloor makes one that holds the same answers as the gateway: each of its documents is the gateway's own.
func newFloor(b *testing.B, dsn string, f *filled) *floor {
	b.Helper()
	driver, source, jsonType, blob := "pgx", dsn, "jsonb", "text COLLATE \"C\""
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		driver, jsonType, blob = "sqlite", "text", "text"
		source = "file:" + path + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	x := &floor{db: db, dollar: driver == "pgx"}
	if x.dollar {
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(16)
	} else {
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(16)
	}
	for _, text := range []string{
		"CREATE TABLE floor_user (id " + blob + " PRIMARY KEY, user_name " + blob + " NOT NULL UNIQUE, external_id " + blob + " NOT NULL UNIQUE, doc " + jsonType + " NOT NULL)",
		"CREATE TABLE floor_member (grp " + blob + " NOT NULL, usr " + blob + " NOT NULL, PRIMARY KEY (grp, usr))",
	} {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
	x.copy(b, f)
	x.server = httptest.NewServer(x)
	b.Cleanup(x.server.Close)
	return x
}

// copy takes over what the gateway answers, a page at a time.
func (x *floor) copy(b *testing.B, f *filled) {
	b.Helper()
	for at := 1; at <= len(f.ids); at += 1000 {
		var page struct{ Resources []json.RawMessage }
		if err := json.Unmarshal(f.send("GET", "/Users?count=1000&startIndex="+strconv.Itoa(at), "").body, &page); err != nil {
			b.Fatal(err)
		}
		tx, err := x.db.BeginTx(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, doc := range page.Resources {
			var u struct{ ID, UserName, ExternalID string }
			if err := json.Unmarshal(doc, &u); err != nil {
				b.Fatal(err)
			}
			if _, err := tx.ExecContext(b.Context(), x.text("INSERT INTO floor_user (id, user_name, external_id, doc) VALUES (?, ?, ?, ?)"), u.ID, u.UserName, u.ExternalID, string(doc)); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	for _, id := range f.ids[:min(len(f.ids), max(100, len(f.ids)/10))] {
		if _, err := x.db.ExecContext(b.Context(), x.text("INSERT INTO floor_member (grp, usr) VALUES (?, ?)"), f.large, id); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := x.db.ExecContext(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

func (x *floor) text(s string) string {
	if !x.dollar {
		return s
	}
	for n := 1; strings.Contains(s, "?"); n++ {
		s = strings.Replace(s, "?", "$"+strconv.Itoa(n), 1)
	}
	return s
}

// ServeHTTP answers with one statement each.
func (x *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, path := r.Context(), strings.TrimPrefix(r.URL.Path, "/scim/v2")
	var body map[string]any
	if r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	id := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.HasPrefix(path, "/Groups/"):
		op := body["Operations"].([]any)[0].(map[string]any)
		member := op["value"].([]any)[0].(map[string]any)["value"]
		if op["op"] == "add" {
			x.run(ctx, w, "INSERT INTO floor_member (grp, usr) VALUES (?, ?) ON CONFLICT DO NOTHING", id, member)
		} else {
			x.run(ctx, w, "DELETE FROM floor_member WHERE grp = ? AND usr = ?", id, member)
		}
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost:
		doc, _ := json.Marshal(body)
		x.run(ctx, w, "INSERT INTO floor_user (id, user_name, external_id, doc) VALUES (?, ?, ?, ?)", body["userName"], body["userName"], body["externalId"], string(doc))
		answer(w, http.StatusCreated, body)
	case r.Method == http.MethodPut:
		doc, _ := json.Marshal(body)
		x.run(ctx, w, "UPDATE floor_user SET user_name = ?, doc = ? WHERE id = ?", body["userName"], string(doc), id)
		answer(w, http.StatusOK, body)
	case r.Method == http.MethodPatch:
		value := body["Operations"].([]any)[0].(map[string]any)["value"].(map[string]any)
		for k, v := range value {
			set := "UPDATE floor_user SET doc = json_set(doc, '$." + k + "', json(?)) WHERE id = ? RETURNING doc"
			if x.dollar {
				set = "UPDATE floor_user SET doc = jsonb_set(doc, '{" + k + "}', CAST(? AS jsonb)) WHERE id = ? RETURNING doc"
			}
			b, _ := json.Marshal(v)
			x.one(ctx, w, set, string(b), id)
		}
	case r.URL.Query().Has("filter"):
		column, value, _ := strings.Cut(r.URL.Query().Get("filter"), " eq ")
		columns := map[string]string{"userName": "user_name", "externalId": "external_id"}
		x.many(ctx, w, "SELECT doc FROM floor_user WHERE "+columns[column]+" = ?", strings.Trim(value, `"`))
	case id == "Users":
		at, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
		x.many(ctx, w, "SELECT doc FROM floor_user ORDER BY id LIMIT 100 OFFSET ?", max(0, at-1))
	default:
		x.one(ctx, w, "SELECT doc FROM floor_user WHERE id = ?", id)
	}
}

func (x *floor) run(ctx context.Context, w http.ResponseWriter, text string, args ...any) {
	if _, err := x.db.ExecContext(ctx, x.text(text), args...); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (x *floor) one(ctx context.Context, w http.ResponseWriter, text string, args ...any) {
	var doc []byte
	if err := x.db.QueryRowContext(ctx, x.text(text), args...).Scan(&doc); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	_, _ = w.Write(doc)
}

func (x *floor) many(ctx context.Context, w http.ResponseWriter, text string, args ...any) {
	rows, err := x.db.QueryContext(ctx, x.text(text), args...)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = rows.Close() }()
	list := struct {
		TotalResults int
		Resources    []json.RawMessage
	}{}
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		list.Resources = append(list.Resources, doc)
	}
	if err := rows.Err(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, list)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// floorDSN is a second database of the same kind.
func floorDSN(b *testing.B, dsn string) string {
	b.Helper()
	if strings.HasPrefix(dsn, "sqlite://") {
		return migrated.SQLite(b)
	}
	return migrated.Postgres(b)
}
