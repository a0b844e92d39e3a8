package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
)

// maxWords bounds the list of one setting.
const maxWords = 50

// readSettings reads the settings, written as dotted names, as mappings within one another, or both, and keeps their
// canonical texts by dotted name. Nil when there are none. It returns where each stands.
func (m *manifest) readSettings(n node) map[string]node {
	if !n.given() {
		return nil
	}
	s := settings{m, make(map[string]string), make(map[string]node)}
	s.mapping(n, "")
	m.spec.Settings = s.values
	return s.nodes
}

type settings struct {
	m      *manifest
	values map[string]string
	nodes  map[string]node
}

// mapping reads the settings whose names begin with the prefix, which is "" or ends with a dot.
func (s settings) mapping(n node, prefix string) {
	entries, _ := s.m.entries(n)
	for _, e := range entries {
		name := prefix + e.key
		_, nested := e.value.(*ast.MappingNode)
		if _, known := directory.SettingNamed(name); !known && nested {
			s.mapping(e.node, name+".")
			continue
		}
		s.setting(e, name)
	}
}

func (s settings) setting(e entry, name string) {
	setting, known := directory.SettingNamed(name)
	before, again := s.nodes[name]
	switch {
	case !known:
		s.m.add(e.at, e.path, "unknown setting"+s.hint(name))
		return
	case again:
		s.m.add(e.at, e.path, fmt.Sprintf("the setting is already on line %d", before.line))
		return
	}
	at := e.node
	at.line = e.at.line
	s.nodes[name] = at
	value, ok := s.value(e.node, setting.Type)
	if !ok {
		return
	}
	canonical, err := setting.Check(value)
	if err != nil {
		s.m.fault(e.node, "%s %v", quote(value), err)
		return
	}
	s.values[name] = canonical
}

// value returns the text of a setting: a list may be written as one, or as text with commas.
func (s settings) value(n node, form directory.SettingType) (string, bool) {
	if _, list := n.value.(*ast.SequenceNode); !list || form != directory.ListSetting {
		return s.m.scalar(n)
	}
	var words []string
	sound := true
	for _, n := range s.m.list(n, maxWords) {
		word, ok := s.m.text(n)
		if ok && strings.Contains(word, ",") {
			s.m.fault(n, "write each word as one entry of the list, without a comma")
			ok = false
		}
		sound = sound && ok
		words = append(words, word)
	}
	return strings.Join(words, ","), sound
}

// hint names the setting that is nearest, or says where they are listed.
func (s settings) hint(name string) string {
	var all []string
	for _, setting := range directory.Settings() {
		all = append(all, setting.Name)
	}
	return s.m.dotted(name, all, "docs/settings.md")
}

// maxAlike bounds how many names a hint lists.
const maxAlike = 12

// dotted returns a hint for a dotted name that is none of all: the nearest one, else those that begin alike, else the page
// that lists them.
func (r *reader) dotted(name string, all []string, page string) string {
	var alike []string
	head, _, _ := strings.Cut(name, ".")
	for _, known := range all {
		if first, _, _ := strings.Cut(known, "."); first == head {
			alike = append(alike, known)
		}
	}
	switch hint := r.near(name, slices.Values(all)); {
	case hint != "":
		return hint
	case len(alike) > maxAlike:
		return "; known are " + strings.Join(alike[:maxAlike], ", ") + " and more"
	case len(alike) > 0:
		return "; known are " + strings.Join(alike, ", ")
	default:
		return "; " + page + " lists them"
	}
}
