package config

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// faultCase is a document and the lines of all its faults.
type faultCase struct {
	name, in string
	want     []string
}

// run parses each case as a manifest and compares all of its faults, texts and places.
func run(t *testing.T, cases []faultCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseManifest("m.yaml", []byte(c.in))
			if err == nil {
				t.Fatal("no fault was found")
			}
			if diff := cmp.Diff(c.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/faulty.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = LoadManifest("testdata/faulty.yaml")
	faults := Faults(nil)
	if !errors.As(err, &faults) {
		t.Fatalf("the error is %T, want Faults", err)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), strings.Split(faults.Error(), "\n")); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestFaultsNameTheirPlaceAndListTheFirstTwoHundred(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]Fault{
		"m.yaml:3:7: name: is required":  {"m.yaml", 3, 7, "name", "is required"},
		"m.yaml: is larger than 7 bytes": {File: "m.yaml", Text: "is larger than 7 bytes"},
		"ROLLCALL_LOG: is wrong":         {Path: "ROLLCALL_LOG", Text: "is wrong"},
		"m.yaml:1:1: is not valid UTF-8": {"m.yaml", 1, 1, "", "is not valid UTF-8"},
	} {
		if f.Error() != want {
			t.Errorf("the fault reads %q, want %q", f.Error(), want)
		}
	}
	in := "tenant: a\nroles:\n" + strings.Repeat("  - key: 1\n", 205)
	_, err := ParseManifest("m.yaml", []byte(in))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 201 || lines[200] != "and 5 more" {
		t.Errorf("%d lines, the last %q; want 200 and the rest counted", len(lines), lines[len(lines)-1])
	}
}

func TestNearestNameIsProposedOnlyWhenItIsNear(t *testing.T) {
	t.Parallel()
	names := []string{"dialect", "direct", "kind", "name", "was"}
	for word, want := range map[string]string{
		"dialetc": "dialect", "DIALECT": "dialect", "drect": "direct", "knd": "kind", "naem": "name", "wsa": "was", "dilaetc": "dialect",
		"colour": "", "x": "", "": "", "kinderwagen": "", strings.Repeat("n", 100): "",
	} {
		if want != "" {
			want = `; did you mean "` + want + `"?`
		}
		if got := didYouMean(word, slices.Values(names)); got != want {
			t.Errorf("didYouMean(%q) = %q, want %q", word, got, want)
		}
	}
}
