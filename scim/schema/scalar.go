package schema

import (
	"encoding/base64"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// scalar brings a value that is not null into the type of the path's leaf, or records a problem and returns nil.
func (n *normalizer) scalar(ref Ref, element int, value any) any {
	switch t := ref.Leaf().Type; t {
	case String, Reference, Binary, DateTime:
		s, ok := value.(string)
		if !ok {
			n.refuse(ref, element, "expects a string, not %s", kindOf(value))
			return nil
		}
		if fault := textFault(t, s); fault != "" {
			n.refuse(ref, element, "%s", fault)
			return nil
		}
		return value
	case Boolean:
		if s, ok := value.(string); ok && n.lenient.BooleanStrings {
			switch {
			case strings.EqualFold(s, "true"):
				return true
			case strings.EqualFold(s, "false"):
				return false
			}
		}
		if _, ok := value.(bool); ok {
			return value
		}
		n.refuse(ref, element, "expects true or false, not %s", kindOf(value))
	case Integer:
		switch v := value.(type) {
		case int64:
			return value
		case float64:
			if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
				return int64(v)
			}
		}
		n.refuse(ref, element, "expects a whole number, not %s", kindOf(value))
	case Decimal:
		switch value.(type) {
		case int64, float64:
			return value
		}
		n.refuse(ref, element, "expects a number, not %s", kindOf(value))
	case Complex:
		panic("schema: a complex value is no scalar")
	}
	return nil
}

// textFault says what is wrong with the text of a type, or "".
func textFault(t Type, s string) string {
	switch {
	case len(s) > MaxString:
		return "is longer than 65536 bytes"
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case strings.IndexByte(s, 0) >= 0:
		return "has a NUL character, which cannot be stored"
	}
	switch t {
	case DateTime:
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return "expects a dateTime such as 2026-01-31T12:00:00Z"
		}
	case Binary:
		if !isBase64(s) {
			return "expects base64"
		}
	case String, Reference, Boolean, Decimal, Integer, Complex:
	}
	return ""
}

// isBase64 accepts both alphabets of RFC 4648, with or without padding (RFC 7643 §2.3.6).
func isBase64(s string) bool {
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if _, err := e.DecodeString(s); err == nil {
			return true
		}
	}
	return false
}

// kindOf names the JSON type of a value for a message.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "something else"
}
