package ldaptest

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// record is one record of LDIF (RFC 2849): an entry, or a change of one.
type record struct {
	dn    string
	kind  string // of change; "" where none is stated
	lines []line
}

// line is one attribute and value, or "-" alone.
type line struct{ name, value string }

// parseLDIF reads records: folded lines, base64 and comments, but no values from addresses, and of changetypes only add,
// modify and delete; [Server.Rename] renames.
func parseLDIF(r io.Reader) ([]record, error) {
	var records []record
	var current *record
	take := func(text string, n int) error {
		if text == "" || strings.HasPrefix(text, "#") {
			return nil
		}
		l, err := parseLine(text)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case strings.EqualFold(l.name, "version") && current == nil:
		case strings.EqualFold(l.name, "dn"):
			records = append(records, record{dn: l.value})
			current = &records[len(records)-1]
		case current == nil:
			return fmt.Errorf("line %d: %q stands outside a record, which begins with its dn", n, text)
		case strings.EqualFold(l.name, "changetype"):
			current.kind = l.value
		default:
			current.lines = append(current.lines, l)
		}
		return nil
	}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<24)
	var whole strings.Builder
	n, begun := 0, 0
	for in.Scan() {
		n++
		text := strings.TrimSuffix(in.Text(), "\r")
		if rest, folded := strings.CutPrefix(text, " "); folded && whole.Len() > 0 {
			whole.WriteString(rest)
			continue
		}
		if err := take(whole.String(), begun); err != nil {
			return nil, err
		}
		whole.Reset()
		whole.WriteString(text)
		begun = n
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	return records, take(whole.String(), begun)
}

func parseLine(text string) (line, error) {
	if strings.TrimSpace(text) == "-" {
		return line{name: "-"}, nil
	}
	name, value, ok := strings.Cut(text, ":")
	if !ok {
		return line{}, fmt.Errorf("%q has no colon", text)
	}
	if encoded, ok := strings.CutPrefix(value, ":"); ok {
		decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(encoded, " ", ""))
		return line{name, string(decoded)}, err
	}
	if strings.HasPrefix(value, "<") {
		return line{}, fmt.Errorf("%s: values from elsewhere are not read", name)
	}
	return line{name, strings.TrimLeft(value, " ")}, nil
}

// apply carries the record out.
func (r record) apply(c *goldap.Conn, kind string) error {
	if r.kind != "" {
		kind = r.kind
	}
	switch kind {
	case "add":
		return c.Add(r.addRequest())
	case "delete":
		return c.Del(goldap.NewDelRequest(r.dn, nil))
	case "modify":
		request, err := r.modifyRequest()
		if err != nil {
			return err
		}
		return c.Modify(request)
	default:
		return fmt.Errorf("changetype %q is not among add, modify and delete", kind)
	}
}

func (r record) addRequest() *goldap.AddRequest {
	request := goldap.NewAddRequest(r.dn, nil)
	at := map[string]int{}
	for _, l := range r.lines {
		i, ok := at[strings.ToLower(l.name)]
		if !ok {
			i = len(request.Attributes)
			at[strings.ToLower(l.name)] = i
			request.Attribute(l.name, nil)
		}
		request.Attributes[i].Vals = append(request.Attributes[i].Vals, l.value)
	}
	return request
}

// modifyRequest reads "add: member", the values of it, and "-", as often as they come.
func (r record) modifyRequest() (*goldap.ModifyRequest, error) {
	request := goldap.NewModifyRequest(r.dn, nil)
	for i := 0; i < len(r.lines); i++ {
		operation, attribute := r.lines[i].name, r.lines[i].value
		var values []string
		for i+1 < len(r.lines) && r.lines[i+1].name != "-" {
			i++
			if !strings.EqualFold(r.lines[i].name, attribute) {
				return nil, fmt.Errorf("%s under %s: %s", r.lines[i].name, operation, attribute)
			}
			values = append(values, r.lines[i].value)
		}
		i++ // "-"
		switch operation {
		case "add":
			request.Add(attribute, values)
		case "delete":
			request.Delete(attribute, values)
		case "replace":
			request.Replace(attribute, values)
		default:
			return nil, fmt.Errorf("%q is not among add, delete and replace", operation)
		}
	}
	if len(request.Changes) == 0 {
		return nil, errors.New("changes nothing")
	}
	return request, nil
}
