package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"rollcall/directory"
)

// PeopleSort is by what a list of people is ordered. Who is alike in it is ordered by id.
type PeopleSort string

// The orders of lists. Names and userNames are folded; a list by state is by name within each.
const (
	SortName     PeopleSort = "name"
	SortUserName PeopleSort = "user_name"
	SortCreated  PeopleSort = "created"
	SortModified PeopleSort = "modified"
	SortState    PeopleSort = "state"
	SortDisplay  PeopleSort = "display_id"
)

// PeopleSorts lists the orders.
func PeopleSorts() []PeopleSort {
	return []PeopleSort{SortName, SortUserName, SortCreated, SortModified, SortState, SortDisplay}
}

// columns are those of the order; each is the front of an index of the table person, after the tenant.
func (s PeopleSort) columns() []string {
	switch s {
	case SortUserName:
		return []string{"p.user_fold", "p.id"}
	case SortCreated:
		return []string{"p.created_at", "p.id"}
	case SortModified:
		return []string{"p.modified_at", "p.id"}
	case SortState:
		return []string{"p.state", "p.name", "p.id"}
	case SortDisplay:
		return []string{"p.ord"}
	default:
		return []string{"p.name", "p.id"}
	}
}

// row are the columns that tell who it is, and their place.
func (s PeopleSort) row() []string {
	if s == SortDisplay {
		return []string{"p.id", "p.ord"}
	}
	return s.columns()
}

// Place reads a [ListedPerson.Place] of a list in this order back from JSON.
func (s PeopleSort) Place(text []byte) ([]any, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, fmt.Errorf("store: place in a list: %w", err)
	}
	out := make([]any, len(s.columns()))
	if len(parts) != len(out) {
		return nil, fmt.Errorf("store: a place by %s has %d parts, not %d", s, len(out), len(parts))
	}
	for i, part := range parts {
		var err error
		if i == 0 && (s == SortCreated || s == SortModified || s == SortDisplay) {
			out[i], err = decodedPart[int64](part)
		} else {
			out[i], err = decodedPart[string](part)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func decodedPart[T any](part json.RawMessage) (any, error) {
	var v *T
	if err := json.Unmarshal(part, &v); err != nil || v == nil {
		return nil, fmt.Errorf("store: %s is no part of a place in a list", part)
	}
	return *v, nil
}

// PeopleQuery asks for a page of people. What is left empty asks nothing.
type PeopleQuery struct {
	Words  []string // each stands somewhere in what lists are searched in, folded
	States []directory.State
	Rights []directory.Entitlement // whoever has a live grant of each kind and target, from any origin
	// Connection is that of a live account; a pointer to "" finds people whom no connection owns.
	Connection *string
	Status     string
	Seat       directory.SeatState
	Sort       PeopleSort
	Descending bool
	Limit      int
	After      []any // the [ListedPerson.Place] of the last one of the page before
	Total      bool  // whether the total is wanted
	rare       int   // instead of rareAtMost
}

// ListedPerson is one line of a list: who, and where the next page begins after them.
type ListedPerson struct {
	ID    string
	Place []any
}

// PeopleAtOnce is how many people a page may have.
const PeopleAtOnce = 500

// ListPeople returns a page of people in their order and, if it is asked for, how many there are in all; -1 if not. The
// time that a page takes does not depend on how deep it lies: pages are found by the place of the last person before
// them, so whoever is added meanwhile neither repeats nor hides anybody.
//
// Where a condition finds few people by an index, those are sorted. Otherwise the list's order is walked; where that
// does not fill the page soon, everybody is looked at once.
func (r Reader) ListPeople(ctx context.Context, q PeopleQuery) (page []ListedPerson, total int64, err error) {
	q.Limit = min(max(q.Limit, 1), PeopleAtOnce)
	l := &peopleList{Reader: r, q: q, conditions: r.peopleConditions(q), total: -1}
	rarest, err := l.rarest(ctx)
	switch {
	case err != nil:
	case rarest >= 0:
		err = l.few(ctx, rarest)
	case len(l.conditions) == 0, len(l.conditions) == 1 && l.conditions[0].state:
		err = l.walk(ctx)
	default:
		err = l.window(ctx)
		switch {
		case err != nil:
		case len(l.page) < q.Limit:
			err = l.everybody(ctx)
		case q.Total:
			err = l.ask(ctx, l.count())
		}
	}
	return l.page, l.total, err
}

// peopleList is one list on its way.
type peopleList struct {
	Reader

	q          PeopleQuery
	conditions []peopleCondition
	page       []ListedPerson
	total      int64
}

func (l *peopleList) ask(ctx context.Context, questions ...question) error {
	return l.Reader.q.ask(ctx, questions...)
}

// allThere reports whether the query asks for everybody but those who are gone.
func (q PeopleQuery) allThere() bool {
	return len(q.States) == 3 && !slices.Contains(q.States, directory.Deprovisioned)
}

func (q PeopleQuery) scan(s scanner) (x ListedPerson, err error) {
	var text, second string
	var number int64
	switch q.Sort {
	case SortCreated, SortModified:
		err = s.Scan(&number, &x.ID)
		x.Place = []any{number, x.ID}
	case SortDisplay:
		err = s.Scan(&x.ID, &number)
		x.Place = []any{number}
	case SortState:
		err = s.Scan(&text, &second, &x.ID)
		x.Place = []any{text, second, x.ID}
	default:
		err = s.Scan(&text, &x.ID)
		x.Place = []any{text, x.ID}
	}
	return x, err
}
