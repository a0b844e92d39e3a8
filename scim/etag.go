package scim

import (
	"strconv"
	"strings"

	"rollcall/provision"
)

// etag is the entity tag of a version: weak, because the bytes of an answer depend on its projection (RFC 7644 §3.14).
func etag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

// matches reports whether one of the entity tags of a header If-Match or If-None-Match is that of the version. Tags are
// compared weakly, as RFC 7644 §3.14 has only weak ones. A header that is not a list of tags matches nothing.
func matches(header []string, version int64) bool {
	want, found := strconv.FormatInt(version, 10), false
	rest := strings.TrimSpace(strings.Join(header, ","))
	if rest == "*" {
		return true
	}
	for rest != "" {
		rest = strings.TrimPrefix(rest, "W/")
		if rest == "" || rest[0] != '"' {
			return false
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return false
		}
		found = found || rest[1:1+end] == want
		rest = strings.TrimSpace(rest[end+2:])
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return false
		}
		rest = strings.TrimLeft(rest, ", \t")
	}
	return found
}

// match is the precondition of a write: If-Match, if there is one (RFC 9110 §13.1.1).
func (c *call) match() provision.Match {
	if len(c.ifMatch) == 0 {
		return nil
	}
	return func(version int64) bool { return matches(c.ifMatch, version) }
}

// unchanged reports whether the client has this version already, so that the answer is 304 (RFC 9110 §13.1.2).
func (c *call) unchanged(version int64) bool {
	return len(c.ifNoneMatch) > 0 && matches(c.ifNoneMatch, version)
}
