package main

import (
	"bufio"
	"fmt"
	"strings"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
)

// report shows what a manifest does: lines for people, as they come, or one JSON document.
type report struct {
	*program

	tenant string
	list   *list         // JSON
	text   *bufio.Writer // lines
	people int
}

func (p *program) report(tenant string) *report {
	r := &report{program: p, tenant: tenant}
	if p.json {
		r.list = p.list("changes")
	} else {
		r.text = bufio.NewWriter(p.stdout)
	}
	return r
}

func (r *report) linef(format string, args ...any) {
	_, _ = fmt.Fprintf(r.text, format+"\n", args...) // the writer keeps its error for Flush
}

// signs stand before what is created, removed and changed.
var signs = map[string]string{"created": "+", "removed": "-", "updated": "~", "reordered": "~"}

// differences shows what changes about the configuration. In the JSON document they follow the people.
func (r *report) differences(list []admin.Difference) {
	if r.json {
		return
	}
	for _, d := range list {
		var fields []string
		for _, f := range d.Fields {
			switch {
			case d.Change == "created":
				fields = append(fields, fmt.Sprintf("%s %s", f.Name, shown(f.After)))
			case d.Change != "removed":
				fields = append(fields, fmt.Sprintf("%s %s → %s", f.Name, shown(f.Before), shown(f.After)))
			}
		}
		kind := strings.ReplaceAll(d.Kind, "_", " ")
		if d.Change == "reordered" {
			kind += "s"
		}
		r.linef("%s", strings.TrimRight(fmt.Sprintf("%s %s %s: %s", signs[d.Change], kind, plain(d.Name), plain(strings.Join(fields, ", "))), ": "))
	}
}

func shown(v any) string {
	switch x := v.(type) {
	case nil:
		return "none"
	case []string:
		return strings.Join(x, ", ")
	case []directory.RuleOutput:
		names := make([]string, len(x))
		for i, o := range x {
			if names[i] = o.Name; o.Kind != "" && o.Kind != directory.AsUser {
				names[i] += " as " + string(o.Kind)
			}
		}
		return strings.Join(names, ", ")
	default:
		var failed error
		if text := encoded(v, &failed); failed == nil {
			return text
		}
		return fmt.Sprint(v)
	}
}

// change shows what changes for one person.
func (r *report) change(c admin.UserChange) error {
	r.people++
	if r.json {
		return r.list.add(c)
	}
	var parts []string
	if c.Change != "entitled" {
		parts = append(parts, c.Change)
	}
	if len(c.Gained) > 0 {
		parts = append(parts, "gains "+rights(c.Gained))
	}
	if len(c.Lost) > 0 {
		parts = append(parts, "loses "+rights(c.Lost))
	}
	if c.Reason != "" {
		parts = append(parts, "by "+c.Reason)
	}
	r.linef("  %s: %s", plain(c.UserName), plain(strings.Join(parts, "; ")))
	return nil
}

func rights(list []provision.RightChange) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = strings.ReplaceAll(x.Kind, "_", " ") + " " + x.Target
		if x.As != "" && x.As != "user" {
			out[i] += " as " + string(x.As)
		}
	}
	return strings.Join(out, ", ")
}

// end closes the report. failed is why the manifest was not applied, or not wholly.
func (r *report) end(result admin.Result, failed error) error {
	if result.Configuration == nil {
		result.Configuration = []admin.Difference{}
	}
	if result.Notices == nil {
		result.Notices = []admin.Notice{}
	}
	if r.json {
		rest := struct {
			admin.Result

			Error string `json:"error,omitempty"`
		}{Result: result}
		if failed != nil {
			rest.Error = failed.Error()
		}
		return r.list.end(rest)
	}
	if failed == nil {
		for _, why := range result.Guard {
			r.linef("! guard: %s", plain(why.Text))
		}
		r.linef("%s", told(r.tenant, result))
	}
	for _, n := range result.Notices {
		r.linef("! %s %s: %s", n.About, plain(n.Name), plain(n.Text))
		if n.Write != "" {
			r.linef("    %s", plain(n.Write))
		}
	}
	return r.text.Flush()
}

// told sums a result up.
func told(tenant string, r admin.Result) string {
	s := r.Summary
	people := fmt.Sprintf("%d rights granted, %d revoked; %d people suspended, %d reactivated, %d deprovisioned",
		s.Granted, s.Revoked, s.Suspended, s.Reactivated, s.Deprovisioned)
	switch r.Status {
	case admin.Nothing:
		return tenant + " is what its manifest says; nothing to do"
	case admin.Held:
		return fmt.Sprintf("%s is held: %d differences, %s; nothing was written. Look at who is named above; then apply it with --approve", tenant, len(r.Configuration), people)
	case admin.Planned:
		if len(r.Guard) > 0 {
			people += "; the guard would hold it until somebody applies it with --approve"
		}
		return fmt.Sprintf("%s would change: %d differences, %s; nothing was written", tenant, len(r.Configuration), people)
	default:
		return fmt.Sprintf("%s applied: %d differences, %s", tenant, len(r.Configuration), people)
	}
}
