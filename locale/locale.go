// Package locale is what people read: every text of the sign-in pages and of the console, in each language that they speak,
// and numbers and times as they write them.
//
// The texts are in the folder text, one file for each area and language. A text is found by its key, which begins with the
// area; what it says of a number has one form for each plural of the language (Unicode CLDR). English is the source: where a
// key is added, all languages get it, and a test fails until they do.
//
// What the rest of the program says, such as why something is refused, is written in English where it is said. Its translations
// are in the folder said, and are found by that English ([Language.Say]).
//
// The words of each language are those of its contact centres: perfil and equipo de trabajo in Spanish, atendente, equipe and
// exclusão in Portuguese.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed text/*.json
var texts embed.FS

// Language is one of those that the pages speak. Its zero value is of no use; [Match] and [Languages] give one.
type Language struct {
	tag       language.Tag
	own       string // its name in itself
	moments   string // how it writes a day and a time
	localizer *i18n.Localizer
	numbers   *message.Printer
}

var (
	languages []Language
	matcher   language.Matcher
)

func init() {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	files, err := texts.ReadDir("text")
	if err != nil {
		panic("locale: " + err.Error()) // they are part of the program
	}
	for _, f := range files {
		if _, err := bundle.LoadMessageFileFS(texts, path.Join("text", f.Name())); err != nil {
			panic("locale: " + f.Name() + ": " + err.Error())
		}
	}
	var tags []language.Tag
	for _, x := range []struct{ tag, own, numbers, moments string }{
		{"en", "English", "en", "2006-01-02 15:04"},
		{"es", "Español", "es-419", "02/01/2006 15:04"}, // of Latin America: 12,345 and not 12.345
		{"pt-BR", "Português", "pt-BR", "02/01/2006 15:04"},
	} {
		tag := language.MustParse(x.tag)
		tags = append(tags, tag)
		numbers := message.NewPrinter(language.MustParse(x.numbers))
		languages = append(languages, Language{tag, x.own, x.moments, i18n.NewLocalizer(bundle, x.tag), numbers})
		translations[x.tag] = sentences(x.tag)
	}
	matcher = language.NewMatcher(tags)
}

// Languages returns every language that the pages speak, English first.
func Languages() []Language { return languages }

// Match returns the language that fits best: the chosen one, a tag as [Language.String] writes it, where there is such a
// one; else the best of a header Accept-Language (RFC 9110 §12.5.4). English fits everybody.
func Match(chosen, accepted string) Language {
	for _, l := range languages {
		if l.String() == chosen {
			return l
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil {
		return languages[0]
	}
	_, i, _ := matcher.Match(wanted...)
	return languages[i]
}

// String is the language's tag (BCP 47), as in "pt-BR".
func (l Language) String() string { return l.tag.String() }

// Name is what the language calls itself.
func (l Language) Name() string { return l.own }

// T returns the text of a key. args are names and values in turn, for the places of the text; the value of "Count", an int,
// decides its plural. A key that does not exist is returned as it is, so that a page never fails for a word.
func (l Language) T(key string, args ...any) string {
	c := i18n.LocalizeConfig{MessageID: key}
	if len(args) > 0 {
		data := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			name, _ := args[i].(string)
			data[name] = args[i+1]
			if n, isNumber := args[i+1].(int); isNumber {
				data[name] = l.Number(n)
				if name == "Count" {
					c.PluralCount = n
				}
			}
		}
		c.TemplateData = data
	}
	text, err := l.localizer.Localize(&c)
	if err != nil || text == "" {
		return key
	}
	return text
}

// Has reports whether there is a text of the key. It is for texts about what others name, such as a setting: they may know
// more of them than the catalogue.
func (l Language) Has(key string) bool {
	_, _, err := l.localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: key})
	return err == nil
}

// Either returns the text of a key where there is one, else another text.
func (l Language) Either(key, other string) string {
	if text := l.T(key); text != key {
		return text
	}
	return other
}

// Number writes a whole number with the language's separators.
func (l Language) Number(n int) string { return l.numbers.Sprint(n) }

// List joins words as the language does: "a, b and c".
func (l Language) List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return fmt.Sprintf("%s %s %s", strings.Join(words[:last], ", "), l.T("common.and"), words[last])
}
