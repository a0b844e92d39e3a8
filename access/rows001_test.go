package access

import (
	"slices"
	"testing"

	"rollcall/directory"
)

func TestRow001_01To09WhoThereIs(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "commerce-chat")
	wantRoles(t, p, "conversation_agent", "administrator", "supervisor", "order_payment_administrator", "stakeholder")
	wantSetting(t, p, "user.required_fields", "name.givenName,name.familyName,email,role") // 001-04
	wantSetting(t, p, "roles.cardinality", "many")                                         // 001-05
	wantSetting(t, p, "onboarding.method", "set_password_token")                           // 001-06
	wantSetting(t, p, "invitation.ttl", "168h0m0s")                                        // 001-07
	wantSetting(t, p, "roles.model", "options")                                            // 001-29
	wantDescription(t, p, "conversation_agent", "sales", "answering conversations")        // 001-09
	wantDescription(t, p, "order_payment_administrator", "exclusively", "orders area")     // 001-24
	m := tenantOf(t, p.Name)
	two := ana("order_payment_administrator", "conversation_agent")
	asks(t, m, slices.Concat(
		every("001-01", ana("administrator"), anything, true, "users.view", "users.create", "users.role.assign", "users.options.assign"),
		every("001-02", ana("administrator"), anything, true, "users.edit", "users.delete"),
		every("001-01", ana("supervisor"), anything, false, "users.view", "users.create", "users.options.assign"),
		every("001-05", two, anything, true, "orders.create", "tags.manage"),
	))
}

func TestRow001_10To15AgentAndAdministrator(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "commerce-chat")
	agent := ana("conversation_agent")
	asks(t, m, slices.Concat(
		every("001-10", agent, anything, true, "conversations.access", "orders.access", "orders.view", "orders.manage", "tags.manage",
			"templates.manage", "reports.view", "reports.conversations.generate"),
		every("001-10", agent, hers, true, "conversations.view", "conversations.reply"),
		every("001-11", agent, anything, false, "conversations.claim"),
		every("001-11", agent.with("conversation_agent:conversation_dispenser"), anything, true, "conversations.claim"),
		every("001-12", agent, hers, false, "conversations.transfer"),
		every("001-12", agent.with("conversation_agent:conversation_transfer"), hers, true, "conversations.transfer"),
		every("001-12", agent.with("conversation_agent:conversation_transfer"), othersInBilling, false, "conversations.transfer"),
		every("001-13", agent, anything, false, "orders.create_independent"),
		every("001-13", agent.with("conversation_agent:independent_orders"), anything, true, "orders.create_independent"),
		every("001-14", ana("administrator"), anything, true, slices.Concat([]string{
			"settings.view", "settings.manage", "reports.view",
			"reports.conversations.generate", "reports.payments.generate",
		}, keysOf("orders"))...),
		every("001-15", ana("administrator"), anything, true, "monitoring.dashboard.view"),
		every("001-15", agent, anything, false, "monitoring.dashboard.view"),
	))
}

func TestRow001_16To23Supervisor(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "commerce-chat")
	s := ana("supervisor")
	section := []string{"orders.create", "orders.cancel", "orders.delete", "orders.comment"}
	reconcile := []string{"payments.reconcile", "payments.reject", "payments.reopen_rejected", "payments.comment"}
	independent := []string{"orders.create_independent", "orders.cancel", "orders.delete", "orders.comment"}
	conversationReports := []string{"reports.view", "reports.conversations.generate", "reports.conversations.export"}
	paymentReports := []string{"reports.view", "reports.payments.generate", "reports.payments.export"}
	asks(t, m, slices.Concat(
		every("001-16", s, othersInSupport, true, "conversations.view", "conversations.assign", "conversations.close"),
		every("001-17", s, othersInSupport, true, "contacts.edit"),
		every("001-18", s, anything, true, "catalogs.send", "conversations.history.view"),
		every("001-19", s, anything, false, section...),
		every("001-19", s.with("supervisor:orders_admin"), anything, true, section...),
		every("001-19", s.with("supervisor:orders_admin"), anything, false, slices.Concat(reconcile, []string{"orders.create_independent"})...),
		every("001-20", s, anything, false, reconcile...),
		every("001-20", s.with("supervisor:payment_reconciliation"), anything, true, reconcile...),
		every("001-21", s, anything, false, independent...),
		every("001-21", s.with("supervisor:independent_orders"), anything, true, independent...),
		every("001-21", s.with("supervisor:independent_orders"), anything, false, "orders.create"),
		every("001-22", s, anything, false, conversationReports...),
		every("001-22", s.with("supervisor:conversation_reports"), anything, true, conversationReports...),
		every("001-23", s, anything, false, paymentReports...),
		every("001-23", s.with("supervisor:payment_reports"), anything, true, paymentReports...),
	))
}

