package api_test

import (
	"fmt"
	"testing"
)

func TestAuthorizeOverHTTP(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		id := c.made("ana", map[string]any{"roles": []string{"supervisor"}})
		one := map[string]any{"person": id, "permission": "users.view"}
		c.do("POST", "/authorize", one).want(200).says(`"allowed":true`, `"subject":"supervisor"`, `"kind":"person"`)
		c.do("POST", "/authorize", map[string]any{"person": id, "permission": "billing.manage"}).want(200).says(`"allowed":false`)
		c.do("POST", "/authorize", map[string]any{"person": "nobody", "permission": "users.view"}).want(200).says(`"allowed":false`)
		c.do("POST", "/authorize", map[string]any{"person": id, "permission": "fly"}).want(200).says(`"allowed":false`)
		both := c.do("POST", "/authorize", map[string]any{"requests": []any{one, map[string]any{"person": id, "permission": "billing.manage"}}}).want(200)
		if both.at("results.0.allowed") != true || both.at("results.1.allowed") != false {
			t.Errorf("%s", both.Body)
		}
		many := make([]any, 501)
		for i := range many {
			many[i] = one
		}
		for name, body := range map[string]any{
			"nothing": map[string]any{}, "no person": map[string]any{"permission": "users.view"}, "no permission": map[string]any{"person": id},
			"too many": map[string]any{"requests": many}, "both": map[string]any{"person": id, "permission": "users.view", "requests": []any{one}},
			"an empty one": map[string]any{"requests": []any{map[string]any{}}}, "a wrong type": map[string]any{"person": 5, "permission": "x"},
		} {
			if got := c.do("POST", "/authorize", body); got.Status != 422 {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
		c.do("POST", "/authorize", map[string]any{"requests": many[:500]}).want(200)
		x.key("nobody").do("POST", "/authorize", one).want(403)
		c.do("GET", "/users/"+id+"/permissions", nil).want(200).says("users.view")
		c.do("GET", "/users/"+id+"/explain?permission=users.view", nil).want(200).says(`"rules":[]`, `"allowed":true`)
	})
}

// Statuses, absences, and who receives what is new.
func TestPresenceOverHTTP(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		id := c.made("ana", map[string]any{"roles": []string{"agent"}, "agent_groups": []any{map[string]any{"id": "Support"}}})
		at := "/users/" + id
		cursor := c.do("GET", "/eligibility/cursor", nil).want(200).at("cursor").(float64)
		c.do("GET", at+"/eligibility", nil).want(200).says(`"eligible":false`, `"status"`)
		c.do("PUT", at+"/status", map[string]any{"status": "Online"}).want(200).says(`"status":"online"`)
		c.do("GET", at+"/status", nil).want(200).says("online", c.id)
		c.do("GET", at+"/eligibility?channel=chat", nil).want(200).says(`"eligible":true`)
		c.do("GET", "/agent-groups/Support/eligibility?channel=chat", nil).want(200).says("ana", `"eligible":true`)
		x.sequenced()
		c.do("GET", fmt.Sprintf("/eligibility/changes?cursor=%.0f", cursor), nil).want(200).says(id)
		away := c.do("POST", at+"/absences", map[string]any{"kind": "holiday", "note": "summer"}).want(201)
		c.do("GET", at+"/absences", nil).want(200).says("summer", `"current":true`)
		c.do("GET", at+"/eligibility?channel=chat", nil).want(200).says(`"absence"`, `"eligible":false`)
		if got := c.do("DELETE", at+"/absences/"+away.text("id"), nil); got.Status != 204 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		for _, w := range []struct {
			method, path string
			body         any
			status       int
		}{
			{"PUT", at + "/status", map[string]any{"status": "asleep"}, 422},
			{"PUT", at + "/status", map[string]any{}, 422},
			{"PUT", "/users/nobody/status", map[string]any{"status": "online"}, 404},
			{"GET", "/users/nobody/status", nil, 404},
			{"GET", "/users/nobody/absences", nil, 404},
			{"GET", "/users/nobody/eligibility", nil, 404},
			{"POST", at + "/absences", map[string]any{"kind": "bored"}, 422},
			{"POST", at + "/absences", map[string]any{"until": "2001-01-01T00:00:00Z"}, 422},
			{"DELETE", at + "/absences/none", nil, 404},
			{"GET", "/agent-groups/none/eligibility", nil, 404},
			{"GET", "/eligibility/changes", nil, 422},
			{"GET", "/eligibility/changes?cursor=-1", nil, 422},
			{"GET", "/eligibility/changes?cursor=99999999", nil, 422},
		} {
			if got := c.do(w.method, w.path, w.body); got.Status != w.status {
				t.Errorf("%s %s %v: %d, want %d: %s", w.method, w.path, w.body, got.Status, w.status, got.Body)
			}
		}
		reader := x.key("")
		reader.do("PUT", at+"/status", map[string]any{"status": "online"}).want(403)
		reader.do("POST", at+"/absences", map[string]any{}).want(403)
	})
}
