package schema

// The URNs of the schemas.
const (
	UserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	RollcallURN   = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User"
)

// User is the type of people: the core user of RFC 7643 §4.1, the enterprise extension of §4.3 and our own.
var User = &ResourceType{
	Name:        "User",
	Endpoint:    "/Users",
	Description: "A person who works in the contact centre.",
	Core:        newSchema(UserURN, "User", "User Account", userAttributes()...),
	Extensions: []*Schema{
		newSchema(EnterpriseURN, "EnterpriseUser", "Enterprise User", enterpriseAttributes()...),
		newSchema(RollcallURN, "RollcallUser", "What a contact centre knows of a person beyond the core schema", rollcallAttributes()...),
	},
}

// Group is the type of directory groups (RFC 7643 §4.2).
var Group = &ResourceType{
	Name:        "Group",
	Endpoint:    "/Groups",
	Description: "A group of the directory. It gives rights only through mapping rules.",
	Core:        newSchema(GroupURN, "Group", "Group", groupAttributes()...),
}

// Common holds the attributes that every resource has (RFC 7643 §3 and §3.1). It has no URN: they are not a schema of
// their own, and no discovery answer lists it.
var Common = newSchema("", "Common", "Attributes of every resource",
	&Attribute{
		Name: "schemas", Description: "The URNs of the schemas whose attributes the resource has.", Type: Reference,
		MultiValued: true, Required: true, CaseExact: true, Returned: Always, ReferenceTypes: []string{"uri"},
	},
	&Attribute{
		Name: "id", Description: "The resource's identifier: given by the service provider, stable, never used again.",
		CaseExact: true, Mutability: ReadOnly, Returned: Always, Uniqueness: Server,
	},
	&Attribute{
		Name: "externalId", Description: "The resource's identifier at the provisioning client.", CaseExact: true,
	},
	&Attribute{
		Name: "meta", Description: "What the service provider knows about the resource itself.", Type: Complex, Mutability: ReadOnly,
		Sub: []*Attribute{
			{Name: "resourceType", Description: "The name of the resource's type.", CaseExact: true, Mutability: ReadOnly},
			{Name: "created", Description: "When the resource was made.", Type: DateTime, Mutability: ReadOnly},
			{Name: "lastModified", Description: "When the resource last changed.", Type: DateTime, Mutability: ReadOnly},
			{Name: "location", Description: "The resource's URL.", Type: Reference, CaseExact: true, Mutability: ReadOnly, ReferenceTypes: []string{"uri"}},
			{Name: "version", Description: "The resource's entity tag.", CaseExact: true, Mutability: ReadOnly},
		},
	},
)

// ByURN returns the schema of that URN, in any case, or nil.
func ByURN(urn string) *Schema {
	for _, rt := range []*ResourceType{User, Group} {
		if s := rt.schema(urn); s != nil {
			return s
		}
	}
	return nil
}

func groupAttributes() []*Attribute {
	return []*Attribute{
		{Name: "displayName", Description: "The group's name, for people.", Required: true},
		{
			Name: "members", Description: "The people and groups in the group.", Type: Complex, MultiValued: true,
			Sub: []*Attribute{
				{Name: "value", Description: "The member's id.", CaseExact: true, Mutability: Immutable},
				{Name: "$ref", Description: "The member's URL.", Type: Reference, CaseExact: true, Mutability: Immutable, ReferenceTypes: []string{"User", "Group"}},
				{Name: "type", Description: "Whether the member is a person or a group.", Mutability: Immutable, CanonicalValues: []string{"User", "Group"}},
				{Name: "display", Description: "The member's name, for people.", Mutability: ReadOnly},
			},
		},
	}
}
