package api

// registerAll adds the operations, noun by noun, in the order of the documentation.
func (h *Handler) registerAll() {
	registerMe(h)
	registerPeople(h)
	registerPeopleRights(h)
	registerHolds(h)
	registerSessions(h)
	registerBulk(h)
	registerPresence(h)
	registerWhy(h)
	registerRuns(h)
	registerSyncs(h)
	registerAudit(h)
	registerActivity(h)
	registerTenant(h)
	registerConnections(h)
	registerTokens(h)
	registerCatalogue(h)
	registerRoles(h)
	profileResource.register(h)
	registerWork(h)
	statusResource.register(h)
	registerSeats(h)
	registerSettings(h)
	registerRules(h)
}
