package api_test

import (
	"encoding/csv"
	"strings"
	"testing"
)

// Row 004-61: a file for spreadsheets has nothing in it that one takes for a formula, and says how it is encoded; one for
// programs is as it is stored.
func TestRow004_61TheListForSpreadsheetsHasNoFormulas(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		names := map[string]string{"u1": "=1+1", "u2": "+1", "u3": "-1", "u4": "@sum", "u5": "\tx", "u6": "Zoë = 1"}
		for user, name := range names {
			c.made(user, map[string]any{"display_name": name, "phone": "+34600123456"})
		}
		read := func(query, mark string) map[string][]string {
			r := c.do("GET", "/users.csv"+query, nil).want(200)
			text, marked := strings.CutPrefix(string(r.Body), mark)
			if !marked || strings.HasPrefix(text, "\uFEFF") {
				t.Fatalf("%s: it begins with %q", query, string(r.Body[:8]))
			}
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			out := map[string][]string{}
			for _, row := range rows {
				out[strings.TrimSuffix(row[2], "@example.com")] = row
			}
			return out
		}
		raw, guarded := read("", ""), read("?spreadsheet=true", "\uFEFF")
		for user, name := range names {
			want := name
			if user != "u6" {
				want = "'" + name
			}
			if got := raw[user][3]; got != name && got != strings.TrimSpace(name) {
				t.Errorf("raw %s: %q", user, got)
			}
			if got := guarded[user][3]; got != want && got != strings.TrimSpace(name) {
				t.Errorf("guarded %s: %q, want %q", user, got, want)
			}
			if got := guarded[user][5]; got != "'+34600123456" {
				t.Errorf("the telephone of %s: %q", user, got)
			}
		}
		if len(raw) != len(names)+1 || len(guarded) != len(raw) {
			t.Errorf("%d and %d rows", len(raw), len(guarded))
		}
		c.do("GET", "/users.csv?spreadsheet=perhaps", nil).want(422)
	})
}
