package admin

import (
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// Difference is one thing about a configuration that changes.
type Difference struct {
	Change string  `json:"change"` // created, updated, removed or reordered
	Kind   string  `json:"kind"`   // tenant, setting, connection, role, profile, company, status, seat_pool, agent_group, campaign, queue, strategy, rule or mapping_test
	Name   string  `json:"name"`
	Fields []Field `json:"fields,omitempty"`
}

// Field is one property of a configuration object. A nil Before or After stands for none.
type Field struct {
	Name   string `json:"name"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// object is one row of a configuration, with what people read of it.
type object struct {
	kind, id, name string
	by             directory.ManagedBy
	fields         []Field // in After
	row            any
}

type objectKey struct{ kind, id string }

func (o object) key() objectKey { return objectKey{o.kind, o.id} }

func byKey(list []object) map[objectKey]*object {
	m := make(map[objectKey]*object, len(list))
	for i, o := range list {
		m[o.key()] = &list[i]
	}
	return m
}

// put is a row that a difference writes; remove says that it goes.
type put struct {
	row    any
	remove bool
}

// compare returns what is different, for people, and the rows to write: removals first.
func compare(current, next *store.Configuration) ([]Difference, []put) {
	connections, companies := map[string]string{}, map[string]string{} // by their new names, so that renaming one is told once
	for _, c := range [2]*store.Configuration{current, next} {
		for _, x := range c.Connections {
			connections[x.ID] = x.Name
		}
		for _, x := range c.Companies {
			companies[x.ID] = x.Name
		}
	}
	before, after := objects(current, connections, companies), objects(next, connections, companies)
	var told []Difference
	var removals, puts []put
	had, has := byKey(before), byKey(after)
	for _, o := range slices.Backward(before) { // rules before what they name
		if has[o.key()] == nil {
			told = append(told, Difference{"removed", o.kind, o.name, changed(o.fields, nil)})
			removals = append(removals, put{o.row, true})
		}
	}
	for _, o := range after {
		old := had[o.key()]
		switch {
		case old == nil:
			told = append(told, Difference{"created", o.kind, o.name, changed(nil, o.fields)})
		case old.by != o.by || !reflect.DeepEqual(old.fields, o.fields):
			told = append(told, Difference{"updated", o.kind, o.name, changedOwner(*old, o)})
		case reflect.DeepEqual(old.row, o.row):
			continue
		}
		puts = append(puts, put{o.row, false})
	}
	for _, kind := range []string{"connection", "rule", "mapping_test"} {
		was, is := shared(kind, before, has), shared(kind, after, had)
		if !slices.EqualFunc(was, is, func(a, b object) bool { return a.id == b.id }) {
			told = append(told, Difference{"reordered", kind, "", []Field{{"order", namesOf(was), namesOf(is)}}})
		}
	}
	return told, append(removals, puts...)
}

// shared returns the objects of a kind that the other configuration has too, in their order: of connections and of rules
// it decides which wins.
func shared(kind string, list []object, other map[objectKey]*object) []object {
	var out []object
	for _, o := range list {
		if o.kind == kind && other[o.key()] != nil {
			out = append(out, o)
		}
	}
	return out
}

func namesOf(list []object) []string {
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = o.name
	}
	return names
}

// changed joins the properties of an object before and after, leaving out those that stay.
func changed(before, after []Field) []Field {
	var out []Field
	names := before
	if names == nil {
		names = after
	}
	for i, f := range names {
		c := Field{Name: f.Name}
		if before != nil {
			c.Before = before[i].After
		}
		if after != nil {
			c.After = after[i].After
		}
		if !reflect.DeepEqual(c.Before, c.After) {
			out = append(out, c)
		}
	}
	return out
}

// changedOwner is what changes about an object, and its owner where that changes.
func changedOwner(old, o object) []Field {
	out := changed(old.fields, o.fields)
	if old.by != o.by && !slices.ContainsFunc(out, func(f Field) bool { return f.Name == "managed_by" }) {
		out = append(out, Field{"managed_by", old.by, o.by})
	}
	return out
}
