package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// onceField is the field of a form that does something which is to be done once, however often the form is sent: a double
// click makes one token. Its value is another one each time that a page is made.
const onceField = "once"

// onceKey is the idempotency key of a request that a form makes. Requests that differ have keys that differ: a form may make
// several, such as a plan and what it planned, and one that was corrected is another one.
func onceKey(once, method, target string, body []byte, seen string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{once, method, target, string(body), seen}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// anew lets what the form asks for from here on be answered as it is now, and not as it was when it was asked for before.
func (v *visit) anew() {
	if v.once != "" {
		v.once = rand.Text()
	}
}

// seenOf is the tag of the object at a path of the API: as the form says that its reader saw it, else as it was read for the
// form; "" for an object that is yet to be made.
func (v *visit) seenOf(f *form, path string) string {
	if seen := f.get(seenTag); seen != "" {
		return seen
	}
	tag, _ := v.tags.Load(path)
	text, _ := tag.(string)
	return text
}
