package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// The bounds of one document. A manifest of five thousand rules stays well below them; what is above would only cost time
// and memory. The parser's time is quadratic in the keys of one mapping, in values left out and in documents, the scanner's
// in blank lines and in tabs, so those are bounded too.
const (
	maxBytes      = 4 << 20
	maxIndicators = 1_000_000 // of the characters that may begin a token
	maxTokens     = 250_000
	maxDepth      = 32    // collections within one another
	maxKeys       = 1_000 // in one block mapping
	maxOmitted    = 1_000 // keys and list entries without a value
	maxBlank      = 1_000 // lines without text in a row
	maxTabs       = 100   // in one line
	maxFancy      = 100   // of what is refused one by one
)

// indicators are the characters that YAML 1.2 §5.3 gives a meaning.
const indicators = "-?:,[]{}#&*!|>'\"%@`"

// shape follows the collections of a document through its tokens, to know their depth and length before anything is built.
type shape struct {
	open    []collection
	flow    int // how many of the open ones stand in brackets
	omitted int
	headers int // lines of ---
	ends    int // lines of ...
	fancy   int // anchors, aliases, tags and keys after ?
}

const oneDocument = "a second document begins; a file holds one"

// collection is one that is open: in brackets, or a block of one column.
type collection struct {
	kind    token.Type // MappingStart, SequenceStart, or MappingValue and SequenceEntry for blocks
	column  int
	entries int
	colon   bool // the entry in brackets has a ':'
}

// exceeds returns the first token that goes beyond a bound, or begins what a plain document does not have, with what is
// wrong; or nil.
func exceeds(tokens token.Tokens) (*token.Token, string) {
	if len(tokens) > maxTokens {
		return tokens[maxTokens], fmt.Sprintf("the file has more than %d keys, values and signs; split it or remove some", maxTokens)
	}
	var s shape
	for _, t := range tokens {
		switch s.add(t); {
		case t.Type == token.DirectiveType:
			return t, "directives (%) are not supported; remove the line"
		case s.fancy > maxFancy:
			return t, "anchors (&), aliases (*), tags (!) and keys after ? are not supported; write plain keys and values"
		case s.headers > 1 || s.ends > 1:
			return t, oneDocument
		case len(s.open) > maxDepth:
			return t, fmt.Sprintf("nested more than %d deep", maxDepth)
		case s.omitted > maxOmitted:
			return t, fmt.Sprintf("more than %d keys and list entries have no value", maxOmitted)
		case len(s.open) > 0 && s.open[len(s.open)-1].entries > maxKeys:
			return t, fmt.Sprintf("more than %d keys in one mapping", maxKeys)
		}
	}
	return nil, ""
}

func (s *shape) add(t *token.Token) {
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		s.open = append(s.open, collection{kind: t.Type})
		s.flow++
	case token.MappingEndType, token.SequenceEndType, token.CollectEntryType:
		s.endEntry(t)
	case token.MappingValueType:
		if s.flow > 0 {
			s.open[len(s.open)-1].colon = true
		} else if t.Prev != nil {
			s.block(t.Type, t.Prev.Position.Column)
		}
		if t.Prev != nil && omits(t, t.Prev.Position.Column) {
			s.omitted++
		}
	case token.DocumentHeaderType:
		s.headers++
	case token.DocumentEndType:
		s.ends++
	case token.AnchorType, token.AliasType, token.TagType, token.MappingKeyType:
		s.fancy++
	case token.SequenceEntryType:
		if s.flow == 0 {
			s.block(t.Type, t.Position.Column)
		}
		if omits(t, t.Position.Column) {
			s.omitted++
		}
	default: // scalars and comments open nothing
	}
}

// omits reports whether nothing but a token of the same or an outer block follows t, which introduces a value.
func omits(t *token.Token, column int) bool {
	next := t.Next
	for next != nil && next.Type == token.CommentType {
		next = next.Next
	}
	if next == nil {
		return true
	}
	switch next.Type {
	case token.CollectEntryType, token.MappingEndType, token.SequenceEndType:
		return true
	case token.SequenceEntryType: // of a list in the column of the key that it belongs to, when t is a colon
		return t.Type == token.SequenceEntryType && next.Position.Column <= column
	default:
		return next.Position.Line > t.Position.Line && next.Position.Column <= column
	}
}

// block enters the block collection of that kind and column, leaving those that are further in.
func (s *shape) block(kind token.Type, column int) {
	for n := len(s.open); n > 0; n = len(s.open) {
		top := &s.open[n-1]
		if top.kind == kind && top.column == column {
			if kind == token.MappingValueType {
				top.entries++
			}
			return
		}
		// A list may stand in the column of the key that it belongs to.
		if top.column < column || top.column == column && kind == token.SequenceEntryType {
			break
		}
		s.open = s.open[:n-1]
	}
	s.open = append(s.open, collection{kind: kind, column: column})
}

// endEntry ends an entry in brackets and, at a closing bracket, its collection and the blocks within.
func (s *shape) endEntry(t *token.Token) {
	if s.flow == 0 {
		return
	}
	top := &s.open[len(s.open)-1]
	if top.kind == token.MappingStartType && !top.colon && t.PreviousType() != token.MappingStartType {
		s.omitted++
	}
	top.colon = false
	if t.Type != token.CollectEntryType {
		s.open = s.open[:len(s.open)-1]
		s.flow--
	}
}
