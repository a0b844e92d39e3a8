package console_test

import (
	"testing"

	"rollcall/console/browsertest"
)

// The pages that are most in use fit a telephone, in the languages with longer words, light and dark.
func TestWalkOnATelephone(t *testing.T) {
	x := walkedPresets[0]
	s := walkable(t, x.preset, x.manifest, x.kind, x.right)
	ana := s.find("ana").ID
	for _, language := range []string{"es", "pt-BR"} {
		p := s.browser("console_owner")
		p.Language(language)
		p.Viewport(390, 800)
		if language == "pt-BR" {
			p.Prefer("dark")
		}
		for _, page := range []struct{ name, path string }{
			{"dashboard", "/"},
			{"people", "/people"},
			{"people-new", "/people/new"},
			{"person", "/people/" + ana},
			{"rights", "/people/" + ana + "/rights"},
			{"groups", "/agent-groups"},
			{"connection", "/connections/okta"},
			{"rules", "/rules"},
			{"audit", "/audit"},
			{"settings", "/settings"},
		} {
			p.Open(s.base + page.path)
			p.Accessible()
			p.Screenshot("walk-" + language + "-" + page.name)
			if wide := browsertest.Evaluate[int](p, "document.documentElement.scrollWidth"); wide > 390 {
				t.Errorf("%s %s is %d wide", language, page.path, wide)
			}
		}
	}
}
