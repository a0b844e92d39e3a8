package locale

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Key makes a key of a name that people write: its letters, without their accents and small, and its digits, with _ where
// anything else stands between them. A name of other letters than Latin ones has none: it returns "".
func Key(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r < 0x300 || r > 0x36f: // no accent of the letter before
			b.WriteByte('_')
		}
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' }), "_")
}
