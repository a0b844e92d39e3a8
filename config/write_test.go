package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/access"
	"rollcall/directory"
)

// written writes a spec and reads it back.
func written(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, spec directory.Spec,
) (directory.Spec, string) {
	t.Helper()
	var b strings.Builder
	if err := WriteManifest(&b, spec); err != nil {
		t.Fatalf("writing: %v", err)
	}
	got, err := ParseManifest("/m.yaml", []byte(b.String()))
	if err != nil {
		t.Fatalf("what was written is refused: %v\n%s", err, b.String())
	}
	return got, b.String()
}

func TestWhatIsWrittenIsReadBackAsTheSameSpec(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		got, text := written(t, spec)
		if diff := cmp.Diff(spec, got); diff != "" {
			t.Fatalf("spec (-written +read):\n%s\n%s", diff, text)
		}
		if again, second := written(t, got); second != text {
			t.Fatalf("the same spec is written in another way:\n%s\n%s", cmp.Diff(text, second), cmp.Diff(got, again))
		}
	})
}

func TestManifestsOfEveryPresetAreReadBack(t *testing.T) {
	t.Parallel()
	for _, p := range access.Presets() {
		for _, name := range []string{p.Name, p.ID()} {
			spec := directory.Spec{Tenant: "acme", Name: "acme", Preset: name}
			if got, text := written(t, spec); cmp.Diff(spec, got) != "" {
				t.Errorf("%s:\n%s\n%s", name, cmp.Diff(spec, got), text)
			}
		}
	}
	if err := WriteManifest(new(strings.Builder), directory.Spec{Tenant: "a", Preset: "standrad"}); err == nil || !strings.Contains(err.Error(), `did you mean "standard"?`) {
		t.Errorf("a preset that there is not: %v", err)
	}
}
