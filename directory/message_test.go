package directory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

func TestAMessageIsItsTextAndWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("a secret of the database")
	inner := directory.Errorf(directory.Conflict, "%d seats are taken", 3)
	for name, x := range map[string]struct {
		got            directory.Message
		text, template string
		values         []string
	}{
		"plain":                      {directory.Say("the draft is empty"), "the draft is empty", "the draft is empty", nil},
		"values":                     {directory.Say("%q has %d of %v", "a", 2, []string{"x"}), `"a" has 2 of [x]`, "{1} has {2} of {3}", []string{`"a"`, "2", "[x]"}},
		"percent":                    {directory.Say("%d%% of 100%%", 5), "5% of 100%", "{1}% of 100%", []string{"5"}},
		"argument named twice":       {directory.Say("%[1]s and %[1]q, %s", "a", "b"), `a and "a", b`, "{1} and {2}, {3}", []string{"a", `"a"`, "b"}},
		"no argument":                {directory.Say("%s"), "%!s(MISSING)", "{1}", []string{"%!s(MISSING)"}},
		"an error as a value":        {directory.Say("refused: %v", inner), "refused: 3 seats are taken", "refused: {1}", []string{"3 seats are taken"}},
		"a cause that is not told":   {directory.Say("the database is away%.0w", cause), "the database is away", "the database is away", nil},
		"a message as a value":       {directory.Say("%v!", directory.Say("%d people", 2)), "2 people!", "{1}!", []string{"2 people"}},
		"two behind one another":     {directory.Quote("ana").And(": ", directory.Say("gone")), "ana: gone", "{1}: {2}", []string{"ana", "gone"}},
		"several behind one another": {directory.Join([]directory.Message{directory.Say("a"), directory.Say("b"), directory.Say("c")}, "; "), "a; b; c", "{1}; {2}", []string{"a; b", "c"}},
		"braces":                     {directory.Say("does not capture {%s}", "team"), "does not capture {team}", "does not capture {{1}}", []string{"team"}},
	} {
		if x.got.Text != x.text || x.got.Template != x.template || !slices.Equal(directory.Messages(x.got.Values).Texts(), append([]string{}, x.values...)) {
			t.Errorf("%s: %+v", name, x.got)
		}
	}
	said := directory.Say("refused: %v", inner)
	if said.Values[0].Template != "{1} seats are taken" {
		t.Errorf("the error lost what it is made of: %+v", said)
	}
}

func TestMessageOfAnErrorIsWhatItSays(t *testing.T) {
	t.Parallel()
	e := directory.Errorf(directory.Invalid, "%s is missing", "userName")
	if m := directory.MessageOf(e); m.Template != "{1} is missing" || m.Text != e.Error() {
		t.Errorf("%+v", m)
	}
	for _, err := range []error{errors.New("disk full"), fmt.Errorf("line 3: %w", e)} {
		if m := directory.MessageOf(err); m.Template != "" || m.Text != err.Error() {
			t.Errorf("%v: %+v, want its text alone", err, m)
		}
	}
}

func TestTextsThatWereStoredBeforeThereWereMessagesAreRead(t *testing.T) {
	t.Parallel()
	var got directory.Messages
	want := directory.Messages{directory.Quote("12 people would be suspended"), directory.Say("%d people", 3)}
	if err := json.Unmarshal([]byte(`["12 people would be suspended",{"text":"3 people","template":"{1} people","values":[{"text":"3"}]}]`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{}`, `[3]`, `[`, `[{"text":3}]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
