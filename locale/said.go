package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// The sentences of the rest of the program, such as why something is refused or what a guard holds, are written in English where
// they are made, and found here by their English, as gettext does: a file for each other language, from the sentence with {1},
// {2} … in place of its values to the translation with the same places.
//
//go:embed said/*.json
var said embed.FS

// translations are the sentences of each language but English.
var translations = map[string]map[string]string{}

func sentences(language string) map[string]string {
	out := map[string]string{}
	raw, err := said.ReadFile(path.Join("said", language+".json"))
	if err != nil {
		return out // English
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(fmt.Sprintf("locale: said/%s.json: %v", language, err)) // it is part of the program
	}
	return out
}

// Say returns a sentence of the program's with its values, which fill {1}, {2} … in their order. ok is false where the language
// has no such sentence; then it is in English.
func (l Language) Say(sentence string, values ...string) (text string, ok bool) {
	text, ok = translations[l.String()][sentence]
	if !ok {
		text, ok = sentence, l.tag == languages[0].tag || !strings.ContainsFunc(sentence, unicode.IsLetter)
	}
	if len(values) == 0 {
		return text, ok
	}
	places := make([]string, 0, 2*len(values))
	for i, value := range values {
		places = append(places, "{"+strconv.Itoa(i+1)+"}", value)
	}
	return strings.NewReplacer(places...).Replace(text), ok
}
