package console_test

import (
	"strings"
	"testing"

	"rollcall/access"
	"rollcall/locale"
)

// Every permission has a text in each language, and the English one is the catalogue's.
func TestEveryPermissionHasATextInEachLanguage(t *testing.T) {
	for _, p := range access.Permissions() {
		key := "permission." + strings.ReplaceAll(p.Key, ".", "_")
		english := locale.Languages()[0].T(key)
		if english != p.Description {
			t.Errorf("%s: %q is not the catalogue's %q", key, english, p.Description)
		}
		for _, l := range locale.Languages()[1:] {
			if text := l.T(key); text == key || text == "" || text == english {
				t.Errorf("%s: no text in %s: %q", key, l, text)
			}
		}
	}
}

func longText(n int) string { return strings.Repeat("ñ", n) }
