package locale_test

import (
	"testing"

	"rollcall/locale"
)

func TestAKeyIsMadeOfAName(t *testing.T) {
	for name, want := range map[string]string{
		"Reporting Admin": "reporting_admin", "Atención Nº 2": "atencion_no_2", "  São-Paulo / Noite ": "sao_paulo_noite", "İzmir": "izmir",
		"夜勤": "", "": "", "__": "", "a\xffb": "a_b",
	} {
		if got := locale.Key(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
