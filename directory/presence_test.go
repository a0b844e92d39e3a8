package directory_test

import (
	"testing"
	"time"

	"rollcall/directory"
)

func TestAbsenceState(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2030, 1, day, 0, 0, 0, 0, time.UTC) }
	day := func(n int) *time.Time { x := at(n); return &x }
	cases := map[string]struct {
		until, ended *time.Time
		now          time.Time
		state        directory.AbsenceState
		current      bool
	}{
		"not begun":              {day(9), nil, at(4), directory.AbsencePlanned, false},
		"from its first instant": {day(9), nil, at(5), directory.AbsenceCurrent, true},
		"up to its last":         {day(9), nil, at(9).Add(-1), directory.AbsenceCurrent, true},
		"over":                   {day(9), nil, at(9), directory.AbsenceEnded, false},
		"open":                   {nil, nil, at(30), directory.AbsenceCurrent, true},
		"ended early":            {day(9), day(7), at(8), directory.AbsenceEnded, false},
		"ended as it begins":     {day(9), day(5), at(8), directory.AbsenceCancelled, false},
		"cancelled":              {nil, day(3), at(4), directory.AbsenceCancelled, false},
	}
	for name, c := range cases {
		a := directory.Absence{From: at(5), Until: c.until, EndedAt: c.ended}
		if state := a.State(c.now); state != c.state || a.Current(c.now) != c.current {
			t.Errorf("%s: %s, current %t; want %s, %t", name, state, a.Current(c.now), c.state, c.current)
		}
	}
}
