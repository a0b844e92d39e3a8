package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// syncReport shows what a sync or an undo does: a line for each person, as they come, or one JSON document.
type syncReport struct {
	*program

	tenant, name string        // key; the connection, or what else it is about
	approve      string        // the command that approves it, where a guard holds it
	discard      string        // the one that drops it
	nothing      string        // what there is where nothing changes
	list         *list         // JSON
	text         *bufio.Writer // lines
}

func (p *program) syncReport(tenant, name string) *syncReport {
	r := &syncReport{program: p, tenant: tenant, name: name, nothing: "nothing new"}
	if p.json {
		r.list = p.list("changes")
	} else {
		r.text = bufio.NewWriter(p.stdout)
	}
	return r
}

func (r *syncReport) linef(format string, args ...any) {
	_, _ = fmt.Fprintf(r.text, format+"\n", args...) // the writer keeps its error for Flush
}

// flush shows the lines that there are.
func (r *syncReport) flush() error {
	if r.json {
		return nil
	}
	return r.text.Flush()
}

// changeSigns stand before who comes, who goes, and what is left as it is; everybody else changes.
var changeSigns = map[string]string{
	"created": "+", "reactivated": "+", "group_created": "+",
	"suspended": "-", "deprovisioned": "-", "group_deleted": "-",
	"conflict": "!", "skipped": "!",
}

// change shows one line.
func (r *syncReport) change(c provision.SyncChange) error {
	if r.json {
		return r.list.add(c)
	}
	r.linef("%s", syncLine(c))
	return nil
}

// syncLine tells one person's or one group's change on one line.
func syncLine(c provision.SyncChange) string {
	sign, name := changeSigns[c.Change], c.UserName
	switch {
	case c.Status == "stale" || c.Status == "excepted":
		sign = "!"
	case sign == "":
		sign = "~"
	}
	if name == "" {
		name = c.User
	}
	word := strings.ReplaceAll(c.Change, "_", " ")
	if kind, rest, ok := strings.Cut(word, "group "); ok && kind == "" {
		name, word = "group "+name, rest
	}
	var parts []string
	if word != "updated" && word != "entitled" {
		parts = append(parts, word)
	}
	for _, v := range c.Values {
		if v.Field != "state" && (v.Field != "active" || c.Change == "updated" || c.Change == "entitled") { // else the word says it
			parts = append(parts, fieldChange(v))
		}
	}
	if len(c.Gained) > 0 {
		parts = append(parts, "gains "+rights(c.Gained))
	}
	if len(c.Lost) > 0 {
		parts = append(parts, "loses "+rights(c.Lost))
	}
	line := strings.Join(parts, "; ")
	if line == "" {
		line = strings.Join(c.Fields, ", ")
	}
	if c.Reason != "" {
		line += " (" + c.Reason + ")"
	}
	if c.Status != "" && c.Status != "open" && c.Status != "done" {
		line += " [" + c.Status + "]"
	}
	return fmt.Sprintf("%s %s: %s", sign, plain(name), plain(line))
}

// fieldChange tells a value before and after; of groups, which it leaves and which it joins.
func fieldChange(v provision.FieldChange) string {
	switch v.Field {
	case "holds": // what they keep or deny is in users show
		if v.After == nil {
			return "holds end"
		}
		return "holds change"
	case "groups":
		var parts []string
		for _, x := range []struct {
			word  string
			names any
		}{{"joins", v.After}, {"leaves", v.Before}} {
			if names := listed(x.names); names != "" {
				parts = append(parts, x.word+" "+names)
			}
		}
		return strings.Join(parts, "; ")
	}
	return fmt.Sprintf("%s: %s → %s", shortName(v.Field), short(v.Before), short(v.After))
}

// shortName leaves the URN of an extension out.
func shortName(field string) string {
	if _, rest, ok := strings.Cut(field, ":User:"); ok && strings.HasPrefix(field, "urn:") {
		return rest
	}
	return field
}

// listed joins names, as they are in memory or as JSON gave them.
func listed(v any) string {
	switch names := v.(type) {
	case []string:
		return strings.Join(names, ", ")
	case []any:
		out := make([]string, len(names))
		for i, x := range names {
			out[i] = fmt.Sprint(x)
		}
		return strings.Join(out, ", ")
	case string:
		return names
	}
	return ""
}

// shortest is how much of a value a line shows: a photo would fill the screen.
const shortest = 120

