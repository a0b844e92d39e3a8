package api

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// located is the problem of an error that says which parts of the request it is about, with the place of each. Other errors
// are returned as they are.
func (c *call) located(ctx context.Context, err error, place func(at string) string) error {
	var list []Fault
	for _, f := range directory.FaultsOf(err) {
		if f.At != "" || f.Code != "" {
			list = append(list, Fault{Code: string(f.Code), Location: place(f.At), Message: f.Text, Template: f.Template, Values: f.Values})
		}
	}
	if len(list) == 0 {
		return err
	}
	p := c.fail(ctx, err)
	p.Errors = list
	return p
}

// place is where in the body that stands, or would stand, which a fault is about.
func (p patch) place(at string) string {
	kind, target, _ := strings.Cut(at, ":")
	switch {
	case at == "":
		return ""
	case slices.Contains(directory.EntitlementKinds(), directory.EntitlementKind(kind)):
		return "body." + p.rightAt(kind, target)
	}
	return "body." + p.attributeAt(at)
}

// rightFields are the fields in which rights stand, by their kinds.
var rightFields = map[directory.EntitlementKind]string{
	directory.RoleEntitlement: "roles", directory.OptionEntitlement: "options", directory.ProfileEntitlement: "profile",
	directory.AgentGroupEntitlement: "agent_groups", directory.CampaignEntitlement: "campaigns", directory.QueueEntitlement: "queues",
	directory.StrategyEntitlement: "strategies", directory.CompanyEntitlement: "company", directory.SeatPoolEntitlement: "seat_pool",
	directory.StatusEntitlement: "status",
}

// rightAt is where a right stands; without a target, where those of the kind do.
func (p patch) rightAt(kind, target string) string {
	field := rightFields[directory.EntitlementKind(kind)]
	list, _ := p[field].([]any)
	for i, x := range list {
		at := field + "[" + strconv.Itoa(i) + "]"
		if object, ok := x.(map[string]any); ok && object["id"] == target {
			return at + ".id"
		}
		if x == target {
			return at
		}
	}
	return field
}

// attributeAt is where an attribute stands: in a field of its name, or among the attributes.
func (p patch) attributeAt(path string) string {
	whole, _, _ := strings.Cut(path, "[") // of a list's element, the list
	for stated := range maps.Keys(p.attributes()) {
		if under(whole, stated) {
			return "attributes." + stated
		}
	}
	if whole == "userName" && p["user_name"] == nil { // then it is one of these
		for _, other := range []string{"emails", "phoneNumbers"} {
			if at := p.attributeAt(other); p.states(at) {
				return at
			}
		}
	}
	for _, f := range plainFields {
		if schema.Fold(f.path) == schema.Fold(whole) {
			return f.field
		}
	}
	for _, f := range listFields {
		if under(whole, f.path) {
			return f.field
		}
	}
	return "attributes." + path
}

// states reports whether something stands at a place.
func (p patch) states(at string) bool {
	if path, ok := strings.CutPrefix(at, "attributes."); ok {
		return p.attributes()[path] != nil
	}
	return p[at] != nil
}

func (p patch) attributes() map[string]any {
	attributes, _ := p["attributes"].(map[string]any)
	return attributes
}

// under reports whether a path is that of an attribute, with its URN or without, or of a part of it.
func under(path, attribute string) bool {
	path, attribute = schema.Fold(path), schema.Fold(attribute)
	rest, ok := strings.CutPrefix(path, attribute)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == ':') || strings.HasSuffix(path, ":"+attribute)
}
