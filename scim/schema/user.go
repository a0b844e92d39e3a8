package schema

func userAttributes() []*Attribute {
	return append(identityAttributes(),
		plural("emails", "E-mail addresses.", []string{"work", "home", "other"},
			&Attribute{Name: "value", Description: "The e-mail address."}),
		plural("phoneNumbers", "Telephone numbers.", []string{"work", "home", "mobile", "fax", "pager", "other"},
			&Attribute{Name: "value", Description: "The number, as RFC 3966 or as people write it."}),
		plural("ims", "Instant messaging addresses.", []string{"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"},
			&Attribute{Name: "value", Description: "The address."}),
		plural("photos", "URLs of photographs.", []string{"photo", "thumbnail"},
			&Attribute{Name: "value", Description: "The photograph's URL.", Type: Reference, CaseExact: true, ReferenceTypes: []string{"external"}}),
		&Attribute{
			Name: "addresses", Description: "Postal addresses.", Type: Complex, MultiValued: true,
			Sub: []*Attribute{
				{Name: "formatted", Description: "The whole address, as on an envelope."},
				{Name: "streetAddress", Description: "Street, house number, post office box; may have several lines."},
				{Name: "locality", Description: "City or town."},
				{Name: "region", Description: "State or region."},
				{Name: "postalCode", Description: "Postal code."},
				{Name: "country", Description: "Country, as an ISO 3166-1 alpha-2 code."},
				{Name: "type", Description: "What the address is for.", CanonicalValues: []string{"work", "home", "other"}},
				{Name: "primary", Description: "Whether this is the preferred address.", Type: Boolean},
			},
		},
		&Attribute{
			Name: "groups", Description: "The directory groups to which the person belongs.", Type: Complex, MultiValued: true, Mutability: ReadOnly,
			Sub: []*Attribute{
				{Name: "value", Description: "The group's id.", CaseExact: true, Mutability: ReadOnly},
				{Name: "$ref", Description: "The group's URL.", Type: Reference, CaseExact: true, Mutability: ReadOnly, ReferenceTypes: []string{"User", "Group"}},
				{Name: "display", Description: "The group's name, for people.", Mutability: ReadOnly},
				{Name: "type", Description: "Whether the person is in the group itself.", Mutability: ReadOnly, CanonicalValues: []string{"direct", "indirect"}},
			},
		},
		plural("entitlements", "What the directory says the person is entitled to. A statement: it gives no right by itself.", nil,
			&Attribute{Name: "value", Description: "The entitlement."}),
		plural("roles", "What the directory says the person's roles are. A statement: it gives no right by itself.", nil,
			&Attribute{Name: "value", Description: "The role."}),
		plural("x509Certificates", "Certificates issued to the person.", nil,
			&Attribute{Name: "value", Description: "The certificate in DER, in base64.", Type: Binary, CaseExact: true}),
	)
}

func identityAttributes() []*Attribute {
	return []*Attribute{
		{Name: "userName", Description: "The name by which the person signs in, unique in the connection.", Required: true, Uniqueness: Server},
		{
			Name: "name", Description: "The parts of the person's name.", Type: Complex,
			Sub: []*Attribute{
				{Name: "formatted", Description: "The whole name, for people."},
				{Name: "familyName", Description: "Family name."},
				{Name: "givenName", Description: "Given name."},
				{Name: "middleName", Description: "Middle names."},
				{Name: "honorificPrefix", Description: "Title before the name."},
				{Name: "honorificSuffix", Description: "Suffix after the name."},
			},
		},
		{Name: "displayName", Description: "The person's name, for people."},
		{Name: "nickName", Description: "What the person is called casually."},
		{Name: "profileUrl", Description: "The URL of the person's profile page.", Type: Reference, CaseExact: true, ReferenceTypes: []string{"external"}},
		{Name: "title", Description: "Job title."},
		{Name: "userType", Description: "How the person relates to the organisation."},
		{Name: "preferredLanguage", Description: "Preferred languages, as in the Accept-Language header."},
		{Name: "locale", Description: "Locale for dates, numbers and currency, as a language tag."},
		{Name: "timezone", Description: "Time zone, by its name in the IANA database."},
		{Name: "active", Description: "Whether the directory lets the person work; false suspends.", Type: Boolean},
		{Name: "password", Description: "Accepted and dropped.", CaseExact: true, Mutability: WriteOnly, Returned: Never},
	}
}

func enterpriseAttributes() []*Attribute {
	return []*Attribute{
		{Name: "employeeNumber", Description: "The number that the organisation gave the person."},
		{Name: "costCenter", Description: "Cost centre."},
		{Name: "organization", Description: "Organisation."},
		{Name: "division", Description: "Division."},
		{Name: "department", Description: "Department."},
		{
			Name: "manager", Description: "The person's manager.", Type: Complex,
			Sub: []*Attribute{
				{Name: "value", Description: "The manager's id.", CaseExact: true},
				{Name: "$ref", Description: "The manager's URL.", Type: Reference, CaseExact: true, ReferenceTypes: []string{"User"}},
				{Name: "displayName", Description: "The manager's name, for people.", Mutability: ReadOnly},
			},
		},
	}
}

// plural makes a multi-valued attribute with the sub-attributes of RFC 7643 §2.4.
func plural(name, description string, types []string, value *Attribute) *Attribute {
	return &Attribute{
		Name: name, Description: description, Type: Complex, MultiValued: true,
		Sub: []*Attribute{
			value,
			{Name: "display", Description: "A name for the value, for people."},
			{Name: "type", Description: "What the value is for.", CanonicalValues: types},
			{Name: "primary", Description: "Whether this is the preferred value.", Type: Boolean},
		},
	}
}
