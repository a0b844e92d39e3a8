package ldap

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRefIsOneFormOfAName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, dn, want string }{
		{"plain", "uid=fry,ou=people,dc=example,dc=com", "uid=fry,ou=people,dc=example,dc=com"},
		{"case", "UID=Fry,OU=People,DC=Example,DC=COM", "uid=fry,ou=people,dc=example,dc=com"},
		{"spaces around separators", " uid = fry , ou = people,dc=example, dc=com ", "uid=fry,ou=people,dc=example,dc=com"},
		{"semicolons", "uid=fry;ou=people;dc=example;dc=com", "uid=fry,ou=people,dc=example,dc=com"},
		{"runs of spaces", "cn=Philip  J.   Fry,dc=example", "cn=philip j. fry,dc=example"},
		{"an escaped comma", `cn=Fry\, Philip,dc=example`, `cn=fry\, philip,dc=example`},
		{"an escaped comma in hex", `cn=Fry\2c Philip,dc=example`, `cn=fry\, philip,dc=example`},
		{"escaped letters", `cn=\46ry,dc=example`, "cn=fry,dc=example"},
		{"UTF-8 in hex", `cn=Zo\C3\AB,dc=example`, "cn=zoë,dc=example"},
		{"UTF-8 as it is", "cn=ZOË,dc=example", "cn=zoë,dc=example"},
		{"an escaped space at the end", `cn=fry\ ,dc=example`, "cn=fry,dc=example"},
		{"an equals sign in a value", "cn=a=b,dc=example", "cn=a=b,dc=example"},
		{"a number sign first", `cn=\#fry,dc=example`, `cn=\#fry,dc=example`},
		{"a number sign within", `cn=fry#1,dc=example`, `cn=fry#1,dc=example`},
		{"a value in BER", "cn=#0403467279,dc=example", "cn=fry,dc=example"},
		{"several parts", "cn=Fry+uid=1,dc=example", "cn=fry+uid=1,dc=example"},
		{"several parts, the other way round", "UID=1 + CN=fry,dc=example", "cn=fry+uid=1,dc=example"},
		{"an escaped plus", `cn=a\+b,dc=example`, `cn=a\+b,dc=example`},
		{"the long name of a type", "commonName=fry,domainComponent=example", "cn=fry,dc=example"},
		{"the number of a type", "2.5.4.3=fry,0.9.2342.19200300.100.1.25=example", "cn=fry,dc=example"},
		{"bytes that are no text", `cn=\ff\fe,dc=example`, `cn=\ff\fe,dc=example`},
		{"a NUL", `cn=a\00b,dc=example`, `cn=a\00b,dc=example`},
		{"a backslash", `cn=a\\b,dc=example`, `cn=a\\b,dc=example`},
		{"an empty value", "cn=,dc=example", "cn=,dc=example"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Ref(tt.dn)
			if err != nil || got != tt.want {
				t.Errorf("Ref(%q) = %q, %v; want %q", tt.dn, got, err, tt.want)
			}
		})
	}
}

func TestRefRefusesWhatIsNoName(t *testing.T) {
	t.Parallel()
	for _, dn := range []string{"", "  ", "fry", "uid=fry,", ",uid=fry", "=fry", "uid=fry,,dc=example", `cn=fry\`, `cn=\zz`, "cn=a<b", "cn=\xff"} {
		if got, err := Ref(dn); err == nil {
			t.Errorf("Ref(%q) = %q, and no error", dn, got)
		}
	}
}

func TestRefTellsPeopleApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, dn := range []string{
		`cn=a\,b,dc=x`, "cn=a,b=x,dc=x", `cn=a\+b=c,dc=x`, "cn=a+b=c,dc=x", `cn=\ff,dc=x`, `cn=\fe,dc=x`, `cn=\\ff,dc=x`, "cn=ff,dc=x", `cn=\00,dc=x`, "cn=00,dc=x",
	} {
		ref, err := Ref(dn)
		if err != nil {
			t.Fatalf("%q: %v", dn, err)
		}
		if other, ok := seen[ref]; ok {
			t.Errorf("%q and %q have one ref, %q", dn, other, ref)
		}
		seen[ref] = dn
	}
}

// FuzzRef looks for names whose ref is not stable, is not text, or depends on which of the two ways it was made.
func FuzzRef(f *testing.F) {
	for _, dn := range []string{
		"uid=fry,ou=people,dc=example,dc=com", `cn=Fry\, P+UID=\ff;dc=x`, "2.5.4.3= a  b ,dc=#0403467279", `cn=\#\ \22`, "commonName=K,o=ſ", "cn=\x7f",
	} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		ref, err := Ref(dn)
		if err != nil {
			return
		}
		if !utf8.ValidString(ref) || strings.ContainsRune(ref, 0) {
			t.Errorf("Ref(%q) = %q is not text", dn, ref)
		}
		if again, err := Ref(ref); err != nil || again != ref {
			t.Errorf("Ref(%q) = %q, of which the ref is %q, %v", dn, ref, again, err)
		}
		// The same name with a part that the quick way leaves to the thorough one.
		if _, quick := plainRef(dn); quick {
			slow, err := Ref(dn + `,cn=\78`)
			if err != nil || slow != ref+",cn=x" {
				t.Errorf("Ref(%q) = %q, but the thorough way says %q, %v", dn, ref, slow, err)
			}
		}
	})
}

func TestGUID(t *testing.T) {
	t.Parallel()
	// The order of bytes that Microsoft documents for objectGUID.
	raw := []byte{0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xf0, 0xde, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0}
	const want = "12345678-9abc-def0-1234-56789abcdef0"
	got, err := guid(raw)
	if err != nil || got != want {
		t.Errorf("guid = %q, %v; want %q", got, err, want)
	}
	back, err := guidBytes(want)
	if err != nil || string(back) != string(raw) {
		t.Errorf("guidBytes = %x, %v", back, err)
	}
	if _, err := guid(raw[:15]); err == nil {
		t.Error("fifteen bytes made a GUID")
	}
	if _, err := guidBytes(strings.Repeat("-", 36)); err == nil {
		t.Error("dashes made a GUID")
	}
}

func TestSID(t *testing.T) {
	t.Parallel()
	raw := []byte{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 2, 0, 0}
	if got, err := sid(raw); err != nil || got != "S-1-5-21-1-2-3-513" {
		t.Errorf("sid = %q, %v", got, err)
	}
	for _, bad := range [][]byte{nil, raw[:7], raw[:12], append(raw, 0)} {
		if got, err := sid(bad); err == nil {
			t.Errorf("sid(%x) = %q, and no error", bad, got)
		}
	}
}

func TestEqualityEscapesItsValue(t *testing.T) {
	t.Parallel()
	if got := equality("uid", "a*)(uid=\x00\xff"); got != `(uid=a\2a\29\28uid=\00\ff)` {
		t.Errorf("equality = %s", got)
	}
}

func BenchmarkRef(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Ref("uid=person-12345,ou=People,dc=example,dc=com"); err != nil {
			b.Fatal(err)
		}
	}
}
