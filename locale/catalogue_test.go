package locale_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/locale"
)

// forms are the plurals of each language (Unicode CLDR).
var forms = map[string][]string{"en": {"one", "other"}, "es": {"many", "one", "other"}, "pt-BR": {"many", "one", "other"}}

// texts are the forms of each key of a language: one, or one for each plural.
func texts(t *testing.T, language string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("text/*." + language + ".json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	out := map[string]map[string]string{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file map[string]any
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, x := range file {
			if _, twice := out[key]; twice {
				t.Errorf("%s: the key %s is in another file too", name, key)
			}
			out[key] = map[string]string{}
			switch x := x.(type) {
			case string:
				out[key][""] = x
			case map[string]any:
				for form, text := range x {
					out[key][form], _ = text.(string)
				}
			default:
				t.Errorf("%s: %s is neither a text nor its plurals", name, key)
			}
		}
	}
	return out
}

var place = regexp.MustCompile(`\{\{\.[A-Za-z]+\}\}`)

func places(text string) []string {
	out := place.FindAllString(text, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

// Each language has the same texts, with the same places to fill in, and each of its plurals.
func TestLanguagesHaveTheSameTexts(t *testing.T) {
	english := texts(t, "en")
	for _, l := range locale.Languages() {
		list := texts(t, l.String())
		for key, of := range english {
			has, ok := list[key]
			if !ok {
				t.Errorf("%s: there is no text of %s", l, key)
				continue
			}
			if _, plural := of["other"]; plural {
				for _, form := range forms[l.String()] {
					if has[form] == "" {
						t.Errorf("%s: %s has no plural %q", l, key, form)
					}
				}
			}
			want := places(of[""] + of["other"])
			for form, text := range has {
				if strings.TrimSpace(text) == "" || text != strings.TrimSpace(text) {
					t.Errorf("%s: %s is empty, or has space around it: %q", l, key, text)
				}
				if strings.ContainsAny(place.ReplaceAllString(text, ""), "{}<>") {
					t.Errorf("%s: %s has markup, or a place that is not understood: %q", l, key, text)
				}
				if form != "one" && !slices.Equal(places(text), want) {
					t.Errorf("%s: %s has the places %q, want %q", l, key, places(text), want)
				}
			}
		}
		for key := range list {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is no key of the English texts", l, key)
			}
		}
	}
}

func TestTexts(t *testing.T) {
	en, es, pt := locale.Match("", "en"), locale.Match("", "es-PE,es;q=0.9"), locale.Match("", "pt")
	for _, x := range []struct {
		l    locale.Language
		key  string
		args []any
		want string
	}{
		{en, "common.cancel", nil, "Cancel"},
		{es, "common.cancel", nil, "Cancelar"},
		{pt, "nav.people", nil, "Usuários"},
		{en, "plan.more", []any{"Count", 1}, "and 1 more person"},
		{en, "plan.more", []any{"Count", 12345}, "and 12,345 more people"},
		{es, "plan.more", []any{"Count", 12345}, "y 12,345 personas más"},
		{pt, "plan.more", []any{"Count", 1000000}, "e mais 1.000.000 de pessoas"},
		{en, "status.created", []any{"Name", "<b>{{.Name}}</b>"}, `The status "<b>{{.Name}}</b>" was created.`},
		{en, "no.such.key", []any{"Name", "x"}, "no.such.key"},
	} {
		if got := x.l.T(x.key, x.args...); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.l, x.key, got, x.want)
		}
	}
	if got := es.List([]string{"a", "b", "c"}); got != "a, b y c" {
		t.Errorf("list %q", got)
	}
}

// A moment is written as the language does.
func TestMoments(t *testing.T) {
	at := time.Date(2026, 11, 22, 18, 44, 30, 0, time.UTC)
	for _, x := range []struct{ language, zone, want string }{
		{"en", "", "2026-11-22 18:44 UTC"},
		{"en", "America/Lima", "2026-11-22 13:44"},
		{"es", "America/Lima", "22/11/2026 13:44"},
		{"es", "", "22/11/2026 18:44 UTC"},
		{"pt-BR", "America/Sao_Paulo", "22/11/2026 15:44"},
	} {
		if got := locale.Match(x.language, "").Moment(at, locale.Zone(x.zone)); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.language, x.zone, got, x.want)
		}
	}
}

// What a browser sends decides only among the languages that there are.
func TestMatch(t *testing.T) {
	for _, x := range []struct{ chosen, accepted, want string }{
		{"", "", "en"},
		{"", "de", "en"},
		{"", "pt-PT", "pt-BR"},
		{"", "es-419,en;q=0.5", "es"},
		{"", "de, pt;q=0.8, en;q=0.1", "pt-BR"},
		{"es", "pt-BR", "es"},
		{"xx", "pt-BR", "pt-BR"},
		{"../../etc/passwd", "es", "es"},
		{"", ";;;q=,=", "en"},
		{"", strings.Repeat("es-", 10_000), "en"},
	} {
		if got := locale.Match(x.chosen, x.accepted).String(); got != x.want {
			t.Errorf("%q, %.20q: %s, want %s", x.chosen, x.accepted, got, x.want)
		}
	}
}

func TestZones(t *testing.T) {
	for name, want := range map[string]string{
		"America/Lima": "America/Lima", "": "UTC", "Local": "UTC", "../../etc/passwd": "UTC", "/etc/localtime": "UTC", "No/Where": "UTC", strings.Repeat("a", 1000): "UTC",
	} {
		if got := locale.Zone(name).String(); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
