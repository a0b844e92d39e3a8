package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may lie in one another.
const MaxDepth = 32

// SyntaxError says where and how a text is not the JSON that [Decode] accepts. Its text may be shown to a client.
type SyntaxError struct {
	Offset int    // in bytes from the start
	Detail string // what is wrong
}

// Error returns the place and what is wrong there.
func (e *SyntaxError) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.Detail
}

// Decode reads one JSON object: strings, bools, int64 for whole numbers that fit and float64 for others, []any,
// map[string]any and nil. It is stricter than encoding/json: nothing may follow the object, no two names of an object
// may be equal or differ only in the case of ASCII letters, strings must be valid Unicode, and nesting ends at
// [MaxDepth]. Every error is a [*SyntaxError]. How long b may be is the caller's business.
func Decode(b []byte) (map[string]any, error) {
	if !utf8.Valid(b) {
		return nil, &SyntaxError{Offset: invalidByte(b), Detail: "not valid UTF-8"}
	}
	d := decoder{src: string(b), members: make([]member, 0, 24), elements: make([]any, 0, 8)}
	d.space()
	if d.peek() != '{' {
		return nil, d.fault("expected an object")
	}
	value, err := d.value(1)
	if err != nil {
		return nil, err
	}
	if d.space(); d.at < len(d.src) {
		return nil, d.fault("unexpected text after the object")
	}
	object, _ := value.(map[string]any)
	return object, nil
}

func invalidByte(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(b)
}

// decoder reads src, which is one string so that what it yields are parts of it and not copies.
type decoder struct {
	src      string
	at       int
	members  []member // of the objects that are being read, the innermost last
	elements []any    // of the arrays that are being read, the innermost last
}

type member struct {
	name  string
	value any
	at    int
}

func (d *decoder) fault(format string, args ...any) error {
	return &SyntaxError{Offset: d.at, Detail: fmt.Sprintf(format, args...)}
}

// peek returns the next byte, or 0 at the end: no JSON has a bare NUL.
func (d *decoder) peek() byte {
	if d.at < len(d.src) {
		return d.src[d.at]
	}
	return 0
}

func (d *decoder) space() {
	for d.at < len(d.src) {
		switch d.src[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// value reads what stands at d.at, which is not white space. depth counts the objects and arrays that this value, if it is
// one, makes open.
func (d *decoder) value(depth int) (any, error) {
	switch c := d.peek(); {
	case c == '"':
		s, err := d.text()
		return s, err
	case c == '{' || c == '[':
		if depth > MaxDepth {
			return nil, d.fault("nested more than %d deep", MaxDepth)
		}
		if c == '{' {
			return d.object(depth)
		}
		return d.array(depth)
	case c == '-' || '0' <= c && c <= '9':
		return d.number()
	case c == 't':
		return true, d.literal("true")
	case c == 'f':
		return false, d.literal("false")
	case c == 'n':
		return nil, d.literal("null")
	case d.at >= len(d.src):
		return nil, d.fault("unexpected end")
	}
	return nil, d.fault("expected a value")
}

func (d *decoder) literal(word string) error {
	if !strings.HasPrefix(d.src[d.at:], word) {
		return d.fault("expected a value")
	}
	d.at += len(word)
	return nil
}

func (d *decoder) array(depth int) (any, error) {
	base := len(d.elements)
	d.at++
	d.space()
	if d.peek() == ']' {
		d.at++
		return []any{}, nil
	}
	for {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		d.elements = append(d.elements, v)
		d.space()
		switch d.peek() {
		case ',':
			d.at++
			d.space()
		case ']':
			d.at++
			array := make([]any, len(d.elements)-base)
			copy(array, d.elements[base:])
			d.elements = d.elements[:base]
			return array, nil
		default:
			return nil, d.fault("expected , or ] in an array")
		}
	}
}

func (d *decoder) object(depth int) (any, error) {
	base := len(d.members)
	d.at++
	d.space()
	if d.peek() == '}' {
		d.at++
		return map[string]any{}, nil
	}
	for {
		at := d.at
		if d.peek() != '"' {
			return nil, d.fault("expected a name in double quotes")
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		d.space()
		if d.peek() != ':' {
			return nil, d.fault("expected : after a name")
		}
		d.at++
		d.space()
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		d.members = append(d.members, member{name, v, at})
		d.space()
		switch d.peek() {
		case ',':
			d.at++
			d.space()
		case '}':
			d.at++
			object, err := makeObject(d.members[base:])
			d.members = d.members[:base]
			return object, err
		default:
			return nil, d.fault("expected , or } in an object")
		}
	}
}

func makeObject(members []member) (any, error) {
	if again := duplicate(members); again >= 0 {
		return nil, &SyntaxError{Offset: members[again].at, Detail: "the same name twice in one object (case does not count)"}
	}
	object := make(map[string]any, len(members))
	for _, m := range members {
		object[m.name] = m.value
	}
	return object, nil
}

// duplicate returns the place of the first name that repeats an earlier one, or -1.
func duplicate(members []member) int {
	if len(members) > 16 {
		seen := make(map[string]struct{}, len(members))
		for i, m := range members {
			name := strings.Map(func(r rune) rune {
				if 'A' <= r && r <= 'Z' {
					r += 'a' - 'A'
				}
				return r
			}, m.name)
			if _, twice := seen[name]; twice {
				return i
			}
			seen[name] = struct{}{}
		}
		return -1
	}
	for i := 1; i < len(members); i++ {
		for _, m := range members[:i] {
			if sameName(m.name, members[i].name) {
				return i
			}
		}
	}
	return -1
}

func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}
