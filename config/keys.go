package config

import "slices"

// section names one kind of mapping of the manifest, as the reference page heads it.
type section string

const (
	topSection        section = "The manifest"
	connectionSection section = "connections"
	provisionSection  section = "connections of the kinds scim and ldap"
	scimSection       section = "connections of kind scim"
	ldapSection       section = "connections of kind ldap"
	oidcSection       section = "connections of kind oidc"
	claimLinkSection  section = "link of a connection of kind oidc"
	claimRoleSection  section = "roles of a connection of kind oidc"
	searchSection     section = "users and groups of a directory"
	guardSection      section = "guard"
	capableSection    section = "capabilities"
	offboardSection   section = "offboarding"
	roleSection       section = "roles"
	permissionSection section = "permissions of a role"
	optionSection     section = "options of a role"
	moduleSection     section = "modules of a role"
	profileSection    section = "profiles"
	agentGroupSection section = "agent_groups"
	workSection       section = "campaigns, queues, strategies"
	companySection    section = "companies"
	statusSection     section = "statuses"
	seatPoolSection   section = "seat_pools"
	mappingSection    section = "mapping"
	ruleSection       section = "mapping.rules"
	outputSection     section = "agent_groups of a rule"
	optionOfSection   section = "options of a rule"
	testSection       section = "mapping.tests"
	expectSection     section = "expect of a test"
)

// outputKeys are what a rule may yield, and a test expect.
var outputKeys = []string{
	"roles", "options", "profile", "agent_groups", "campaigns", "queues", "strategies", "company", "seat_pool", "initial_status",
}

// manifestKeys are the keys that the reader knows, in the order in which people are told of them. The reader takes them from
// nowhere else, so the reference page can be held against them.
var manifestKeys = map[section][]string{
	topSection: {
		"tenant", "name", "preset", "settings", "connections", "companies", "roles", "profiles", "agent_groups", "campaigns", "queues", "strategies",
		"statuses", "seat_pools", "mapping",
	},
	connectionSection: {"name", "kind", "link", "was", "state", "offboarding"},
	provisionSection:  {"claim", "direct", "capabilities", "authority", "guard"},
	scimSection:       {"dialect"},
	ldapSection: {
		"url", "bind_dn", "bind_password_file", "bind_password_kept", "users", "groups", "server", "start_tls", "ca_file", "tls_server_name", "client_cert_file",
		"client_key_file", "allow_plaintext", "attributes", "membership", "nested", "schedule", "full_every", "grace_runs", "minimum_people",
		"canaries", "page_size", "timeout",
	},
	oidcSection: {
		"issuer", "client_id", "client_secret_file", "client_secret_kept", "ca_file", "domains", "roles", "require_acr", "scopes", "jit",
	},
	claimLinkSection: {"claim", "connection"},
	claimRoleSection: {"claim", "value", "role"},
	searchSection:    {"base", "filter"},
	guardSection:     {"percent", "count"},
	capableSection:   {"create", "update", "suspend", "delete", "groups"},
	offboardSection:  {"move"},
	roleSection: {
		"key", "name", "description", "rank", "kind", "privileged", "permissions", "deny", "options", "modules", "colour", "ceiling", "everywhere",
		"was", "state",
	},
	permissionSection: {"key", "scope", "mode"},
	optionSection:     {"key", "name", "permissions"},
	moduleSection:     {"key", "mode"},
	profileSection:    {"name", "role", "icon", "description", "modules", "was", "state"},
	agentGroupSection: {"name", "description", "visibility", "distribution", "default", "channels", "company", "external_ref", "was"},
	workSection:       {"name", "description", "company", "external_ref", "was"},
	companySection:    {"name", "was", "state"},
	statusSection:     {"key", "name", "icon", "description", "receives", "active", "was", "state"},
	seatPoolSection:   {"key", "name", "policy", "limit", "grace", "roles", "contact", "was", "state"},
	mappingSection:    {"rules", "tests"},
	ruleSection:       slices.Concat([]string{"name", "connection", "group", "group_id", "when"}, outputKeys, []string{"was"}),
	outputSection:     {"name", "kind"},
	optionOfSection:   {"role", "option"},
	testSection:       {"name", "user", "groups", "connection", "expect"},
	expectSection:     outputKeys,
}

// keyed returns the values of a mapping by key, as [reader.fields] does, where only the section's keys are allowed.
func (m *manifest) keyed(n node, of section) (map[string]node, bool) {
	return m.fields(n, manifestKeys[of]...)
}
