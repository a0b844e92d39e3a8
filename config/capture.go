package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// captureWord is what may stand between the braces of a capture.
var captureWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// captures returns the words in braces of a name, in their order, or what is wrong with it.
func captures(name string) ([]string, error) {
	var words []string
	for rest := name; ; {
		literal, after, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return nil, errors.New("a } without a { before it")
		}
		if !found {
			return words, nil
		}
		word, after, closed := strings.Cut(after, "}")
		switch {
		case !closed:
			return nil, errors.New("a { without a } after it")
		case !captureWord.MatchString(word):
			return nil, fmt.Errorf("%s is not a word of letters, digits and _ that begins with a letter", quote(word))
		}
		words, rest = append(words, word), after
	}
}

// unambiguous says what keeps the name of a rule's group, with those captures, from being read in one way.
func unambiguous(name string, words []string) error {
	if strings.Contains(name, "}{") {
		return errors.New("two captures without text between them; nobody can tell where the first ends")
	}
	text := name
	for i, word := range words {
		text = strings.Replace(text, "{"+word+"}", "", 1)
		if slices.Contains(words[:i], word) {
			return fmt.Errorf("{%s} is there twice", word)
		}
	}
	if strings.TrimSpace(text) == "" {
		return errors.New("this alone would bind every group; put text before or after the capture")
	}
	return nil
}
