package console

import "slices"

// route is a page, or something that a form does.
type route struct {
	pattern string
	// needs are permissions of which one is enough to come here at all; none lets in whoever is signed in. The API decides
	// again about everything that the page asks for.
	needs []string
	page  func(*visit) error
}

// routes are all there are, area by area.
var routes = slices.Concat(
	accountRoutes,
	configurationRoutes,
	dashboardRoutes,
	personRoutes,
	statusRoutes,
	peopleRoutes,
	connectionRoutes,
	tokenRoutes,
	apiKeyRoutes,
	runRoutes,
	roleRoutes,
	profileRoutes,
	groupRoutes,
	workRoutes,
	seatRoutes,
	rulesRoutes,
	auditRoutes,
	settingsRoutes,
)
