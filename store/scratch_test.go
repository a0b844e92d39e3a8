package store

import (
	"fmt"
	"testing"

	"rollcall/store/storetest"
)

func TestScratchKeepsSubjectsNamesAndLinesInOrder(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), storetest.SQLite(t), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	s, err := db.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for i := range 3000 {
		if err := s.Put(ctx, fmt.Sprintf("p:%04d", i%1500), fmt.Sprint("part", i/1500), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put(ctx, "q:1", "x", nil); err != nil {
		t.Fatal(err)
	}
	seen, after := 0, ""
	for {
		page, err := s.Subjects(ctx, "p:", after, 400)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page {
			if len(x.Parts) != 2 || x.Key <= after {
				t.Fatalf("subject %+v after %q", x, after)
			}
			after = x.Key
			seen++
		}
		if len(page) < 400 {
			break
		}
	}
	if seen != 1500 {
		t.Errorf("%d subjects, want 1500", seen)
	}
	first, err := s.Name(ctx, "n", "p:1")
	again, err2 := s.Name(ctx, "n", "p:2")
	named, err3 := s.Named(ctx, []string{"n", "m"})
	if err != nil || err2 != nil || err3 != nil || !first || again || len(named) != 1 || named["n"] != "p:1" {
		t.Errorf("first %t, again %t, named %v; %v %v %v", first, again, named, err, err2, err3)
	}
	for phase := range 3 {
		if err := s.AddLine(ctx, int64(2-phase), []byte{byte(phase)}); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := s.Lines(ctx, FirstPlace, 10)
	if err != nil || len(lines) != 3 || lines[0].Value[0] != 2 || lines[2].Value[0] != 0 {
		t.Errorf("lines %+v, %v", lines, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
