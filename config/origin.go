package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// readFile takes what the configuration file says.
func (l *loader) readFile(data []byte) {
	top, ok := l.root(data)
	if !ok {
		return
	}
	var keys []string
	for _, v := range variables {
		keys = append(keys, v.key)
		if v.secret {
			keys = append(keys, v.key+"_file")
		}
	}
	f, _ := l.fields(top, keys...)
	for _, v := range variables {
		value, file := f[v.key], f[v.key+"_file"]
		switch {
		case value.given() && file.given():
			l.fault(file, "%s is given too; keep one of the two", v.key)
		case file.given():
			if path, ok := l.name(file, maxPath); ok {
				l.putFile(v, path, l.at(file))
			}
		case value.given():
			l.put(v, l.items(v, value))
		}
	}
}

// items returns the values of a key: the elements of a list where one may be, or a text.
func (l *loader) items(v variable, n node) []item {
	nodes := []node{n}
	if _, list := n.value.(*ast.SequenceNode); list && v.many {
		nodes = l.list(n, maxItems)
	}
	var items []item
	for _, n := range nodes {
		if text, ok := l.text(n); ok {
			items = append(items, v.split(text, l.at(n))...)
		}
	}
	return items
}

// at returns a fault at the node, without a text.
func (l *loader) at(n node) Fault {
	return Fault{File: l.file, Line: n.line, Column: n.column, Path: n.path}
}

// maxPath, maxItems and maxSecret bound a path in characters, a list, and a secret's file in bytes.
const (
	maxPath   = 4096
	maxItems  = 1_000
	maxSecret = 64 << 10
)

// split parts a text at its commas where several values may be; an empty text is no value.
func (v variable) split(text string, at Fault) []item {
	texts := []string{text}
	if v.many {
		texts = strings.Split(text, ",")
	}
	var items []item
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			items = append(items, item{t, at})
		}
	}
	return items
}

// putFile gives a secret the value that stands in a file.
func (l *loader) putFile(v variable, path string, at Fault) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		l.report(at, fmt.Sprintf("the file %s %s", strconv.Quote(path), cannotRead(err)))
		return
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err == nil && len(data) > maxSecret {
		err = errors.New("it is larger than a secret")
	}
	if err != nil {
		l.report(at, fmt.Sprintf("the file %s %s", strconv.Quote(path), cannotRead(err)))
		return
	}
	items := v.split(string(data), at)
	if len(items) == 0 {
		l.report(at, fmt.Sprintf("the file %s is empty", strconv.Quote(path)))
	}
	l.put(v, items)
}

const environmentPrefix = "ROLLCALL_"

// readEnvironment takes what the variables say.
func (l *loader) readEnvironment(environ []string) {
	values := l.environment(environ)
	for _, v := range variables {
		name, file := v.name(), v.name()+"_FILE"
		switch {
		case values[name] != "" && v.secret && values[file] != "":
			l.report(Fault{Path: file}, name+" is set too; keep one of the two")
		case v.secret && values[file] != "":
			l.putFile(v, values[file], Fault{Path: file})
		case values[name] != "":
			l.put(v, v.split(values[name], Fault{Path: name}))
		}
	}
}

// environment returns the values of our variables by name, the first of each as the system has it, and reports those that
// the program does not know.
func (l *loader) environment(environ []string) map[string]string {
	known := Variables()
	bare := func(yield func(string) bool) {
		for _, name := range known {
			if !yield(strings.TrimPrefix(name, environmentPrefix)) {
				return
			}
		}
	}
	values := make(map[string]string)
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		rest, ours := strings.CutPrefix(name, environmentPrefix)
		if _, again := values[name]; again || !ours {
			continue
		}
		values[name] = value
		switch {
		case slices.Contains(known, name):
			if !utf8.ValidString(value) {
				l.report(Fault{Path: name}, "is not valid UTF-8")
				values[name] = ""
			}
		case foreign(name, value):
		default:
			hint := nearest(rest, bare)
			if hint != "" {
				hint = "; did you mean " + environmentPrefix + hint + "?"
			}
			l.report(Fault{Path: quoteUnlessPlain(name)}, "unknown variable"+hint)
		}
	}
	return values
}

// orchestrated are the variables that Kubernetes and Docker links make in every container for each service whose name
// begins with rollcall.
var orchestrated = regexp.MustCompile(
	`^ROLLCALL_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$`)

// ofClients are the names under which whoever calls a gateway keeps its address and a token, as the README's examples do.
var ofClients = []string{"ROLLCALL_URL", "ROLLCALL_TOKEN"}

// foreign reports whether a variable is none of ours in spite of its name.
func foreign(name, value string) bool {
	return strings.HasPrefix(name, "ROLLCALL_TEST_") || strings.HasPrefix(name, "ROLLCALL_BENCH_") || name == "ROLLCALL_AS" || // the command line's --as
		slices.Contains(ofClients, name) ||
		orchestrated.MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}