func short(v any) string {
	if v == nil {
		return "none"
	}
	text := shown(v)
	if len(text) <= shortest {
		return text
	}
	cut := shortest
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// end closes the report. failed is what went wrong on our side.
func (r *syncReport) end(result provision.SyncResult, failed error) error {
	if result.Problems == nil {
		result.Problems = []directory.Problem{}
	}
	if r.json {
		rest := struct {
			provision.SyncResult

			Tenant  string `json:"tenant"`
			Approve string `json:"approve,omitempty"` // the command that approves it
			Error   string `json:"error,omitempty"`
		}{SyncResult: result, Tenant: r.tenant, Approve: r.approve}
		if failed != nil {
			rest.Status = failedStatus(result.Status)
			rest.Error = failed.Error()
		}
		return r.list.end(rest)
	}
	for _, x := range result.Problems {
		r.problem(x)
	}
	if result.More > 0 {
		r.linef("! %d more problems are not listed", result.More)
	}
	for _, why := range result.Guard {
		r.linef("! guard: %s", plain(why.Text))
	}
	if failed == nil {
		if result.Missing > 0 {
			r.linef("! %d entries of before were not found; each counts as gone after as many complete readings as grace_runs says", result.Missing)
		}
		r.linef("%s", r.sum(result))
		r.next(result)
	}
	return r.text.Flush()
}

// failedStatus is the status of something that ended with an error before it came to one.
func failedStatus(s provision.SyncStatus) provision.SyncStatus {
	if s == provision.SyncPartial {
		return s
	}
	return provision.SyncFailed
}

func (r *syncReport) problem(x directory.Problem) {
	line := "! " + x.Kind
	if x.Subject != "" {
		line += " " + x.Subject
	}
	r.linef("%s: %s", plain(line), plain(x.Text))
	if x.Fix != "" {
		r.linef("    %s", plain(x.Fix))
	}
}

// sum tells the whole in one line.
func (r *syncReport) sum(x provision.SyncResult) string {
	name, counts := plain(r.name), counted(x.Summary)
	how := ""
	if x.Reading != nil {
		how = fmt.Sprintf(" (%s, read in %s)", x.Reading.Mode, x.Reading.Took.Round(time.Millisecond))
		if x.Completeness != directory.Complete {
			how = fmt.Sprintf(" (%s, read in %s, not completely: nobody counts as missing)", x.Reading.Mode, x.Reading.Took.Round(time.Millisecond))
		}
	}
	switch x.Status {
	case provision.SyncNothing:
		return name + ": " + r.nothing + how
	case provision.SyncPlanned:
		return name + " would change: " + counts + how + "; nothing was written"
	case provision.SyncHeld:
		return name + " is held: " + counts + how + "; nothing was written"
	case provision.SyncPartial:
		if x.Summary == (provision.SyncResult{}).Summary {
			return name + ": " + r.nothing + ", but for what is named above" + how
		}
		return name + " is applied, but for what is named above: " + counts + how
	case provision.SyncFailed:
		return name + " failed: nothing was changed" + how
	default:
		return name + " is " + string(x.Status) + ": " + counts + how
	}
}

// next tells what to do about what is held.
func (r *syncReport) next(x provision.SyncResult) {
	if r.approve == "" {
		return
	}
	if x.Status != provision.SyncHeld {
		r.linef("The guard would hold it. To apply it nevertheless: %s", plain(r.approve))
		return
	}
	if x.Expires != nil {
		r.linef("The plan waits until %s; then it is discarded, and the next sync plans anew.", x.Expires.UTC().Format("2006-01-02 15:04 UTC"))
	}
	r.linef("To apply it as it is shown: %s", plain(r.approve))
	if r.discard != "" {
		r.linef("To leave people out, add --except USER,…; to drop it: %s", plain(r.discard))
	}
}

// counted tells a summary in words, without what is none.
func counted(s store.Summary) string {
	var parts []string
	for _, x := range []struct {
		n    int
		text string
	}{
		{s.Created, "created"},
		{s.Updated, "updated"},
		{s.Suspended, "suspended"},
		{s.Reactivated, "reactivated"},
		{s.Deprovisioned, "deprovisioned"},
		{s.Granted, "rights granted"},
		{s.Revoked, "rights revoked"},
	} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.text))
		}
	}
	if len(parts) == 0 {
		return "no person changes"
	}
	return strings.Join(parts, ", ")
}
