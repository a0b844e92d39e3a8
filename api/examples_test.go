package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// Who copies an example from the documentation is not told that it contradicts itself.
func TestExamplesOfBodiesCanBeSent(t *testing.T) {
	t.Parallel()
	g := openPlatforms(t, storetest.SQLite(t))
	const manifest = "  - {name: okta, kind: scim, dialect: okta}\nagent_groups: [Support]\nsettings: {user.email.mutable: admin}\n"
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name string }
			RequestBody struct {
				Content map[string]struct{ Example json.RawMessage }
			}
		}
	}
	send(t, g.server.URL+"/api/v1/openapi.json", "GET", nil).want(200).into(&d)
	sent := 0
	for path, operations := range d.Paths {
		for method, o := range operations {
			for kind, content := range o.RequestBody.Content {
				sent++
				p := g.platform(t, "standard", "console_owner", manifest)
				// The standard model has no modules, and so no profiles.
				p.hire(object{"given_name": "Ana", "family_name": "Prado", "email": "ana@example.com", "user_name": "ana", "roles": []string{"agent", "supervisor"}})
				if strings.HasPrefix(path, "/rules/draft") {
					p.do("POST", "/rules/draft", nil)
				}
				at := strings.NewReplacer("{kind}", "role", "{right}", "agent", "{name}", "invitation.ttl").Replace(path)
				if at = strings.ReplaceAll(at, "{id}", "ana"); strings.HasPrefix(path, "/connections/") {
					at = strings.ReplaceAll(path, "{id}", "okta")
				}
				r := p.do(strings.ToUpper(method), at, string(content.Example), "Content-Type", kind)
				if r.Status == http.StatusBadRequest || r.Status == http.StatusUnsupportedMediaType || r.Status == http.StatusUnprocessableEntity {
					t.Errorf("%s: the example is refused: %s\n%s", o.OperationID, r.problem().Detail, content.Example)
				}
			}
		}
	}
	if sent < 40 {
		t.Errorf("only %d examples found: the test no longer reads the document", sent)
	}
}
