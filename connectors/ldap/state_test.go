package ldap

import (
	"testing"
	"time"

	"rollcall/directory"
)

func TestWhoIsActive(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	const past, future = "133800000000000000", "134800000000000000" // in December 2024, in February 2028
	tests := []struct {
		name, server string
		have         map[string]string
		want         bool
	}{
		{"AD: enabled", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "512"}, true},
		{"AD: disabled", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "514"}, false},
		{"AD: disabled, among other flags", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "66082"}, false},
		{"AD: a negative number of flags", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "-2147483136"}, true},
		{"AD: expired", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "512", "accountexpires": past}, false},
		{"AD: expires one day", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "512", "accountexpires": future}, true},
		{"AD: never expires", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "512", "accountexpires": "9223372036854775807"}, true},
		{"AD: never expires, the other way", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "512", "accountexpires": "0"}, true},
		{"AD: mistyped too often", directory.ActiveDirectory, map[string]string{"useraccountcontrol": "512", "lockouttime": past}, true},
		{"OpenLDAP: nothing said", directory.OpenLDAP, nil, true},
		{"OpenLDAP: locked for good", directory.OpenLDAP, map[string]string{"pwdaccountlockedtime": "000001010000Z"}, false},
		{"OpenLDAP: locked for good, with seconds", directory.OpenLDAP, map[string]string{"pwdaccountlockedtime": "00000101000000Z"}, false},
		{"OpenLDAP: mistyped too often", directory.OpenLDAP, map[string]string{"pwdaccountlockedtime": "20260601115900Z"}, true},
		{"eDirectory: disabled", directory.OpenLDAP, map[string]string{"logindisabled": "TRUE"}, false},
		{"389: locked", directory.DS389, map[string]string{"nsaccountlock": "true"}, false},
		{"389: not locked", directory.DS389, map[string]string{"nsaccountlock": "FALSE"}, true},
		{"389: locked by a role", directory.DS389, map[string]string{"nsroledn": "cn=nsManagedDisabledRole,dc=example,dc=com"}, false},
		{"389: another role", directory.DS389, map[string]string{"nsroledn": "cn=managers,dc=example,dc=com"}, true},
		{"FreeIPA: disabled", directory.FreeIPA, map[string]string{"nsaccountlock": "TRUE"}, false},
		{"FreeIPA: expired", directory.FreeIPA, map[string]string{"krbprincipalexpiration": "20260501000000Z"}, false},
		{"FreeIPA: expires one day", directory.FreeIPA, map[string]string{"krbprincipalexpiration": "20270501000000Z"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := active(func(name string) []string {
				if v, ok := tt.have[name]; ok {
					return []string{v}
				}
				return nil
			}, tt.server, now)
			if err != nil || got != tt.want {
				t.Errorf("active = %t, %v; want %t", got, err, tt.want)
			}
		})
	}
}

// Somebody whose state cannot be read is neither reactivated nor suspended by that.
func TestAStateThatCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "enabled"} {
		_, err := active(func(name string) []string {
			if name == "useraccountcontrol" && value != "" {
				return []string{value}
			}
			return nil
		}, directory.ActiveDirectory, time.Now())
		if err == nil {
			t.Errorf("userAccountControl %q is no error", value)
		}
	}
}
