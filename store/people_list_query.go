package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"rollcall/scim/schema"
)

// peopleCondition is one condition of a list of people.
type peopleCondition struct {
	text string // of the table person, as p; asked of one person after the other
	args []any
	// people finds the same people by an index: a statement that yields their ids, which may come twice. "" where there is none.
	people string
	values []any
	state  bool // it is about states
	there  bool // nobody who is deprovisioned fits
}

// peopleConditions are those of the query.
func (r Reader) peopleConditions(q PeopleQuery) []peopleCondition {
	var out []peopleCondition
	if n := len(q.States); n > 0 {
		in := make([]any, n)
		for i, s := range q.States {
			in[i] = string(s)
		}
		out = append(out, peopleCondition{
			text: r.db.dialect.aside("p.state") + ` IN (` + list(n) + `)`, args: in, state: true,
			people: `SELECT s.id AS person FROM person s WHERE s.tenant = ? AND s.state IN (` + list(n) + `)`, values: args(r.tenant, in),
		})
	}
	for _, x := range q.Rights {
		kind := string(x.Kind)
		out = append(out, peopleCondition{ // a scalar subquery: PostgreSQL would make EXISTS a join, and sort all of it
			text: `(SELECT 1 FROM grants g WHERE g.tenant = p.tenant AND g.person = p.id AND g.ended = 0 AND g.kind = ? AND g.target = ? LIMIT 1) = 1`, args: []any{kind, x.Target}, there: true,
			people: `SELECT s.person FROM grants s WHERE s.tenant = ? AND s.target = ? AND s.ended = 0 AND s.kind = ?`, values: []any{r.tenant, x.Target, kind},
		})
	}
	if q.Connection != nil {
		out = append(out, peopleCondition{
			text: `(SELECT 1 FROM account a WHERE a.tenant = p.tenant AND a.person = p.id AND a.connection = ? AND a.ended = 0 LIMIT 1) = 1`, args: []any{*q.Connection}, there: true,
			people: `SELECT s.person FROM account s WHERE s.tenant = ? AND s.shelf = ?`, values: []any{r.tenant, *q.Connection},
		})
	}
	if q.Status != "" {
		out = append(out, peopleCondition{
			text: r.db.dialect.aside("p.status") + ` = ?`, args: []any{q.Status},
			people: `SELECT s.id AS person FROM person s WHERE s.tenant = ? AND s.status = ?`, values: []any{r.tenant, q.Status},
		})
	}
	if q.Seat != "" {
		out = append(out, peopleCondition{text: `p.seat = ?`, args: []any{string(q.Seat)}})
	}
	for _, word := range q.Words {
		out = append(out, peopleCondition{text: r.db.dialect.position("p.search") + ` > 0`, args: []any{schema.Fold(word)}})
	}
	return out
}

// rareAtMost is up to how many people a condition finds for a list to begin with them.
const rareAtMost = 5000

// rarest finds the condition that fits the fewest people, if those are few; -1 if not.
func (l *peopleList) rarest(ctx context.Context) (rarest int, err error) {
	most := cmp.Or(l.q.rare, rareAtMost)
	rarest = -1
	fewest := most + 1
	var questions []question
	for i, c := range l.conditions {
		if c.people == "" {
			continue
		}
		questions = append(questions, question{
			marker + `SELECT COUNT(*) FROM (` + c.people + ` LIMIT ` + strconv.Itoa(most+1) + `) one`, c.values,
			func(s scanner) error {
				var n int
				err := s.Scan(&n)
				if n < fewest {
					rarest, fewest = i, n
				}
				return err
			},
		})
	}
	if len(questions) > 0 {
		err = l.ask(ctx, questions...)
	}
	return rarest, err
}

// few reads the page from the few people whom one condition fits.
func (l *peopleList) few(ctx context.Context, rarest int) error {
	c := l.conditions[rarest]
	l.conditions = slices.Delete(slices.Clone(l.conditions), rarest, rarest+1)
	where, values := l.fits()
	// The limit cuts nobody off. With it, and as it knows nothing of what an id is like, PostgreSQL expects few people, and
	// looks each up; else it would read everybody. SQLite reads what a CROSS JOIN names first, first.
	from := ` FROM (SELECT DISTINCT person FROM (` + c.people + ` LIMIT ` + strconv.Itoa(2*rareAtMost) + `) one WHERE person || '' = person) few CROSS JOIN person p` + where + ` AND p.id = few.person`
	values = args(c.values, values)
	questions := []question{l.shown("", from, values)}
	if l.q.Total {
		questions = append(questions, l.counted(`SELECT COUNT(*)`+from, values))
	}
	return l.ask(ctx, questions...)
}

