package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
)

// readSettings reads the settings, written as dotted names, as mappings within one another, or both, and returns their
// canonical texts by dotted name. Nil when there are none.
func (m *manifest) readSettings(n node) map[string]string {
	if !n.given() {
		return nil
	}
	s := settings{m, make(map[string]string), make(map[string]int)}
	s.mapping(n, "")
	return s.values
}

type settings struct {
	m      *manifest
	values map[string]string
	lines  map[string]int
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
	line, again := s.lines[name]
	switch {
	case !known:
		s.m.add(e.at, e.path, "unknown setting"+s.hint(name))
		return
	case again:
		s.m.add(e.at, e.path, fmt.Sprintf("the setting is already on line %d", line))
		return
	}
	s.lines[name] = e.at.line
	value, ok := s.m.scalar(e.node)
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

// hint names the setting that is nearest, else those that begin alike, else all.
func (s settings) hint(name string) string {
	var all, alike []string
	head, _, _ := strings.Cut(name, ".")
	for _, setting := range directory.Settings() {
		all = append(all, setting.Name)
		if strings.HasPrefix(setting.Name, head+".") {
			alike = append(alike, setting.Name)
		}
	}
	if hint := s.m.near(name, slices.Values(all)); hint != "" {
		return hint
	}
	if len(alike) == 0 {
		alike = all
	}
	return "; known are " + strings.Join(alike, ", ")
}
