package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// template is text with words in braces.
type template struct {
	literals []string // one before each word, and one after the last
	words    []string
	columns  []int // where each word's brace opens, in characters from 1
}

// parseTemplate takes text apart at its braces.
func parseTemplate(text string) (template, error) {
	var t template
	for rest := text; ; {
		column := utf8.RuneCountInString(text[:len(text)-len(rest)]) + 1
		literal, after, found := strings.Cut(rest, "{")
		if before, _, stray := strings.Cut(literal, "}"); stray {
			return t, wrong("column %d: a } without a { before it", column+utf8.RuneCountInString(before))
		}
		t.literals = append(t.literals, literal)
		if !found {
			return t, nil
		}
		column += utf8.RuneCountInString(literal)
		word, after, closed := strings.Cut(after, "}")
		switch {
		case !closed:
			return t, wrong("column %d: a { without a } after it", column)
		case word == "":
			return t, wrong("column %d: nothing between the braces; write a word, as in {team}", column)
		case !captureWord.MatchString(word):
			return t, wrong("column %d: %s is not a word of at most 32 letters, digits and _ that begins with a letter", column, quote(word))
		}
		t.words, t.columns, rest = append(t.words, word), append(t.columns, column), after
	}
}

// Expand returns the name of an agent group for what a pattern's captures found. It fails when the output names a capture
// that is not there, or when the name would be blank, too long ([MaxOutput]), or have braces or control characters. What
// was captured is text: braces in it are not looked up again.
func Expand(output string, captures map[string]string) (string, error) {
	t, err := parseTemplate(output)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(t.literals[0])
	for i, word := range t.words {
		value, ok := captures[word]
		if !ok {
			return "", wrong("column %d: the group does not capture {%s}", t.columns[i], word)
		}
		b.WriteString(value)
		b.WriteString(t.literals[i+1])
	}
	name := strings.TrimSpace(b.String())
	return name, checkName(name)
}

// checkName says what keeps a text from being an agent group's name.
func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return wrong("an agent group needs a name")
	case utf8.RuneCountInString(name) > MaxOutput:
		return wrong("the agent group's name would have more than %d characters", MaxOutput)
	case strings.ContainsAny(name, "{}"):
		return wrong("an agent group's name cannot have { or }")
	case strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name):
		return wrong("an agent group's name cannot have control characters")
	}
	return nil
}
