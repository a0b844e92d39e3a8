package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// load reads a file, of which no more than a document may hold.
func load(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}

// reader walks one document and collects what is wrong with it.
type reader struct {
	file   string
	faults Faults
}

// root parses the document and returns its top, which is the zero node when the document is empty. When it is not YAML, or
// exceeds a bound, that is a fault and false.
func (r *reader) root(data []byte) (node, bool) {
	data = bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	if !r.readable(data) {
		return node{}, false
	}
	tokens := scan(string(data))
	if t, text := exceeds(tokens); t != nil {
		r.add(position(t), "", text)
		return node{}, false
	}
	file, err := parse(tokens)
	if err != nil {
		r.malformed(err)
		return node{}, false
	}
	return r.body(file), true
}

// readable checks what holds for the bytes: their number, UTF-8, no control characters, and what costs the scanner too much.
func (r *reader) readable(data []byte) bool {
	if len(data) > maxBytes {
		r.add(place{}, "", fmt.Sprintf("is larger than %d bytes", maxBytes))
		return false
	}
	signs, blank, tabs, at := 0, 0, 0, place{1, 1}
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		i += size
		text := ""
		switch {
		case c == utf8.RuneError && size == 1:
			text = "is not valid UTF-8"
		case c == '\n':
			if blank++; blank > maxBlank {
				text = fmt.Sprintf("more than %d lines without text", maxBlank)
			}
		case c == '\t':
			if tabs++; tabs > maxTabs {
				text = fmt.Sprintf("more than %d tabs in one line", maxTabs)
			}
		case c < ' ' || c == 0x7f:
			text = fmt.Sprintf("control character %U; remove it, or write it as an escape in double quotes", c)
		case strings.ContainsRune(indicators, c):
			if signs++; signs > maxIndicators {
				text = fmt.Sprintf("more than %d signs (%s) in the file; split it or remove some", maxIndicators, indicators)
			}
		}
		if text != "" {
			r.add(at, "", text)
			return false
		}
		at.column++
		switch c {
		case '\n':
			at, tabs = place{at.line + 1, 1}, 0
		case ' ', '\t':
		default:
			blank = 0
		}
	}
	return true
}

// scan returns the tokens up to the end, or to the first that is none.
func scan(text string) token.Tokens {
	var s scanner.Scanner
	s.Init(text)
	var all token.Tokens
	for {
		tokens, err := s.Scan()
		all.Add(tokens...)
		if err != nil {
			return all
		}
	}
}

// parse builds the tree. The parser is a foreign one and its input is anybody's, so its panics are faults like others.
func parse(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("is not YAML that can be read: %v", p)
		}
	}()
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// malformed reports what the parser could not read.
func (r *reader) malformed(err error) {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil {
		r.add(place{}, "", err.Error())
		return
	}
	text := syntax.Message
	switch t := syntax.Token; {
	case strings.Contains(text, "'\t'"):
		text = "a tab; indent with spaces"
	case t.PreviousType() == token.MappingEndType, strings.Contains(text, "flow map content"):
		text += "; put a text that begins with { in quotes"
	}
	r.add(position(syntax.Token), "", text)
}

// body returns the top of the only document, and reports what a plain document must not have.
func (r *reader) body(file *ast.File) node {
	var top ast.Node
	for _, d := range file.Docs {
		switch {
		case d.Body == nil:
		case top != nil:
			r.add(wrap(d.Body, "", place{}).place, "", oneDocument)
		default:
			top = d.Body
		}
	}
	if top == nil {
		return node{place: place{1, 1}}
	}
	ast.Walk(plainness{r}, top)
	return wrap(top, "", place{1, 1})
}

// plainness visits a tree and reports what makes a document say something else than what is written.
type plainness struct{ r *reader }

func (p plainness) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		p.r.add(position(n.Start), "", "anchors (&) are not supported; write the value out where it is needed")
	case *ast.AliasNode:
		p.r.add(position(n.Start), "", "aliases (*) are not supported; write the value out, or put a text that begins with * in quotes")
	case *ast.TagNode:
		p.r.add(position(n.Start), "", "tags (!) are not supported; remove it, or put a text that begins with ! in quotes")
	case *ast.MergeKeyNode:
		p.r.add(position(n.Token), "", "merge keys (<<) are not supported; write the keys out")
	}
	return p
}
