package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

func TestAsErrorTranslatesEveryKind(t *testing.T) {
	t.Parallel()
	secret := errors.New("pq: password authentication failed")
	_, syntax := filter.Parse("userName eq")
	tests := []struct {
		err  error
		want Error
	}{
		{fmt.Errorf("store: %w", &Error{404, "", "no such user"}), Error{404, "", "no such user"}},
		{&schema.SyntaxError{Offset: 3, Detail: "expected a value"}, Error{400, "invalidSyntax", "invalid JSON at byte 3: expected a value"}},
		{schema.Problem{Path: "title", Detail: "is wrong", ScimType: "invalidValue"}, Error{400, "invalidValue", "title is wrong"}},
		{syntax, Error{400, "invalidFilter", syntax.Error()}},
		{&filter.AttributeError{Fault: filter.Unknown, Text: "no x"}, Error{400, "invalidFilter", "no x"}},
		{&filter.AttributeError{Fault: filter.Sensitive, Text: "never"}, Error{403, "sensitive", "never"}},
		{directory.Errorf(directory.Invalid, "a"), Error{400, "invalidValue", "a"}},
		{directory.Errorf(directory.NotFound, "a"), Error{404, "", "a"}},
		{directory.Errorf(directory.Conflict, "a"), Error{409, "uniqueness", "a"}},
		{directory.Errorf(directory.Immutable, "a"), Error{400, "mutability", "a"}},
		{directory.Errorf(directory.Stale, "a"), Error{412, "", "a"}},
		{directory.Errorf(directory.Forbidden, "a"), Error{403, "", "a"}},
		{directory.Errorf(directory.TooMany, "a"), Error{400, "tooMany", "a"}},
		{fmt.Errorf("tx: %w", &directory.Error{Kind: directory.Unavailable, Message: directory.Say("try again"), Err: secret}), Error{503, "", "try again"}},
		{&directory.Error{Kind: "other", Message: directory.Say("a")}, Error{500, "", "a"}},
		{&http.MaxBytesError{Limit: 10}, Error{413, "", "the request body is longer than 10 bytes; send less at once"}},
		{fmt.Errorf("query: %w", context.DeadlineExceeded), Error{503, "", "the request took too long and was given up; try again"}},
		{context.Canceled, Error{503, "", "the request took too long and was given up; try again"}},
		{secret, Error{500, "", "internal error; the server's log has the particulars"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(&tt.want, AsError(tt.err)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.err, diff)
		}
	}
	if e := AsError(nil); e != nil {
		t.Errorf("AsError(nil) = %v", e)
	}
}

func TestErrorIsRenderedWithATextualStatus(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(&Error{400, "noTarget", "nothing there"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"noTarget","detail":"nothing there","status":"400"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("rendered (-want +got):\n%s", diff)
	}
	if got := (&Error{Status: 404, Detail: "gone"}).Error(); got != "404: gone" {
		t.Errorf("Error() = %q", got)
	}
}
