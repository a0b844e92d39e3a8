package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

func resolved(t *testing.T, rt *schema.ResourceType, text string) filter.Expr {
	t.Helper()
	e, err := filter.Parse(text)
	if err == nil {
		e, err = filter.Resolve(e, rt, filter.Options{Loose: true})
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func account(id string, attributes directory.Attributes) directory.Account {
	return directory.Account{Person: id, Connection: asking, UserName: "User" + id, Active: true, Attributes: attributes, CreatedAt: epoch, ModifiedAt: epoch}
}

func TestWhereRefusesAttributesWithoutAPlace(t *testing.T) {
	t.Parallel()
	for text, table := range map[string]table{
		`meta.version eq "x"`: accountTable, `meta.location co "x"`: groupTable, `groups.$ref eq "x"`: accountTable,
		`members[$ref eq "x"]`: groupTable, `effectiveRoles.value eq "administrator"`: accountTable, `effectiveAgentGroups pr`: accountTable,
		`effectiveProfile eq "Sales"`: accountTable, `effectiveProfile.display pr`: accountTable, `effectiveCompany[value eq "x"]`: accountTable, `eligible eq true`: accountTable,
		`effectiveOptions co "agent"`: accountTable, `seat eq "held"`: accountTable, `not (status pr)`: accountTable, `effectiveCampaigns pr`: accountTable,
		`not (meta[version pr])`: accountTable,
	} {
		for _, d := range []dialect{sqlite, postgres} {
			_, _, err := where(d, table.columns, resolved(t, table.rt, text))
			fault, ok := errors.AsType[*filter.AttributeError](err)
			if !ok || fault.Fault != filter.Mismatch || !strings.HasSuffix(err.Error(), "cannot be searched for") {
				t.Errorf("%s on %s: %v, want an attribute error that says so", text, d, err)
			}
		}
	}
}

func TestWhereBindsEveryValue(t *testing.T) {
	t.Parallel()
	const hostile = `'; DROP TABLE account; -- ? $1 :x \" %_`
	for _, shape := range []string{
		`userName eq "%s"`, `userName ne "%s"`, `title co "%s"`, `title sw "%s"`, `title ew "%s"`, `title gt "%s"`, `emails[type eq "%s"].value eq "x"`,
		`schemas eq "%s"`, `groups.display co "%s"`, `state eq "%s"`, `meta.resourceType eq "%s"`,
	} {
		for _, d := range []dialect{sqlite, postgres} {
			bad, args, err := where(d, accountColumns, resolved(t, schema.User, fmt.Sprintf(shape, hostile)))
			if err != nil {
				t.Fatal(err)
			}
			good, _, err := where(d, accountColumns, resolved(t, schema.User, fmt.Sprintf(shape, "z")))
			if err != nil {
				t.Fatal(err)
			}
			if bad != good || len(args) != strings.Count(bad, "?") {
				t.Errorf("%s on %s: %d arguments for\n%s\nand for a harmless value\n%s", shape, d, len(args), bad, good)
			}
		}
	}
}

func TestAfterPrefixIsTheLeastTextBeyond(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{
		"": "", "a": "b", "az": "a{", "é": "ê", "\ud7ff": "\ue000", "\U0010ffff": "", "a\U0010ffff\U0010ffff": "b", "日本": "日札",
	} {
		if got := afterPrefix(prefix); got != want {
			t.Errorf("afterPrefix(%q) = %q, want %q", prefix, got, want)
		}
	}
}

func TestFilterOnWhatOthersKeep(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		db := opened(t, dsn)
		p := population{tenant: "t", accounts: []directory.Account{account("1", nil)}, groups: []directory.Group{
			{ID: "G1", Connection: asking, DisplayName: "One", CreatedAt: epoch, ModifiedAt: epoch},
			{ID: "G2", Connection: asking, DisplayName: "Two", CreatedAt: epoch, ModifiedAt: epoch},
		}}
		if err := p.store(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for i, at := range []time.Duration{time.Hour, 2 * time.Hour} { // members of G2 changed after its row did
			name := []string{"tally", "backlog"}[i]
			columns, rest := "tenant, scope, block, n, v, at", ""
			if name == "backlog" {
				columns, rest = columns+", change", ", 'c'"
			}
			text := "INSERT INTO " + name + " (" + columns + ") VALUES ('t', 'g:G2', 0, 1, 1, ?" + rest + ")"
			if _, err := db.exec(t.Context(), text, epoch.Add(at).UnixMicro()); err != nil {
				t.Fatal(err)
			}
		}
		later := `meta.lastModified gt "` + epoch.Add(time.Hour).Format(time.RFC3339Nano) + `"`
		for _, c := range []struct {
			table table
			text  string
			want  []string
		}{
			{accountTable, `state eq "ACTIVE"`, []string{"1"}},
			{accountTable, `state ne "active"`, nil},
			{accountTable, later, nil},
			{groupTable, later, []string{"G2"}},
			{groupTable, `meta.lastModified eq "` + epoch.Format(time.RFC3339Nano) + `"`, []string{"G1"}},
		} {
			got, _, err := found(t.Context(), db, "t", c.table, resolved(t, c.table.rt, c.text))
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v %s", c.text, err, diff)
			}
		}
	})
}

