package ldap_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"rollcall/connectors/egress"
	"rollcall/connectors/ldap"
	"rollcall/connectors/ldap/ldaptest"
	"rollcall/directory"
)

// A password need not be in a file, and where a connection may lead is looked at before anything is sent.
func TestAPasswordFromElsewhereAndAGuardedWay(t *testing.T) {
	t.Parallel()
	server := ldaptest.OpenLDAP(t)
	text, err := os.ReadFile(server.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	password := strings.TrimSpace(string(text))
	gives := func(text string, err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return text, err }
	}
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, tt := range []struct {
		name string
		o    ldap.Options
		says string // "" where it is read
	}{
		{"the password", ldap.Options{Password: gives(password, nil)}, ""},
		{"an allowed network", ldap.Options{Password: gives(password, nil), Control: egress.Guard(here)}, ""},
		{"a private network", ldap.Options{Password: gives(password, nil), Control: egress.Guard(nil)}, "ROLLCALL_EGRESS"},
		{"another password", ldap.Options{Password: gives("wrong", nil)}, "refuses the password"},
		{"an empty password", ldap.Options{Password: gives("", nil)}, "it is empty"},
		{"none that can be read", ldap.Options{Password: gives("", errors.New("no key opens it"))}, "no key opens it"},
		{"nobody who has it", ldap.Options{}, "nobody has the password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server.Settings()
			s.BindPasswordFile, s.BindPasswordKept = "", true
			src, err := ldap.Open(s, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = src.Close() }() // it holds nothing
			r, err := src.Read(t.Context(), directory.Since{}, func(directory.Page) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			if tt.says == "" {
				if r.Completeness() != directory.Complete {
					t.Errorf("%+v", r)
				}
				return
			}
			if r.Users != directory.Failed || len(r.Problems) == 0 || !strings.Contains(r.Problems[0].Text, tt.says) {
				t.Errorf("%+v, want %q", r, tt.says)
			}
		})
	}
}
