package ldap

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/scim/schema"
)

// Ref returns the one form in which a distinguished name (RFC 4514) is compared: attribute types in lower case and by
// their short names, values folded by [schema.Fold] with runs of spaces made one, the parts of a multi-valued RDN
// sorted, no spaces around separators, and nothing escaped that need not be. Two names of one entry have one Ref, however
// a server or a member attribute spells them. It fails on what is no name, and on the empty one, which names nobody.
func Ref(dn string) (string, error) {
	if ref, ok := plainRef(dn); ok {
		return ref, nil
	}
	if !utf8.ValidString(dn) {
		return "", sayError("not valid UTF-8")
	}
	parsed, err := goldap.ParseDN(dn)
	if err != nil {
		return "", sayError("not a distinguished name: %v", err)
	}
	if len(parsed.RDNs) == 0 {
		return "", sayError("an empty distinguished name")
	}
	var b strings.Builder
	b.Grow(len(dn))
	for i, rdn := range parsed.RDNs {
		if i > 0 {
			b.WriteByte(',')
		}
		parts := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			if !isAttribute(a.Type) {
				return "", sayError("not a distinguished name: %q is no attribute", a.Type)
			}
			parts[j] = shortType(schema.Fold(a.Type)) + "=" + escapeValue(foldValue(a.Value))
		}
		slices.Sort(parts)
		b.WriteString(strings.Join(parts, "+"))
	}
	return b.String(), nil
}

// plainRef is [Ref] for names that need no care: ASCII, nothing escaped, one part to each RDN. Nearly all are such, and a
// group may have a hundred thousand. It reports false for all others.
func plainRef(dn string) (string, bool) {
	out := make([]byte, 0, len(dn))
	for at := 0; ; at++ { // each RDN; at ends on the comma after it
		if len(out) > 0 {
			out = append(out, ',')
		}
		start := len(out)
		for at < len(dn) && dn[at] == ' ' {
			at++
		}
		for ; at < len(dn) && dn[at] != '='; at++ {
			c := lowerASCII(dn[at])
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
				return "", false
			}
			out = append(out, c)
		}
		if at == len(dn) || len(out) == start || out[start] == '-' || out[start] == '.' {
			return "", false
		}
		if short := out[start:]; len(short) > 5 || '0' <= short[0] && short[0] <= '9' {
			out = append(out[:start], shortType(string(short))...)
		}
		out = append(out, '=')
		start = len(out)
		for at++; at < len(dn) && dn[at] != ','; at++ {
			c := dn[at]
			switch {
			case c == ' ':
				if len(out) == start || out[len(out)-1] == ' ' {
					continue
				}
			case c < ' ', c > '~', c == '\\', c == '"', c == '+', c == ';', c == '<', c == '>', c == '#' && len(out) == start:
				return "", false
			}
			out = append(out, lowerASCII(c))
		}
		if len(out) > start && out[len(out)-1] == ' ' {
			out = out[:len(out)-1]
		}
		if at == len(dn) {
			return string(out), true
		}
	}
}

// shortTypes are other names of attribute types that distinguished names are made of (RFC 4519 §2): one entry may be
// named by either.
var shortTypes = map[string]string{
	"commonname": "cn", "2.5.4.3": "cn",
	"surname": "sn", "2.5.4.4": "sn",
	"countryname": "c", "2.5.4.6": "c",
	"localityname": "l", "2.5.4.7": "l",
	"stateorprovincename": "st", "2.5.4.8": "st",
	"streetaddress": "street", "2.5.4.9": "street",
	"organizationname": "o", "2.5.4.10": "o",
	"organizationalunitname": "ou", "2.5.4.11": "ou",
	"domaincomponent": "dc", "0.9.2342.19200300.100.1.25": "dc",
	"userid": "uid", "0.9.2342.19200300.100.1.1": "uid",
}

func shortType(folded string) string {
	if short, ok := shortTypes[folded]; ok {
		return short
	}
	return folded
}

// foldValue brings a value of a name into the form in which it is compared: case and runs of spaces do not count, and
// neither do spaces around it (RFC 4518 §2.6.1). Bytes that are no text count as they are.
func foldValue(v string) string {
	if utf8.ValidString(v) {
		v = schema.Fold(v)
	}
	v = strings.Trim(v, " ")
	for strings.Contains(v, "  ") {
		v = strings.ReplaceAll(v, "  ", " ")
	}
	return v
}

// escapeValue escapes what must be in a value (RFC 4514 §2.4), and bytes that are no text or that nobody sees.
func escapeValue(v string) string {
	var b strings.Builder
	b.Grow(len(v))
	for i := 0; i < len(v); {
		r, size := utf8.DecodeRuneInString(v[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, `\%02x`, v[i])
		case strings.ContainsRune(`"+,;<>\`, r), r == '#' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteString(v[i : i+size])
		}
		i += size
	}
	return b.String()
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// equality returns the filter (RFC 4515) that an attribute has a value, whatever bytes the value is of.
func equality(attribute, value string) string {
	return "(" + attribute + "=" + goldap.EscapeFilter(value) + ")"
}

// guid writes the sixteen bytes of an objectGUID as people and tools of Active Directory do: 8-4-4-4-12 digits, of which
// the first three numbers lie in the bytes the least significant first.
func guid(b []byte) (string, error) {
	if len(b) != 16 {
		return "", sayError("has %d bytes instead of 16", len(b))
	}
	return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:]), nil
}

// guidBytes is the inverse of guid.
func guidBytes(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 || len(text) != 36 {
		return nil, fmt.Errorf("%q is no GUID", text)
	}
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
	return b, nil
}

// sid writes a security identifier of Windows as text: S-1-5-21-….
func sid(b []byte) (string, error) {
	if len(b) < 8 || len(b) != 8+4*int(b[1]) {
		return "", sayError("%d bytes are no security identifier", len(b))
	}
	var authority uint64
	for _, c := range b[2:8] {
		authority = authority<<8 | uint64(c)
	}
	text := fmt.Appendf(nil, "S-%d-%d", b[0], authority)
	for at := 8; at < len(b); at += 4 {
		text = strconv.AppendUint(append(text, '-'), uint64(binary.LittleEndian.Uint32(b[at:])), 10)
	}
	return string(text), nil
}
