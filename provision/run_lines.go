package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// linesAtOnce is how many changes of a run are read at once.
const linesAtOnce = 500

// RunLines tells what a run did, or would do: what the change log has of it, in the order in which it happened, then what
// of its stored plan was not applied.
func (e *Engine) RunLines(ctx context.Context, tenant string, run store.Run, each func(SyncChange) error) error {
	if err := e.loggedLines(ctx, tenant, run, each); err != nil {
		return err
	}
	return e.PlanLines(ctx, tenant, run.ID, func(c SyncChange) error {
		if c.Status == "done" {
			return nil // the log has it
		}
		return each(c)
	})
}

// loggedLines tells what the change log has of a run.
func (e *Engine) loggedLines(ctx context.Context, tenant string, run store.Run, each func(SyncChange) error) error {
	reader := e.db.Reader(tenant)
	c, err := reader.Configuration(ctx)
	if err != nil {
		return err
	}
	n, err := everyName(ctx, reader, c)
	if err != nil {
		return err
	}
	after := ""
	for {
		page, err := reader.RunChanges(ctx, run, after, linesAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		people, err := userNames(ctx, reader, page)
		if err != nil {
			return err
		}
		for _, x := range page {
			after = x.ID
			if x.Subject == "config" {
				continue // what a manifest changed besides people
			}
			line, err := n.logged(x, people)
			if err != nil {
				return err
			}
			if err := each(line); err != nil {
				return err
			}
		}
	}
}

// userNames are those of the people whom changes are about, as they are now.
func userNames(ctx context.Context, reader store.Reader, changes []directory.Change) (map[string]string, error) {
	ids := map[string]bool{}
	for _, x := range changes {
		if id, ok := strings.CutPrefix(x.Subject, "person:"); ok {
			ids[id] = true
		}
	}
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	people, err := reader.People(ctx, slices.Sorted(maps.Keys(ids))...)
	for _, x := range people {
		out[x.ID] = x.UserName
	}
	return out, err
}

// logged tells a change of the log as a line.
func (n *names) logged(x directory.Change, people map[string]string) (SyncChange, error) {
	c := SyncChange{ID: x.ID, Change: syncWord(x.Action), Fields: []string{}, Reason: x.Reason, Status: "done"}
	if id, ok := strings.CutPrefix(x.Subject, "person:"); ok {
		c.User, c.UserName = id, people[id]
	} else {
		c.UserName = n.group(strings.TrimPrefix(x.Subject, "group:"))
		c.Change = "group_" + strings.TrimPrefix(x.Action, "group.")
	}
	if x.Erased {
		c.Reason = "what it was is erased"
		return c, nil
	}
	before, err := logObject(x.Before)
	if err != nil {
		return c, fmt.Errorf("provision: change %s: %w", x.ID, err)
	}
	after, err := logObject(x.After)
	if err != nil {
		return c, fmt.Errorf("provision: change %s: %w", x.ID, err)
	}
	fields := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(merged(before, after))) {
		if untold(key, c.Change) {
			continue
		}
		v := FieldChange{Field: n.field(key), Before: before[key], After: after[key]}
		if key == "groups" {
			v.Before, v.After = n.groupNames(texts(v.Before)), n.groupNames(texts(v.After))
		}
		fields[seatField(v.Field)] = true
		if c.Change != "created" || key == "groups" || key == "seat" {
			c.Values = append(c.Values, v)
		}
	}
	for _, g := range x.Grants {
		r := RightChange{Kind: g.Kind, Target: n.target(directory.Grant{Entitlement: directory.Entitlement{Kind: directory.EntitlementKind(g.Kind), Target: g.Target}}), As: g.As, Rule: n.rules[g.Rule], Group: g.Group}
		fields[rightField(r)] = true
		if g.Gained {
			c.Gained = append(c.Gained, r)
		} else {
			c.Lost = append(c.Lost, r)
		}
	}
	c.Fields = append(c.Fields, slices.Sorted(maps.Keys(fields))...)
	return c, nil
}

// field tells the connection's name before an attribute of one of several accounts, in place of its id.
func (n *names) field(key string) string {
	id, attribute, ok := strings.Cut(key, "/")
	if name, known := n.connections[id]; ok && known {
		return name + "/" + attribute
	}
	return key
}

func logObject(text json.RawMessage) (map[string]any, error) {
	out := map[string]any{}
	if len(text) == 0 {
		return out, nil
	}
	return out, json.Unmarshal(text, &out)
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
