package scim

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"rollcall/scim/schema"
)

const searchURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// The sizes of pages.
const (
	defaultPage = 100
	maxPage     = 1000
)

// query is a question to a collection, from a URL or from a SearchRequest (RFC 7644 §3.4.2, RFC 9865).
type query struct {
	filter, sortBy                 string
	descending                     bool
	attributes, excludedAttributes string
	start                          int64 // from 1
	count                          int
	counted                        bool    // the client said how many
	cursor                         *string // nil: pages by index
}

// queryOf reads a query from a URL's parameters.
func queryOf(v url.Values) (query, error) {
	var q query
	q.filter, _ = parameter(v, "filter")
	q.sortBy, _ = parameter(v, "sortBy")
	q.attributes, _ = parameter(v, "attributes")
	q.excludedAttributes, _ = parameter(v, "excludedAttributes")
	if cursor, ok := parameter(v, "cursor"); ok {
		q.cursor = &cursor
	}
	order, _ := parameter(v, "sortOrder")
	if err := q.order(order); err != nil {
		return q, err
	}
	start, started := parameter(v, "startIndex")
	count, counted := parameter(v, "count")
	return q, q.paged(started, start, counted && count != "", count)
}

// parseSearch reads a query from the body of a search.
func parseSearch(body []byte, strict bool) (query, error) {
	var q query
	message, err := schema.Decode(body)
	if err != nil {
		return q, err
	}
	if strict && !hasSchema(message, searchURN) {
		return q, refuse(invalidSyntax, "schemas must contain %s", searchURN)
	}
	var order, cursor string
	for name, into := range map[string]*string{"filter": &q.filter, "sortBy": &q.sortBy, "sortOrder": &order, "cursor": &cursor} {
		value, _ := field(message, name)
		var isText bool
		if *into, isText = value.(string); !isText && value != nil {
			return q, refuse(invalidValue, "%s must be a string", name)
		}
		if name == "cursor" && value != nil {
			q.cursor = &cursor
		}
	}
	for name, into := range map[string]*string{"attributes": &q.attributes, "excludedAttributes": &q.excludedAttributes} {
		if *into, err = names(message, name); err != nil {
			return q, err
		}
	}
	if err := q.order(order); err != nil {
		return q, err
	}
	var numbers [2]string
	for i, name := range []string{"startIndex", "count"} {
		switch value, _ := field(message, name); value := value.(type) {
		case nil:
		case int64:
			numbers[i] = strconv.FormatInt(value, 10)
		default:
			return q, refuse(invalidValue, "%s must be a whole number", name)
		}
	}
	return q, q.paged(numbers[0] != "", numbers[0], numbers[1] != "", numbers[1])
}

// names reads a list of attributes' names, joined by commas.
func names(message map[string]any, name string) (string, error) {
	value, _ := field(message, name)
	if text, ok := value.(string); ok || value == nil {
		return text, nil
	}
	elements, ok := value.([]any)
	var out []string
	for _, e := range elements {
		text, isText := e.(string)
		ok = ok && isText
		out = append(out, text)
	}
	if !ok {
		return "", refuse(invalidValue, "%s must be an array of strings", name)
	}
	return strings.Join(out, ","), nil
}

func (q *query) order(text string) error {
	switch strings.ToLower(text) {
	case "", "ascending":
	case "descending":
		q.descending = true
	default:
		return refuse(invalidValue, "sortOrder must be ascending or descending")
	}
	return nil
}

// paged reads which page is asked for. By index, RFC 7644 §3.4.2.4 forgives what is out of range; by cursor, RFC 9865 §2.1
// does not.
func (q *query) paged(started bool, start string, counted bool, count string) error {
	q.start, q.count, q.counted = 1, defaultPage, counted
	if started && q.cursor != nil {
		return refuse(invalidValue, "startIndex and cursor are two ways to page; send one of them")
	}
	if started && start != "" {
		n, err := number("startIndex", start)
		if err != nil {
			return err
		}
		q.start = max(1, n)
	}
	if !counted {
		return nil
	}
	n, err := number("count", count)
	if q.cursor != nil && (err != nil || n > maxPage) {
		return refuse(invalidCount, "count must be a whole number from 0 to %d", maxPage)
	}
	if err != nil {
		return err
	}
	q.count = int(min(max(0, n), maxPage))
	return nil
}

// number reads a whole number; what does not fit is the greatest or the least that does.
func number(name, text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, refuse(invalidValue, "%s must be a whole number", name)
	}
	return n, nil
}

// digest is the query without its page: two queries with the same digest have the same pages.
func (q *query) digest(parts []part) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p.rt.Name + "\n"))
	}
	for _, s := range []string{q.filter, q.sortBy, strconv.FormatBool(q.descending), q.attributes, q.excludedAttributes} {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	return h.Sum(nil)
}