func TestNumbersCompareBySize(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		db := opened(t, dsn)
		p := population{tenant: "t"}
		values := []string{`{"size":9}`, `{"size":10}`, `{"size":-1.5}`, `{"size":9007199254740993}`, `{}`}
		for i := range values {
			p.accounts = append(p.accounts, account(fmt.Sprint(i), nil))
		}
		if err := p.store(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if _, err := db.exec(t.Context(), `UPDATE account SET fold = ? WHERE person = ?`, v, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		size := filter.Attr{Ref: schema.Ref{Schema: schema.User.Core, Attr: &schema.Attribute{Name: "size", Type: schema.Decimal}}}
		for _, c := range []struct {
			op      filter.Op
			operand any
			want    []string
		}{
			{filter.Eq, int64(9), []string{"0"}},
			{filter.Gt, 9.5, []string{"1", "3"}},
			{filter.Lt, int64(9), []string{"2"}},
			{filter.Le, -1.5, []string{"2"}},
			{filter.Eq, int64(9007199254740992), nil},
			{filter.Ne, int64(9007199254740993), []string{"0", "1", "2", "4"}},
			{filter.Eq, nil, []string{"4"}},
		} {
			got, _, err := found(t.Context(), db, "t", accountTable, &filter.Compare{Attr: size, Op: c.op, Operand: c.operand})
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s %v: %v %s", c.op, c.operand, err, diff)
			}
		}
		by := orderBy(db.dialect, accountColumns, size.Ref, true)
		if diff := cmp.Diff([]string{"4", "3", "1", "0", "2"}, sorted(t, db, by)); diff != "" {
			t.Errorf("descending by size: %s", diff)
		}
	})
}

func sorted(t *testing.T, db *DB, by string) (ids []string) {
	t.Helper()
	err := db.ask(t.Context(), question{
		marker + `SELECT a.person FROM account a WHERE a.tenant = 't' ORDER BY ` + by + `, a.ord`, nil,
		func(s scanner) error {
			var id string
			err := s.Scan(&id)
			ids = append(ids, id)
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestSortPutsMissingValuesLast(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	migrated.Each(t, func(t *testing.T, dsn string) {
		db := opened(t, dsn)
		p := population{tenant: "t", accounts: []directory.Account{
			account("0", directory.Attributes{"title": "b", "emails": []any{object{"value": "z"}, object{"value": "A", "primary": true}}}),
			account("1", directory.Attributes{"name": object{"familyName": "Ébène"}, "emails": []any{object{"value": "c"}, object{"value": "a", "primary": false}}}),
			account("2", directory.Attributes{"title": "É", "emails": []any{object{"type": "work"}}, schema.RollcallURN: object{"skills": []any{"Tax", "Art"}}}),
			account("3", directory.Attributes{"title": "Z", "name": object{"familyName": "Smith"}, schema.RollcallURN: object{"skills": []any{"billing"}}}),
		}}
		p.accounts[0].ExternalID, p.accounts[2].ExternalID, p.accounts[3].Active = "b", "B", false
		for i := range p.accounts {
			p.accounts[i].CreatedAt = epoch.Add(-time.Duration(i) * time.Microsecond)
		}
		if err := p.store(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ path, ascending, descending string }{
			{"userName", "0123", "3210"},
			{"title", "0321", "1230"},
			{"name.familyName", "3102", "0213"}, // missing: 0 and 2, as they came
			{"emails", "0123", "2310"},          // the primary one, else the first
			{"skills", "3201", "0123"},
			{"externalId", "2013", "1302"}, // caseExact
			{"active", "3012", "0123"},
			{"meta.created", "3210", "0123"},
			{"meta.lastModified", "0123", "0123"},
			{"id", "0123", "3210"},
			{"groups", "0123", "3210"}, // no order of its own
			{"addresses", "0123", "3210"},
		} {
			name, sub, _ := strings.Cut(c.path, ".")
			ref, ok := schema.User.ResolveLoose("", name, sub)
			if !ok {
				t.Fatal(c.path)
			}
			for descending, want := range map[bool]string{false: c.ascending, true: c.descending} {
				by := orderBy(db.dialect, accountColumns, ref, descending)
				if got := strings.Join(sorted(t, db, by), ""); got != want {
					t.Errorf("%s, descending %v: %s, want %s\n%s", c.path, descending, got, want, by)
				}
			}
		}
	})
}

func TestEqualityOnUserNameWalksItsIndex(t *testing.T) {
	t.Parallel()
	db := opened(t, migrated.SQLite(t))
	for text, index := range map[string]string{`userName eq "x"`: "account_user_name", `userName sw "x"`: "account_user_name"} {
		condition, args, err := where(sqlite, accountColumns, resolved(t, schema.User, text))
		if err != nil {
			t.Fatal(err)
		}
		var plan string
		err = db.ask(t.Context(), question{
			marker + `EXPLAIN QUERY PLAN SELECT a.person FROM account a WHERE a.tenant = 't' AND a.ended = 0 AND (` + condition + `)`, args,
			func(s scanner) error {
				var id, parent, unused int
				return s.Scan(&id, &parent, &unused, &plan)
			},
		})
		if err != nil || !strings.Contains(plan, index) || !strings.Contains(plan, "user_name_fold") {
			t.Errorf("%s: %q %v, want a walk of %s by the name", text, plan, err, index)
		}
	}
}
