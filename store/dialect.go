package store

import (
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
)

// dialect is one of the two databases. Every statement is written once, with "?" placeholders; what differs between the
// two stands here and nowhere else.
type dialect int

const (
	sqlite dialect = iota
	postgres
)

func (d dialect) String() string {
	if d == postgres {
		return "postgres"
	}
	return "sqlite"
}

// types are what the migrations' template renders.
func (d dialect) types() map[string]string {
	if d == postgres {
		return map[string]string{
			"Text": `text COLLATE "C"`, "Int": "bigint", "Bool": "boolean", "JSON": "jsonb", "Blob": "bytea",
			"Table": "", "Clustered": "", "False": "false", "True": "true",
		}
	}
	return map[string]string{
		"Text": "TEXT", "Int": "INTEGER", "Bool": "INTEGER", "JSON": "TEXT", "Blob": "BLOB",
		"Table": "STRICT", "Clustered": "STRICT, WITHOUT ROWID", "False": "0", "True": "1",
	}
}

// lock is the suffix that locks the rows of table alias for their writer. SQLite has one writer at a time and needs none.
func (d dialect) lock(alias string) string {
	if d == postgres {
		return " FOR UPDATE OF " + alias
	}
	return ""
}

// pass is [dialect.lock] that passes over rows which somebody else has locked.
func (d dialect) pass(alias string) string {
	if d == postgres {
		return " FOR UPDATE OF " + alias + " SKIP LOCKED"
	}
	return ""
}

// share is the suffix that keeps a row from being deleted or taken by [dialect.lock], without keeping others from
// sharing it: members of one group are written side by side.
func (d dialect) share(alias string) string {
	if d == postgres {
		return " FOR KEY SHARE OF " + alias
	}
	return ""
}

// elements is the table function that yields the elements of a JSON array as rows with a column "value".
func (d dialect) elements(array, alias string) string {
	if d == postgres {
		return "jsonb_array_elements(" + array + ") AS " + alias + "(value)"
	}
	return "json_each(" + array + ") AS " + alias
}

// binary is the suffix under which text is compared and sorted byte by byte.
func (d dialect) binary() string {
	if d == postgres {
		return ` COLLATE "C"`
	}
	return ""
}

// aside is a column that SQLite shall use no index for: it takes any that fits rather than the one that gives the order.
func (d dialect) aside(column string) string {
	if d == postgres {
		return column
	}
	return "+" + column
}

var rebound sync.Map // statement → the same with $n

// rebind writes the placeholders as the database wants them. Statements are few, but for filters; those are bounded by
// what the filter's bounds allow and are not kept.
func (d dialect) rebind(statement string) string {
	if d == sqlite {
		return statement
	}
	if s, ok := rebound.Load(statement); ok {
		return s.(string)
	}
	s := sqlx.Rebind(sqlx.DOLLAR, statement)
	if !isOnce(statement) {
		rebound.Store(statement, s)
	}
	return s
}

// marker begins statements that are composed for one request, so that no cache keeps them.
const marker = "/*once*/"

// Limits are written "LIMIT ? + 0": SQLite looks at the value of a bare placeholder there when it plans, and so would
// prepare the statement anew for each.

// list writes n placeholders: "?,?,?".
func list(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}
