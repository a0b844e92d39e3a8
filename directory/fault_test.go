package directory_test

import (
	"errors"
	"fmt"
	"testing"

	"rollcall/directory"
)

func TestFaultsAreToldTogether(t *testing.T) {
	t.Parallel()
	taken := directory.Faultf(directory.Conflict, "emails", directory.FaultTaken, "somebody has it")
	short := directory.Faultf(directory.Invalid, "userName", directory.FaultPattern, "too short")
	unknown := directory.About(directory.AtRight(directory.RoleEntitlement, "king"), directory.Errorf(directory.NotFound, "no role %q", "king"))
	ours := errors.New("the disk is full")
	for name, x := range map[string]struct {
		errs []error
		kind directory.Kind
		text string
		at   []string
	}{
		"none":              {[]error{nil, nil}, "", "", nil},
		"one":               {[]error{nil, taken}, directory.Conflict, "somebody has it", []string{"emails"}},
		"of one kind":       {[]error{taken, directory.About("phoneNumbers", directory.Errorf(directory.Conflict, "somebody has it"))}, directory.Conflict, "somebody has it", []string{"emails", "phoneNumbers"}},
		"of several kinds":  {[]error{unknown, taken, short}, directory.Invalid, `no role "king"; somebody has it; too short`, []string{"role:king", "emails", "userName"}},
		"several of others": {[]error{directory.Together(unknown, short), taken}, directory.Invalid, `no role "king"; too short; somebody has it`, []string{"role:king", "userName", "emails"}},
		"one is ours":       {[]error{unknown, ours, taken}, "", "the disk is full", nil},
	} {
		err := directory.Together(x.errs...)
		if text := fmt.Sprint(err); directory.KindOf(err) != x.kind || err == nil != (x.text == "") || err != nil && text != x.text {
			t.Errorf("%s: %v of the kind %q", name, err, directory.KindOf(err))
		}
		var at []string
		for _, f := range directory.FaultsOf(err) {
			at = append(at, f.At)
		}
		if fmt.Sprint(at) != fmt.Sprint(x.at) {
			t.Errorf("%s: at %q, want %q", name, at, x.at)
		}
	}
	if f := directory.FaultsOf(unknown); f[0].Code != directory.FaultUnknown {
		t.Errorf("%+v", f[0])
	}
	if err := directory.About("emails", ours); !errors.Is(err, ours) {
		t.Errorf("%v", err)
	}
	if f := directory.FaultsOf(directory.About("emails", short)); f[0].At != "userName" {
		t.Errorf("what says where it is was moved to %s", f[0].At)
	}
	var many []error
	for i := range 8 {
		many = append(many, directory.Errorf(directory.Invalid, "%d", i))
	}
	if err := directory.Together(many...); err.Error() != "0; 1; 2; 3; 4; and 3 more" || len(directory.FaultsOf(err)) != 8 {
		t.Errorf("%v", err)
	}
}
