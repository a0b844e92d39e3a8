package directory_test

import (
	"errors"
	"fmt"
	"testing"

	"rollcall/directory"
)

func TestSettingsTakeTheirDefaultsAndRefuseOtherForms(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range directory.Settings() {
		if names[s.Name] || s.Doc == "" {
			t.Errorf("%s stands twice or says nothing", s.Name)
		}
		names[s.Name] = true
		if got, err := s.Check(s.Default); err != nil || got != s.Default {
			t.Errorf("%s: its default %q reads %q (%v)", s.Name, s.Default, got, err)
		}
		for _, wrong := range []string{"", "-1", "some times", "1e9", "99999999999999999999"} {
			if _, err := s.Check(wrong); err == nil {
				t.Errorf("%s takes %q", s.Name, wrong)
			}
		}
	}
	if s, ok := directory.SettingNamed("token.expires"); !ok {
		t.Error("token.expires is no setting")
	} else if got, err := s.Check("30d"); err != nil || got != "720h0m0s" {
		t.Errorf("30d reads %q (%v)", got, err)
	}
}

func TestErrorShowsItsTextAndKeepsItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	err := fmt.Errorf("while writing: %w", directory.Errorf(directory.Unavailable, "try again later: %w", cause))
	if directory.KindOf(err) != directory.Unavailable || !errors.Is(err, cause) {
		t.Errorf("kind %q, cause kept %v", directory.KindOf(err), errors.Is(err, cause))
	}
	if directory.KindOf(cause) != "" {
		t.Error("a plain error has a kind")
	}
}
