package access

import (
	"testing"

	"rollcall/directory"
)

// Decide is asked for every click: what it costs is what an allowed and a denied question cost, with and without
// memberships.
func BenchmarkDecide(b *testing.B) {
	whatsapp, commerce := tenantOf(b, "whatsapp-team"), tenantOf(b, "commerce-chat")
	centre := tenantOf(b, contactCentre)
	for name, c := range map[string]struct {
		m          *Model
		h          Holder
		permission string
		r          Resource
	}{
		"role":       {centre, ana("agent"), "contacts.view", hers},
		"option":     {commerce, ana("supervisor").with("supervisor:orders_admin", "supervisor:payment_reports"), "orders.delete", anything},
		"membership": {whatsapp, ana("attendant").as(directory.AsBoth, billing, support), "conversations.reply", othersInSupport},
		"beyond":     {whatsapp, ana("restricted_attendant").as(directory.AsUser, billing), "conversations.view", othersInBilling},
		"missing":    {commerce, ana("conversation_agent", "supervisor"), "users.create", anything},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.m.Decide(c.h, c.permission, c.r)
			}
		})
	}
}

// BenchmarkEffective is everything that somebody may, with all that gives it.
func BenchmarkEffective(b *testing.B) {
	m, h := tenantOf(b, contactCentre), ana("owner").with("owner:agent_mode")
	b.ReportAllocs()
	for b.Loop() {
		m.Effective(h)
	}
}
