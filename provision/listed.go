package provision

import (
	"strconv"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// displayName is what people call somebody: their displayName, else what their name's parts say, else their userName.
func displayName(doc directory.Attributes, userName string) string {
	if s, _ := doc["displayName"].(string); strings.TrimSpace(s) != "" {
		return s
	}
	name, _ := doc["name"].(map[string]any)
	if s, _ := name["formatted"].(string); strings.TrimSpace(s) != "" {
		return s
	}
	given, _ := name["givenName"].(string)
	family, _ := name["familyName"].(string)
	if s := strings.TrimSpace(given + " " + family); s != "" {
		return s
	}
	return userName
}

// list fills what lists are sorted by and searched in.
func list(x *store.Person, doc directory.Attributes) {
	name, _ := doc["name"].(map[string]any)
	given, _ := name["givenName"].(string)
	family, _ := name["familyName"].(string)
	words := []string{displayName(doc, x.UserName), strings.TrimSpace(given + " " + family), x.UserName, strconv.FormatInt(x.DisplayID, 10)}
	for _, attribute := range []string{"emails", "phoneNumbers"} {
		values, _ := doc[attribute].([]any)
		for _, v := range values {
			element, _ := v.(map[string]any)
			value, _ := element["value"].(string)
			words = append(words, value)
		}
	}
	x.ListName = schema.Fold(words[0])
	x.ListText = schema.Fold(strings.Join(words, "\n"))
}

// listedAnew reports whether lists show the person otherwise than before, although it may be nobody's change.
func (p *Plan) listedAnew() bool {
	return p.Before != nil && (p.Before.ListName != p.After.ListName || p.Before.ListText != p.After.ListText)
}
