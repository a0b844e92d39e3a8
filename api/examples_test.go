package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store/storetest/migrated"
)

// The examples of answers are what the schemas say, and a word stands where somebody wants to read one.
func TestExamplesOfAnswersAreWhatTheSchemasSay(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	schemas := schemasOf(t, g)
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string
			Responses   map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
					Example json.RawMessage
				}
			}
		}
	}
	send(t, g.server.URL+"/api/v1/openapi.json", "GET", nil).want(200).into(&d)
	said := map[string]string{
		"authorize": "Agent", "get-user": "ana.prado@example.com", "list-users": "ana.prado@example.com", "get-user-eligibility": "Support",
		"list-group-eligibility": "Offline", "list-eligibility-changes": "user.status_changed", "explain-user": "support agents", "list-user-permissions": "Agent",
	}
	for _, operations := range d.Paths {
		for _, o := range operations {
			for _, r := range o.Responses {
				content := r.Content["application/json"]
				word, asked := said[o.OperationID]
				if !asked || content.Schema.Ref == "" {
					continue
				}
				delete(said, o.OperationID)
				if !strings.Contains(string(content.Example), word) {
					t.Errorf("%s: the example does not say %q: %s", o.OperationID, word, content.Example)
				}
				var v any
				if err := json.Unmarshal(content.Example, &v); err != nil {
					t.Fatal(err)
				}
				result := &huma.ValidateResult{}
				huma.Validate(schemas, schemas.SchemaFromRef(content.Schema.Ref), huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, result)
				for _, err := range result.Errors {
					t.Errorf("%s: the example is not what the schema says: %v", o.OperationID, err)
				}
			}
		}
	}
	if len(said) > 0 {
		t.Errorf("not found: %v", said)
	}
}

// Who copies an example from the documentation is not told that it contradicts itself.
func TestExamplesOfBodiesCanBeSent(t *testing.T) {
	t.Parallel()
	g := openPlatforms(t, migrated.SQLite(t))
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
