package scim

import "strings"

// field returns the value of an object's member, whatever the case of its name: clients write "Operations" and
// "operations", and RFC 7643 §2.1 gives them the right. [schema.Decode] has seen to it that there is only one.
func field(object map[string]any, name string) (value any, ok bool) {
	if value, ok = object[name]; ok {
		return value, true
	}
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return nil, false
}

// hasSchema reports whether a message names the schema among its schemas, in any case.
func hasSchema(message map[string]any, urn string) bool {
	value, _ := field(message, "schemas")
	urns, _ := value.([]any)
	for _, u := range urns {
		if s, ok := u.(string); ok && strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}

// unwrap returns the element of an array of one, which older Entra clients send for single values, or the value itself.
func unwrap(value any) any {
	if list, ok := value.([]any); ok && len(list) == 1 {
		return list[0]
	}
	return value
}
