package schema

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode writes a document as JSON: keys sorted by their bytes, no white space, nothing escaped that need not be. Equal
// documents give equal bytes. It fails on a value that is no JSON as [Decode] yields it.
func Encode(doc map[string]any) ([]byte, error) {
	return AppendJSON(make([]byte, 0, 512), doc)
}

// AppendJSON appends a value of a document to b, as [Encode] writes it. On an error b is unchanged.
func AppendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return appendFloat(b, v)
	case []any:
		return appendArray(b, v)
	case map[string]any:
		return appendObject(b, v)
	}
	return b, fmt.Errorf("schema: a document cannot hold a %T", value)
}

func appendArray(b []byte, elements []any) ([]byte, error) {
	out := append(b, '[')
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = AppendJSON(out, e); err != nil {
			return b, err
		}
	}
	return append(out, ']'), nil
}

func appendObject(b []byte, object map[string]any) ([]byte, error) {
	var room [24]string
	names := room[:0]
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	out := append(b, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, name), ':')
		var err error
		if out, err = AppendJSON(out, object[name]); err != nil {
			return b, err
		}
	}
	return append(out, '}'), nil
}

// appendFloat writes the shortest text that reads back as f, in the form that encoding/json chooses.
func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return b, fmt.Errorf("schema: JSON has no number %v", f)
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, f, form, -1, 64), nil
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = append(b, s[done:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			if c >= utf8.RuneSelf {
				b = utf8.AppendRune(b, utf8.RuneError) // an invalid byte
			} else {
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i += size
		done = i
	}
	return append(append(b, s[done:]...), '"')
}