// walk reads the page in the list's order: soon done, where nothing is asked but common states.
func (l *peopleList) walk(ctx context.Context) error {
	where, values := l.fits()
	return l.ask(ctx, l.withCount(l.shown("", ` FROM person p`+where, values))...)
}

// windowOf is how many people are looked at in the list's order for one that the page has room for.
const windowOf = 20

// window looks at the next people in the list's order, for those who fit.
func (l *peopleList) window(ctx context.Context) error {
	where, values := l.fits()
	after, place := l.q.after()
	from := ` FROM (SELECT ` + listedColumns + ` FROM person p WHERE p.tenant = ?` + after + l.q.order(windowOf*(l.q.Limit+1)) + `) p` + where
	return l.ask(ctx, l.shown("", from, args(l.tenant, place, values)))
}

// everybody looks at everybody once, in the order in which they came, and sorts those who fit.
func (l *peopleList) everybody(ctx context.Context) error {
	l.page = nil
	where, values := l.fits()
	return l.ask(ctx, l.withCount(l.shown(`WITH p AS MATERIALIZED (SELECT `+listedColumns+` FROM person p`+where+`) `, ` FROM p WHERE p.tenant = ?`, args(values, l.tenant)))...)
}

// listedColumns are those of people that conditions and orders ask.
const listedColumns = `p.tenant, p.id, p.ord, p.state, p.name, p.user_fold, p.search, p.status, p.seat, p.created_at, p.modified_at`

// fits writes what people must fit.
func (l *peopleList) fits() (where string, values []any) {
	where, values = ` WHERE p.tenant = ?`, []any{l.tenant}
	for _, c := range l.conditions {
		where += ` AND ` + c.text
		values = append(values, c.args...)
	}
	return where, values
}

// after writes where the page begins.
func (q PeopleQuery) after() (where string, values []any) {
	columns := q.Sort.columns()
	if len(q.After) != len(columns) {
		return "", nil
	}
	than := ">"
	if q.Descending {
		than = "<"
	}
	return ` AND (` + strings.Join(columns, ", ") + `) ` + than + ` (` + list(len(columns)) + `)`, q.After
}

// order writes in which order, and how many. The limit stands in the text: PostgreSQL plans for it.
func (q PeopleQuery) order(most int) string {
	direction := ""
	if q.Descending {
		direction = " DESC"
	}
	return ` ORDER BY ` + strings.Join(q.Sort.columns(), direction+", ") + direction + ` LIMIT ` + strconv.Itoa(most)
}

// shown asks for the page.
func (l *peopleList) shown(with, from string, values []any) question {
	after, place := l.q.after()
	return question{
		marker + with + `SELECT ` + strings.Join(l.q.Sort.row(), ", ") + from + after + l.q.order(l.q.Limit), args(values, place),
		func(s scanner) error {
			x, err := l.q.scan(s)
			l.page = append(l.page, x)
			return err
		},
	}
}

// counted asks for the total.
func (l *peopleList) counted(text string, values []any) question {
	return question{marker + text, values, func(s scanner) error { return s.Scan(&l.total) }}
}

// withCount adds the question for the total, where it is wanted.
func (l *peopleList) withCount(q question) []question {
	if !l.q.Total {
		return []question{q}
	}
	return []question{q, l.count()}
}

// count asks for the total where it may be large: by comparing sets that indexes have, and where one is missing by looking
// at everybody, in the order in which they came.
func (l *peopleList) count() question {
	where, values := l.fits()
	conditions := l.conditions
	if slices.ContainsFunc(conditions, func(c peopleCondition) bool { return c.people == "" }) {
		return l.counted(`SELECT COUNT(*) FROM person p`+where, values)
	}
	there := func(c peopleCondition) bool { return c.there }
	if slices.ContainsFunc(conditions, there) && l.q.allThere() {
		conditions = slices.DeleteFunc(slices.Clone(conditions), func(c peopleCondition) bool { return c.state })
	}
	if len(conditions) == 1 && there(conditions[0]) {
		return l.counted(`SELECT COUNT(*) FROM (SELECT DISTINCT person FROM (`+conditions[0].people+`) one) many`, conditions[0].values)
	}
	where, values = ` WHERE p.tenant = ?`, []any{l.tenant}
	for _, c := range conditions {
		if c.state {
			where, values = where+` AND p.state IN (`+list(len(c.args))+`)`, append(values, c.args...)
		} else {
			where, values = where+` AND `+l.db.dialect.aside("p.id")+` IN (`+c.people+`)`, append(values, c.values...)
		}
	}
	return l.counted(`SELECT COUNT(*) FROM person p`+where, values)
}
