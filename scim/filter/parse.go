package filter

import (
	"strings"
	"unicode/utf8"
)

// The bounds of one filter or path. They are far above what any client needs and far below what could hurt.
const (
	MaxLength = 8192 // bytes
	MaxDepth  = 32   // parentheses and brackets within one another
	MaxTerms  = 200  // comparisons and presence tests
)

// Parse reads a filter (RFC 7644 §3.4.2.2). Attribute names are kept as written; operators, "and", "or", "not", "true",
// "false" and "null" may be in any case. Spaces around the filter and runs of spaces are tolerated, and what stands between
// brackets may use everything but further brackets (errata 4690, 7322). Every error is a [*SyntaxError].
func Parse(s string) (Expr, error) { return parse(s, false) }

// ParseLenient reads a filter as [Parse] does and also accepts strings without quotes, up to the next space or closing
// bracket, as some identity providers send them: userName eq jyoung.
func ParseLenient(s string) (Expr, error) { return parse(s, true) }

func parse(s string, lenient bool) (Expr, error) {
	p := parser{s: s, lenient: lenient}
	if err := p.start("filter"); err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.s) {
		return nil, p.expected(`"and", "or" or the end of the filter`)
	}
	return e, nil
}

type parser struct {
	s       string
	at      int // offset of the next byte
	depth   int
	terms   int
	lenient bool
	within  bool // between brackets
}

// start checks what holds for the whole text and skips the spaces around it.
func (p *parser) start(what string) *SyntaxError {
	if len(p.s) > MaxLength {
		return &SyntaxError{MaxLength, "the " + what + " is longer than 8192 bytes"}
	}
	for i := 0; i < len(p.s); {
		if c := p.s[i]; c < utf8.RuneSelf {
			if c == 0 {
				return fail(i, "the %s holds a NUL character", what)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(p.s[i:])
		if r == utf8.RuneError && size == 1 {
			return fail(i, "the %s is not valid UTF-8", what)
		}
		i += size
	}
	p.s = strings.TrimRight(p.s, " ")
	p.spaces()
	if p.at == len(p.s) {
		return &SyntaxError{p.at, "the " + what + " is empty"}
	}
	return nil
}

// or reads terms joined by "or"; with and and not it is the grammar's precedence, loosest first.
func (p *parser) or() (Expr, *SyntaxError) {
	x, err := p.and()
	if err != nil || !p.word("or") {
		return x, err
	}
	terms := []Expr{x}
	for ok := true; ok; ok = p.word("or") {
		if x, err = p.and(); err != nil {
			return nil, err
		}
		terms = append(terms, x)
	}
	return &Or{terms}, nil
}

func (p *parser) and() (Expr, *SyntaxError) {
	x, err := p.term()
	if err != nil || !p.word("and") {
		return x, err
	}
	terms := []Expr{x}
	for ok := true; ok; ok = p.word("and") {
		if x, err = p.term(); err != nil {
			return nil, err
		}
		terms = append(terms, x)
	}
	return &And{terms}, nil
}

// term reads a group, a negated group, or one test of an attribute, and the spaces that follow it.
func (p *parser) term() (Expr, *SyntaxError) {
	if p.peek() == '(' {
		return p.group()
	}
	begin := p.at
	token := p.attrToken()
	if len(token) == 3 && strings.EqualFold(token, "not") {
		p.spaces()
		if p.peek() != '(' {
			return nil, p.expected(`"(" after "not"`)
		}
		x, err := p.group()
		if err != nil {
			return nil, err
		}
		return &Not{x}, nil
	}
	a, ok := parseAttr(token)
	if !ok || strings.EqualFold(token, "and") || strings.EqualFold(token, "or") {
		p.at = begin
		return nil, p.expected("the name of an attribute")
	}
	if p.peek() == '[' {
		return p.valuePath(begin, a)
	}
	return p.test(a)
}

// group reads "(" filter ")".
func (p *parser) group() (Expr, *SyntaxError) {
	x, err := p.nested(')')
	p.spaces()
	return x, err
}

// nested reads an opening bracket, a filter, and the bracket that closes it.
func (p *parser) nested(closing byte) (Expr, *SyntaxError) {
	if p.depth++; p.depth > MaxDepth {
		return nil, fail(p.at, "more than %d brackets are open", MaxDepth)
	}
	p.at++
	p.spaces()
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek() != closing {
		return nil, p.expected(`"and", "or" or "` + string(closing) + `"`)
	}
	p.at++
	p.depth--
	return x, nil
}

// valuePath reads "[" filter "]" after an attribute, and a test of one of its sub-attributes when one follows.
func (p *parser) valuePath(begin int, a Attr) (Expr, *SyntaxError) {
	v, err := p.brackets(begin, a)
	if err != nil {
		return nil, err
	}
	sub, err := p.sub()
	if err != nil {
		return nil, err
	}
	if sub != "" {
		v.Then, err = p.test(Attr{Name: sub})
	}
	p.spaces()
	return v, err
}

func (p *parser) brackets(begin int, a Attr) (*ValuePath, *SyntaxError) {
	if p.within {
		return nil, fail(p.at, `found "[", but brackets must not stand within brackets`)
	}
	if a.Name == "" || a.Sub != "" {
		return nil, fail(begin, `found %q, but "[" must follow an attribute, not a schema or a sub-attribute`, shorten(a.String()))
	}
	p.within = true
	x, err := p.nested(']')
	p.within = false
	if err != nil {
		return nil, err
	}
	return &ValuePath{Attr: a, Filter: x}, nil
}

// test reads an operator and, unless it is "pr", a value.
func (p *parser) test(a Attr) (Expr, *SyntaxError) {
	if p.terms++; p.terms > MaxTerms {
		return nil, fail(p.at, "there are more than %d terms", MaxTerms)
	}
	if p.peek() != ' ' {
		return nil, p.expected("a space and an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)")
	}
	p.spaces()
	begin := p.at
	op, present := operator(p.wordToken())
	switch {
	case present:
		p.spaces()
		return &Present{a}, nil
	case op == 0:
		p.at = begin
		return nil, p.expected("an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)")
	case p.peek() != ' ':
		return nil, p.expected("a space and a value")
	}
	p.spaces()
	c := &Compare{Attr: a, Op: op}
	if err := p.value(c); err != nil {
		return nil, err
	}
	p.spaces()
	return c, nil
}

func operator(s string) (op Op, present bool) {
	if len(s) != 2 {
		return 0, false
	}
	a, b := s[0]|0x20, s[1]|0x20
	for o := Eq; o <= Le; o++ {
		if opNames[2*o] == a && opNames[2*o+1] == b {
			return o, false
		}
	}
	return 0, a == 'p' && b == 'r'
}
