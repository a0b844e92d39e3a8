package config

import (
	"strings"
	"testing"
)

// The password that the database keeps is told of in an export, and nowhere else.
func TestAPasswordThatIsKept(t *testing.T) {
	t.Parallel()
	const lines = "url: ldaps://ldap.example.com\nusers: {base: 'dc=example,dc=com'}\n"
	spec, err := ParseManifest("m.yaml", []byte(ldapManifest(lines+"bind_dn: cn=reader,dc=example,dc=com\nbind_password_kept: true\n")))
	if err != nil || !spec.Connections[0].LDAP.BindPasswordKept {
		t.Fatalf("%+v, %v", spec, err)
	}
	var b strings.Builder
	if err := WriteManifest(&b, spec); err != nil || !strings.Contains(b.String(), "bind_password_kept: true") {
		t.Errorf("%v\n%s", err, b.String())
	}
	again, err := ParseManifest("m.yaml", []byte(b.String()))
	if err != nil || !again.Connections[0].LDAP.BindPasswordKept {
		t.Errorf("%+v, %v", again, err)
	}
	for says, more := range map[string]string{
		"in the database or in a file": "bind_dn: cn=reader,dc=example,dc=com\nbind_password_file: x\nbind_password_kept: true\n",
		"needs bind_dn beside it":      "bind_password_kept: true\n",
		"needs bind_password_file":     "bind_dn: cn=reader,dc=example,dc=com\nbind_password_kept: false\n",
		"bind_password_kept":           "bind_password_kept: maybe\n",
	} {
		if _, err := ParseManifest("m.yaml", []byte(ldapManifest(lines+more))); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want %q", more, err, says)
		}
	}
}
