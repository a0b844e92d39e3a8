package config

import (
	"fmt"
	"iter"
	"math"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// The bounds of one mapping test.
const (
	maxTestGroups   = 1_000
	maxTestElements = 100 // of an attribute with several values
	maxTestNumber   = math.MaxInt64
)

// readTests reads the mapping tests: somebody invented, and what the rules must give them.
func (m *manifest) readTests(n node) {
	known := make(names)
	for _, n := range m.list(n, maxTests) {
		f, ok := m.keyed(n, testSection)
		if !ok {
			continue
		}
		t := directory.MappingTest{
			Attributes: m.readPerson(f["user"]), Connection: m.one(f["connection"], m.connections, "connection"), ManagedBy: directory.ByManifest,
		}
		lines := make(map[string]int)
		for _, n := range m.list(f["groups"], maxTestGroups) {
			if name, ok := m.name(n, maxGroup); ok && m.once(lines, n, "group", name) {
				t.Groups = append(t.Groups, name)
			}
		}
		if f["expect"].value == nil {
			m.fault(f["expect"], "is required: what the rules give them, or {} for nothing")
		}
		if expect, ok := m.keyed(f["expect"], expectSection); ok {
			t.Expect = m.readOutputs(expect, m.readMadeGroups)
			none(expect["roles"], &t.Expect.Roles)
			none(expect["options"], &t.Expect.Options)
			none(expect["agent_groups"], &t.Expect.AgentGroups)
			none(expect["campaigns"], &t.Expect.Campaigns)
			none(expect["queues"], &t.Expect.Queues)
			none(expect["strategies"], &t.Expect.Strategies)
		}
		if t.Name, ok = m.name(f["name"], maxName); ok {
			m.declare(known, f["name"], "test", t.Name, false)
			m.spec.Tests = append(m.spec.Tests, t)
		}
	}
}

// none keeps that a list is there and empty, which expects none of its kind.
func none[T any](n node, list *[]T) {
	if n.given() && *list == nil {
		*list = []T{}
	}
}

// readPerson reads the attributes of somebody invented, as SCIM names them and as they are written. An extension's attribute
// needs no URN where its name is one extension's only.
func (m *manifest) readPerson(n node) directory.Attributes {
	entries, _ := m.entries(n)
	if len(entries) == 0 {
		return nil
	}
	doc, taken := directory.Attributes{}, make(map[string]bool)
	for _, e := range entries {
		whole, found := schema.User.Resolve(e.key, "", "")
		_, mapping := e.value.(*ast.MappingNode)
		if !found || !whole.Extension() || !mapping {
			m.attribute(doc, taken, e, "")
			continue
		}
		extension := map[string]any{}
		entries, _ := m.entries(e.node)
		for _, e := range entries {
			m.attribute(extension, taken, e, whole.Schema.ID)
		}
		doc[e.key] = extension
	}
	return doc
}

// attribute reads one attribute, which may stand there once.
func (m *manifest) attribute(into map[string]any, taken map[string]bool, e entry, urn string) {
	ref, ok := schema.User.ResolveLoose(urn, e.key, "")
	if !ok {
		m.add(e.at, e.path, fmt.Sprintf("a user has no attribute %s%s", quote(e.key), m.nearAttribute(e.key)))
		return
	}
	if err := stated(ref); err != nil {
		m.add(e.at, e.path, err.Error())
		return
	}
	if taken[ref.String()] {
		m.add(e.at, e.path, fmt.Sprintf("%s is there already", ref))
		return
	}
	taken[ref.String()] = true
	before := len(m.faults)
	value := m.plainValue(e.node, ref.Attr)
	if len(m.faults) > before {
		return
	}
	if _, problems := schema.NormalizeValue(ref, value, schema.AllLenient); len(problems) > 0 {
		for _, p := range problems {
			m.fault(e.node, "%s %s", p.Path, p.Detail)
		}
		return
	}
	into[e.key] = value
}

// plainValue turns what stands in the file into decoded JSON. Parts of a complex attribute have to be its own.
func (m *manifest) plainValue(n node, a *schema.Attribute) any {
	switch v := n.value.(type) {
	case *ast.MappingNode:
		object := map[string]any{}
		entries, _ := m.entries(n)
		taken := make(map[string]bool)
		for _, e := range entries {
			sub := a.SubAttribute(e.key)
			if sub != nil && taken[sub.Name] {
				m.add(e.at, e.path, fmt.Sprintf("%s is there already", sub.Name))
				continue
			}
			if sub == nil {
				m.add(e.at, e.path, fmt.Sprintf("%s has no part %s%s", a.Name, quote(e.key), m.near(e.key, parts(a))))
				continue
			}
			taken[sub.Name] = true
			object[e.key] = m.plainValue(e.node, sub)
		}
		return object
	case *ast.SequenceNode:
		elements := []any{}
		for _, n := range m.list(n, maxTestElements) {
			if _, list := n.value.(*ast.SequenceNode); list {
				m.fault(n, "must be one value, not a list")
				continue
			}
			elements = append(elements, m.plainValue(n, a))
		}
		return elements
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode:
		switch i := v.Value.(type) {
		case int64:
			return i
		case uint64:
			if i <= maxTestNumber {
				return int64(i)
			}
		}
		m.fault(n, "the number is too large")
		return nil
	case *ast.FloatNode:
		return v.Value
	case *ast.NullNode, nil:
		return nil
	}
	text, _ := m.text(n)
	return text
}

// parts yields the names of an attribute's parts.
func parts(a *schema.Attribute) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range a.Sub {
			if !yield(s.Name) {
				return
			}
		}
	}
}