func TestRow001_24To28OrderAdministratorAndStakeholder(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "commerce-chat")
	o := ana("order_payment_administrator")
	reconcile := []string{"payments.reconcile", "payments.reject", "payments.reopen_rejected", "payments.comment"}
	asks(t, m, slices.Concat(
		every("001-24", o, anything, true, "orders.access", "orders.view", "orders.manage"),
		every("001-24", o, anything, false, keysOf("conversations", "contacts", "voice", "work", "people", "settings", "console")...),
		every("001-25", o, anything, false, "orders.create_independent"),
		every("001-25", o.with("order_payment_administrator:independent_orders"), anything, true, "orders.create_independent"),
		every("001-26", o, anything, false, reconcile...),
		every("001-26", o.with("order_payment_administrator:payment_reconciliation"), anything, true, reconcile...),
		every("001-27", o, anything, false, "reports.payments.generate", "reports.payments.export"),
		every("001-27", o.with("order_payment_administrator:payment_reports"), anything, true, "reports.payments.generate", "reports.payments.export"),
		every("001-28", ana("stakeholder"), othersInBilling, true, "conversations.view", "conversations.assign", "conversations.close",
			"conversations.access", "orders.view", "orders.manage", "tags.manage", "templates.manage", "reports.view"),
	))
}

// bundles are the eleven options of the page, and what each adds.
var bundles = map[string][]string{
	"conversation_agent:conversation_dispenser":          {"conversations.claim"},
	"conversation_agent:conversation_transfer":           {"conversations.transfer"},
	"conversation_agent:independent_orders":              {"orders.create_independent"},
	"supervisor:orders_admin":                            {"orders.access", "orders.view", "orders.create", "orders.cancel", "orders.delete", "orders.comment"},
	"supervisor:payment_reconciliation":                  {"orders.access", "orders.view", "payments.reconcile", "payments.reject", "payments.reopen_rejected", "payments.comment"},
	"supervisor:independent_orders":                      {"orders.create_independent", "orders.cancel", "orders.delete", "orders.comment"},
	"supervisor:conversation_reports":                    {"reports.view", "reports.conversations.generate", "reports.conversations.export"},
	"supervisor:payment_reports":                         {"reports.view", "reports.payments.generate", "reports.payments.export"},
	"order_payment_administrator:independent_orders":     {"orders.create_independent"},
	"order_payment_administrator:payment_reconciliation": {"payments.reconcile", "payments.reject", "payments.reopen_rejected", "payments.comment"},
	"order_payment_administrator:payment_reports":        {"reports.view", "reports.payments.generate", "reports.payments.export"},
}

func TestRow001_29And30OptionsBelongToTheirRole(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "commerce-chat")
	m := tenantOf(t, p.Name)
	found := 0
	for _, r := range p.Roles {
		optional := map[string]bool{}
		for _, x := range r.Permissions {
			if x.Mode == directory.Optional {
				optional[x.Key] = true
			}
		}
		given := map[string]bool{}
		for _, o := range r.Options {
			found++
			target := directory.OptionTarget(r.Key, o.Key)
			var keys []string
			for _, x := range o.Permissions {
				keys = append(keys, x.Key)
				given[x.Key] = true
			}
			if !slices.Equal(keys, bundles[target]) {
				t.Errorf("%s gives %q, want %q", target, keys, bundles[target])
			}
			for _, other := range p.Roles { // 001-29
				if other.Key == r.Key {
					continue
				}
				with, without := effective(m, ana(other.Key).with(target)), effective(m, ana(other.Key))
				if len(with) != len(without) {
					t.Errorf("001-29: %s means something to the role %s", target, other.Key)
				}
			}
		}
		for key := range optional {
			if !given[key] {
				t.Errorf("role %s: %s is optional, and no option gives it", r.Key, key)
			}
		}
		for _, x := range r.Permissions {
			if given[x.Key] && x.Mode != directory.Optional && x.Mode != directory.Granted {
				t.Errorf("role %s: an option gives %s, which the role has as %s", r.Key, x.Key, x.Mode)
			}
		}
	}
	if found != len(bundles) {
		t.Errorf("%d options, want %d", found, len(bundles))
	}
	// 001-30: the same option, and another meaning in another role.
	agent, supervisor := ana("conversation_agent").with("conversation_agent:independent_orders"), ana("supervisor").with("supervisor:independent_orders")
	asks(t, m, slices.Concat(
		every("001-30", supervisor, anything, true, "orders.delete"),
		every("001-30", agent, anything, false, "orders.delete"),
	))
}
