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
		}
		if t.Name, ok = m.name(f["name"], maxName); ok {
			m.declare(known, f["name"], "test", t.Name, false)
			m.spec.Tests = append(m.spec.Tests, t)
		}
	}
}

// readPerson reads the attributes of somebody invented, as SCIM names them. An extension's attribute needs no URN where its
// name is one extension's only.
func (m *manifest) readPerson(n node) directory.Attributes {
	entries, _ := m.entries(n)
	if len(entries) == 0 {
		return nil
	}
	doc := directory.Attributes{}
	for _, e := range entries {
		urn, rest := schema.SplitURN(e.key, schema.User)
		whole, found := schema.User.Resolve(e.key, "", "")
		switch {
		case found && whole.Extension():
			m.extension(doc, e, whole.Schema.ID)
		default:
			m.attribute(doc, e, urn, rest)
		}
	}
	return doc
}

// extension reads the attributes that stand under an extension's URN.
func (m *manifest) extension(doc directory.Attributes, e entry, urn string) {
	entries, _ := m.entries(e.node)
	for _, e := range entries {
		m.attribute(doc, e, urn, e.key)
	}
}

// attribute reads one attribute into the document, in the form in which directories' statements are kept.
func (m *manifest) attribute(doc directory.Attributes, e entry, urn, name string) {
	ref, ok := schema.User.ResolveLoose(urn, name, "")
	if !ok {
		m.add(e.at, e.path, fmt.Sprintf("a user has no attribute %s%s", quote(e.key), m.nearAttribute(e.key)))
		return
	}
	if err := stated(ref); err != nil {
		m.add(e.at, e.path, err.Error())
		return
	}
	before := len(m.faults)
	raw := m.plainValue(e.node, ref.Attr)
	if len(m.faults) > before {
		return
	}
	value, problems := schema.NormalizeValue(ref, raw, schema.Leniency{SingleAsArray: true, ComplexFromString: true})
	for _, p := range problems {
		m.fault(e.node, "%s %s", p.Path, p.Detail)
	}
	if value == nil || len(problems) > 0 {
		return
	}
	into := doc
	if ref.Extension() {
		into, ok = doc[ref.Schema.ID].(map[string]any)
		if !ok {
			into = map[string]any{}
			doc[ref.Schema.ID] = into
		}
	}
	if into[ref.Attr.Name] != nil {
		m.add(e.at, e.path, fmt.Sprintf("%s is there already", ref))
		return
	}
	into[ref.Attr.Name] = value
}

// plainValue turns what stands in the file into decoded JSON. Parts of a complex attribute have to be its own.
func (m *manifest) plainValue(n node, a *schema.Attribute) any {
	switch v := n.value.(type) {
	case *ast.MappingNode:
		object := map[string]any{}
		entries, _ := m.entries(n)
		for _, e := range entries {
			sub := a.SubAttribute(e.key)
			if sub == nil {
				m.add(e.at, e.path, fmt.Sprintf("%s has no part %s%s", a.Name, quote(e.key), m.near(e.key, parts(a))))
				continue
			}
			object[sub.Name] = m.plainValue(e.node, sub)
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
