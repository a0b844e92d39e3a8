package mapping

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/scim/schema"
)

// The bounds of names, in characters.
const (
	MaxPattern = 256  // the group's name in a rule
	MaxMatch   = 1024 // a group's name; a longer one matches no pattern
	MaxOutput  = 200  // an agent group's name
)

// Pattern is the name of a directory group in a rule: a literal name, or one with captures such as "CC-Lead-{team}". The
// zero value is the empty literal.
type Pattern struct {
	text     string
	literals [][]rune // folded; one before each capture, and one after the last
	captures []string
}

// captureWord is what may stand between the braces of a capture.
var captureWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// ParsePattern reads the name of a group in a rule. A capture is a word in braces, a letter and up to 31 letters, digits
// and underscores. Refused are a word that is there twice, captures without text between them, and a pattern without any
// text of its own: "{x}" alone would bind every group of the directory. Errors say the column, which counts characters
// from 1.
func ParsePattern(group string) (Pattern, error) {
	switch {
	case strings.TrimSpace(group) == "":
		return Pattern{}, wrong("the group's name is empty")
	case !utf8.ValidString(group):
		return Pattern{}, wrong("the group's name is not valid UTF-8")
	case utf8.RuneCountInString(group) > MaxPattern:
		return Pattern{}, wrong("the group's name has more than %d characters", MaxPattern)
	}
	t, err := parseTemplate(group)
	if err != nil {
		return Pattern{}, err
	}
	for i, word := range t.words {
		switch {
		case slices.Contains(t.words[:i], word):
			return Pattern{}, wrong("column %d: {%s} is there twice", t.columns[i], word)
		case i > 0 && t.literals[i] == "":
			return Pattern{}, wrong("column %d: no text between {%s} and {%s}; nobody can tell where the first ends", t.columns[i], t.words[i-1], word)
		}
	}
	if strings.TrimSpace(strings.Join(t.literals, "")) == "" {
		return Pattern{}, wrong("column %d: %s alone would bind every group; put text before or after it", t.columns[0], group)
	}
	p := Pattern{text: group, captures: t.words, literals: make([][]rune, len(t.literals))}
	for i, l := range t.literals {
		p.literals[i] = []rune(schema.Fold(l))
	}
	return p, nil
}

// String returns the pattern as written.
func (p Pattern) String() string { return p.text }

// Captures returns the captures' words in their order.
func (p Pattern) Captures() []string { return slices.Clone(p.captures) }

// Literal reports whether the pattern has no captures: it is the name of one group.
func (p Pattern) Literal() bool { return len(p.captures) == 0 }

// prefix returns the folded text before the first capture.
func (p Pattern) prefix() string {
	if len(p.literals) == 0 {
		return ""
	}
	return string(p.literals[0])
}

// Match returns what each capture found in a group's name, or false when the name is not of the pattern. The whole name
// must match; case is ignored as [schema.Fold] does. A capture takes as little as it can, never nothing and never only
// spaces; what it found is as spelled, without the spaces around it.
func (p Pattern) Match(name string) (map[string]string, bool) {
	if p.Literal() {
		return nil, schema.Fold(name) == p.prefix()
	}
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > MaxMatch {
		return nil, false
	}
	// Folding works character by character, so a place in one is the same place in the other.
	spelled, folded := []rune(name), []rune(schema.Fold(name))
	first, last := p.literals[0], p.literals[len(p.literals)-1]
	begin, end := len(first), len(folded)-len(last)
	if begin > end || !slices.Equal(folded[:begin], first) || !slices.Equal(folded[end:], last) {
		return nil, false
	}
	// The leftmost place of each text in turn leaves the most to those that follow, so nothing has to be tried twice.
	found := make(map[string]string, len(p.captures))
	for i, word := range p.captures {
		next := end
		if i < len(p.captures)-1 {
			next = find(folded[:end], begin, p.literals[i+1])
		}
		if next < 0 || blank(spelled[begin:next]) {
			return nil, false
		}
		found[word] = strings.TrimSpace(string(spelled[begin:next]))
		begin = next + len(p.literals[i+1])
	}
	return found, true
}

// find returns the first place of the text that leaves something that is not blank between begin and it, or -1.
func find(name []rune, begin int, text []rune) int {
	at := begin
	for at < len(name) && unicode.IsSpace(name[at]) {
		at++
	}
	for at++; at+len(text) <= len(name); at++ {
		if slices.Equal(name[at:at+len(text)], text) {
			return at
		}
	}
	return -1
}

func blank(text []rune) bool {
	return !slices.ContainsFunc(text, func(r rune) bool { return !unicode.IsSpace(r) })
}
