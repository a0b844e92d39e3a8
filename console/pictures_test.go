package console_test

import (
	"testing"

	"rollcall/provision"
)

// The pictures of the README are of these pages: a team that is at work, and a plan that waits for its confirmation.
// docs/images has them as ROLLCALL_TEST_SCREENSHOTS keeps them.
func TestPicturesOfTheReadme(t *testing.T) {
	s := open(t, "campaign-contact-centre", `
connections: [{name: okta, kind: scim, dialect: okta}]
profiles:
  - {name: Ventas, role: agent, icon: headset, description: Llama y recibe llamadas}
  - {name: Postventa, role: agent, icon: chat}
  - {name: Coordinación, role: administrator, icon: shield}
campaigns: [Primavera, Renovaciones]
`)
	for i, x := range []struct{ user, given, family, profile, campaign string }{
		{"ana.prado", "Ana", "Prado", "Ventas", "Primavera"},
		{"ana.prado2", "Ana", "Prado", "Postventa", "Renovaciones"},
		{"bruno.lima", "Bruno", "Lima", "Ventas", "Primavera"},
		{"carla.rios", "Carla", "Ríos", "Coordinación", "Renovaciones"},
		{"diego.nunez", "Diego", "Núñez", "Ventas", "Primavera"},
		{"elena.quispe", "Elena", "Quispe", "Ventas", "Primavera"},
		{"joao.souza", "João", "Souza", "Postventa", "Renovaciones"},
		{"lucia.vega", "Lucía", "Vega", "Coordinación", "Primavera"},
	} {
		id := s.person(x.user, x.given, x.family, "profile", x.profile, "campaign", x.campaign)
		if i == 4 {
			if _, err := s.engine.Suspend(t.Context(), s.actor(), id, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := s.browser("console_owner")
	p.Viewport(1500, 1160)
	p.Open(s.base + "/people")
	p.Wait("Elena Quispe")
	p.Accessible()
	p.Screenshot("readme-people")
	for _, label := range []string{"Choose Bruno Lima, ID 3", "Choose Elena Quispe, ID 6", "Choose João Souza, ID 7"} {
		p.Check(label, true)
	}
	p.Click("Bulk inactivate users")
	p.Wait("Nothing is done yet.")
	p.Accessible()
	p.Screenshot("readme-plan")
}
