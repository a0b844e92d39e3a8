package store

import (
	"strings"

	"rollcall/scim/schema"
)

// accountColumns is where the account table keeps the attributes of users.
var accountColumns = columns{
	fold: "a.fold",
	typed: common(schema.User, "a.person", "a.modified_at", map[string]value{
		"userName": {"a.user_name_fold", asName},
		"active":   {"a.active", asBool},
		schema.RollcallURN + ":state": {
			"(SELECT p.state FROM person p WHERE p.tenant = a.tenant AND p.id = a.person)", asText,
		},
	}),
	rows: computed(map[string][]rows{
		"schemas": {schemas(schema.User)},
		"groups": {{
			from: `membership m JOIN grp g ON g.tenant = m.tenant AND g.id = m.grp AND g.connection = ?
			        WHERE m.tenant = a.tenant AND m.person = a.person AND m.ended = 0`,
			connection: true,
			of:         map[string]value{"": {"m.grp", asText}, "value": {"m.grp", asText}, "display": {"g.name_fold", asText}, "type": {"'direct'", asText}},
		}},
	}),
}

// computed adds what we compute about people, but for their state, as what cannot be searched for: rights follow what the
// account states, so no page of accounts may depend on them.
func computed(own map[string][]rows) map[string][]rows {
	for _, x := range schema.ByURN(schema.RollcallURN).Attributes {
		if path := schema.RollcallURN + ":" + x.Name; x.Mutability == schema.ReadOnly && x.Name != "state" {
			own[path] = nil
		}
	}
	return own
}

// groupColumns is where the grp table keeps the attributes of groups. What changes members changes the group, and is
// counted apart from its row.
var groupColumns = columns{
	fold: "a.fold",
	typed: common(schema.Group, "a.id", `(SELECT MAX(z.at) FROM (SELECT a.modified_at AS at
		UNION ALL SELECT t.at FROM tally t WHERE t.tenant = a.tenant AND t.scope = 'g:' || a.id
		UNION ALL SELECT b.at FROM backlog b WHERE b.tenant = a.tenant AND b.scope = 'g:' || a.id) z)`, map[string]value{
		"displayName": {"a.name_fold", asName},
	}),
	rows: map[string][]rows{
		"schemas": {schemas(schema.Group)},
		"members": {
			{
				from: `membership m WHERE m.tenant = a.tenant AND m.grp = a.id AND m.ended = 0`,
				of: map[string]value{"": {"m.person", asText}, "value": {"m.person", asText}, "type": {"'user'", asText}, "display": {
					`(SELECT x.user_name_fold FROM account x WHERE x.tenant = m.tenant AND x.person = m.person
					   AND x.connection IN (a.connection, '') AND x.ended = 0 ORDER BY x.connection DESC LIMIT 1)`, asText,
				}},
			},
			{
				from: `nesting n JOIN grp g ON g.tenant = n.tenant AND g.id = n.child WHERE n.tenant = a.tenant AND n.parent = a.id AND n.ended = 0`,
				of:   map[string]value{"": {"n.child", asText}, "value": {"n.child", asText}, "type": {"'group'", asText}, "display": {"g.name_fold", asText}},
			},
		},
	},
}

// common adds to a table's own columns those that every resource has. What the edge computes for each answer, the URL and
// the entity tag, has no column.
func common(rt *schema.ResourceType, id, modified string, own map[string]value) map[string]value {
	own["id"] = value{id, asName}
	own["externalId"] = value{"a.external_id", asText}
	own["meta"] = value{"a.created_at", asMicros} // every resource has one
	own["meta.resourceType"] = value{"'" + rt.Name + "'", asName}
	own["meta.created"] = value{"a.created_at", asMicros}
	own["meta.lastModified"] = value{modified, asMicros}
	own["meta.location"] = value{}
	own["meta.version"] = value{}
	return own
}

// schemas yields the URNs of the core schema and of the extensions that a resource's document has.
func schemas(rt *schema.ResourceType) rows {
	var b strings.Builder
	b.WriteString("(SELECT '" + rt.Core.ID + "' AS urn")
	for _, x := range rt.Extensions {
		b.WriteString(" UNION ALL SELECT '" + x.ID + "' WHERE a.fold -> '" + strings.ToLower(x.ID) + "' IS NOT NULL")
	}
	b.WriteString(") s WHERE 1 = 1")
	return rows{from: b.String(), of: map[string]value{"": {"s.urn", asText}}}
}
