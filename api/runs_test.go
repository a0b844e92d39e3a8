package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/api"
	"rollcall/directory"
	"rollcall/store"
)

// sequenced gives every change its place in the ledger.
func (x *tenant) sequenced() {
	x.t.Helper()
	for {
		n, err := x.db.Sequence(x.t.Context(), x.id)
		if err != nil {
			x.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// Rows 003-17, 003-19, 003-20: many people are edited and deleted at once, after a look at the plan; and the run is undone.
func TestRow003_17BulkEditsArePlannedConfirmedAndUndone(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		people := []string{c.made("ana", map[string]any{"agent_groups": []any{map[string]any{"id": "Billing"}}}), c.made("bo")}
		body := map[string]any{"people": people, "add": map[string]any{"agent_groups": []any{map[string]any{"id": "Support"}}}, "reason": "spring"}
		plan := c.do("POST", "/users/bulk", body).want(200)
		if plan.text("status") != "planned" || len(plan.at("changes").([]any)) != 2 || plan.text("run") != "" {
			t.Errorf("%s", plan.Body)
		}
		c.do("GET", "/users?agent_group=Support", nil).want(200).says(`"items":[]`)
		done := c.do("POST", "/users/bulk?confirm=true", body).want(200)
		c.do("GET", "/users?agent_group=Support", nil).want(200).says("ana", "bo", "Billing")
		run := done.text("run")
		c.do("GET", "/runs/"+run, nil).want(200).says(`"kind":"bulk"`, `"done":2`, `"total":2`, `"problems":[]`)
		c.do("GET", "/runs?limit=1", nil).want(200).says(run)
		lines := c.do("GET", "/runs/"+run+"/changes?limit=1", nil).want(200)
		c.do("GET", "/runs/"+run+"/changes?limit=1&cursor="+lines.text("next"), nil).want(200).says(`"next":""`)
		undo := map[string]any{"run": run}
		c.do("POST", "/runs/undo", undo).want(200).says(`"status":"planned"`)
		c.do("GET", "/users?agent_group=Support", nil).want(200).says("ana")
		c.do("POST", "/runs/undo?confirm=true", undo).want(200).says(`"status":"applied"`)
		c.do("GET", "/users?agent_group=Support", nil).want(200).says(`"items":[]`)
		remove := map[string]any{"people": people, "do": "delete"}
		c.do("POST", "/users/bulk", remove).want(200)
		c.do("GET", "/users", nil).want(200).says("ana", "bo")
		c.do("POST", "/users/bulk?confirm=true", remove).want(200)
		c.do("GET", "/users", nil).want(200).says(`"items":[]`)
	})
}

func TestRunsAndBulkEditsThatAreWrong(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c, reader := x.key("administrator"), x.key("")
		id := c.made("ana")
		for _, w := range []struct {
			method, path string
			body         any
			status       int
		}{
			{"POST", "/users/bulk", map[string]any{"people": []string{}}, 422},
			{"POST", "/users/bulk", map[string]any{"people": []string{id}}, 422},
			{"POST", "/users/bulk", map[string]any{"people": []string{id}, "do": "promote"}, 422},
			{"POST", "/users/bulk", map[string]any{"people": []string{id}, "do": "suspend", "add": map[string]any{"roles": []string{"agent"}}}, 422},
			{"GET", "/runs/none", nil, 404},
			{"GET", "/runs/none/changes", nil, 404},
			{"GET", "/runs?connection=none", nil, 404},
			{"GET", "/runs?limit=0", nil, 422},
			{"POST", "/runs/undo", map[string]any{}, 422},
			{"POST", "/runs/undo", map[string]any{"run": "none"}, 404},
			{"POST", "/runs/undo", map[string]any{"change": "none"}, 404},
			{"POST", "/runs/undo", map[string]any{"connection": "Okta"}, 422},
			{"POST", "/runs/undo", map[string]any{"run": "none", "since": "2026-01-01T00:00:00Z"}, 422},
			{"POST", "/runs/undo", map[string]any{"connection": "none", "since": "2026-01-01T00:00:00Z"}, 404},
			{"POST", "/runs/none/approve", nil, 404},
			{"POST", "/runs/none/discard", nil, 404},
			{"POST", "/connections/none/sync", nil, 404},
			{"POST", "/connections/okta/sync", nil, 409},
			{"POST", "/connections/okta/sync/plan", nil, 409},
		} {
			if got := c.do(w.method, w.path, w.body); got.Status != w.status {
				t.Errorf("%s %s %v: %d, want %d: %s", w.method, w.path, w.body, got.Status, w.status, got.Body)
			} else {
				got.want(w.status)
			}
		}
		for _, path := range []string{"/users/bulk", "/runs/undo", "/runs/none/approve", "/runs/none/discard", "/connections/okta/sync"} {
			body := map[string]any{"people": []string{id}, "do": "suspend"}
			if path != "/users/bulk" {
				body = nil
			}
			if path == "/runs/undo" {
				body = map[string]any{"run": "x"}
			}
			var in any
			if body != nil {
				in = body
			}
			reader.do("POST", path, in).want(403).is("missing-permission")
		}
		reader.do("GET", "/runs", nil).want(200)
		reader.do("GET", "/held-plans", nil).want(200).says(`"items":[]`)
	})
}

// A sync that is asked for goes on after its answer, and its run tells how it ended: here that the directory does not answer.
func TestSyncIsARunThatCanBeFollowed(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		x.write(func(tx *store.Tx) error {
			tx.PutConnection(directory.Connection{
				ID: "hq", Name: "headquarters", Kind: directory.LDAP, LDAP: &directory.LDAPSettings{URLs: []string{"ldaps://ldap.example.com"}}, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest, Order: 1,
			})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		down := func(context.Context, string, directory.Connection) (directory.Source, error) {
			return nil, errors.New("nobody answers")
		}
		s := httptest.NewServer(api.New(api.Options{DB: x.db, Engine: x.engine, Admin: x.admin, BaseURL: "https://rollcall.example.com", Open: down}))
		defer s.Close()
		c := x.key("administrator")
		auth := []string{"Authorization", "Bearer " + c.bearer}
		begun := send(t, s.URL+api.Root+"/connections/headquarters/sync", "POST", nil, auth...).want(202)
		at := s.URL + api.Root + "/runs/" + begun.text("run")
		if begun.Header.Get("Location") != "https://rollcall.example.com/api/v1/runs/"+begun.text("run") {
			t.Errorf("Location %q", begun.Header.Get("Location"))
		}
		for deadline := time.Now().Add(time.Minute); ; {
			run := send(t, at, "GET", nil, auth...).want(200)
			if run.at("finished_at") != nil {
				run.says(`"status":"failed"`, "nobody answers", `"connection":"headquarters"`)
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s", run.Body)
			}
		}
		send(t, s.URL+api.Root+"/connections/headquarters/sync/plan", "POST", nil, auth...).want(200).says(`"status":"failed"`, "nobody answers")
	})
}

// What was done, by whom, why; and who had what at a time.
func TestAuditOverHTTP(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		id := c.made("ana", map[string]any{"roles": []string{"agent"}, "reason": "joined"})
		x.sequenced()
		page := c.do("GET", "/audit?subject=person:"+id, nil).want(200).says("user.created", "joined", c.id, `"verification":"sealed"`)
		seq := fmt.Sprint(int64(page.at("items.0.seq").(float64)))
		c.do("POST", "/users/"+id+"/suspend", map[string]any{"reason": "left"}).want(200)
		c.do("DELETE", "/users/"+id+"/rights/role/agent", nil).want(200)
		x.sequenced()
		c.do("GET", "/audit?action=user.suspended", nil).want(200).says("left").hides("user.created")
		c.do("GET", "/audit?order=oldest&limit=1&cursor="+seq, nil).want(200).says("user.suspended")
		then := c.do("GET", "/audit/users/"+id+"?seq="+seq, nil).want(200)
		if then.text("state") != "active" || then.text("rights.0.id") != "agent" || then.text("rights.0.origin.kind") != "person" {
			t.Errorf("%s", then.Body)
		}
		c.do("GET", "/audit/users/"+id, nil).want(200).says(`"state":"suspended"`, `"rights":[]`)
		c.do("GET", "/audit/rights/role/agent?seq="+seq, nil).want(200).says("ana")
		c.do("GET", "/audit/rights/role/agent", nil).want(200).says(`"items":[]`)
		if head := c.do("GET", "/audit/head", nil).want(200).text("head"); !strings.HasPrefix(head, "rch_"+x.id+"_") {
			t.Errorf("head %q", head)
		}
		export := c.do("GET", "/audit/export?order=oldest&subject=person:"+id, nil)
		if export.Status != 200 || bytes.Count(export.Body, []byte("\n")) != 3 || !bytes.HasPrefix(export.Body, []byte(`{"seq":`+seq+`,`)) {
			t.Errorf("%d %s", export.Status, export.Body)
		}
		for path, status := range map[string]int{
			"/audit?subject=shoe": 422, "/audit?actor_kind=robot": 422, "/audit?since=yesterday": 422, "/audit?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z": 422,
			"/audit?cursor=x": 422, "/audit?cursor=0": 422, "/audit?connection=none": 404, "/audit/export?order=up": 422, "/audit/users/nobody": 404,
			"/audit/users/" + id + "?seq=99999": 404, "/audit/users/" + id + "?seq=1&at=2026-01-01T00:00:00Z": 422, "/audit/users/" + id + "?at=2001-01-01T00:00:00Z": 404,
			"/audit/rights/crown/x": 422, "/audit/rights/role/agent?seq=-1": 422,
		} {
			if got := c.do("GET", path, nil); got.Status != status {
				t.Errorf("%s: %d, want %d: %s", path, got.Status, status, got.Body)
			}
		}
		x.key("nobody").do("GET", "/audit", nil).want(403)
		x.key("nobody").do("GET", "/audit/export", nil).want(403)
	})
}

// DECISIONS 15: what is confirmed is the plan that was read. Where the configuration has moved since, nothing is done.
func TestABulkEditAndAnUndoAreMadeOfTheConfigurationOfTheirPlan(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		versionOf := func(r reply) string { return fmt.Sprint(int64(r.at("version").(float64))) }
		move := func() {
			c.do("POST", "/companies", object{"name": fmt.Sprint("Company ", time.Now().UnixNano())}).want(201)
		}
		ana := c.made("ana")
		state := func() string { return c.do("GET", "/users/"+ana, nil).want(200).text("state") }
		// twice plans, moves the configuration, is refused, and is done with the version of a new plan.
		twice := func(path string, body object, before, after string) (run string) {
			t.Helper()
			planned := versionOf(c.do("POST", path, body).want(200).says("planned"))
			if planned != fmt.Sprint(x.config().Tenant.ConfigVersion) {
				t.Errorf("%s: planned on %s, and there is %d", path, planned, x.config().Tenant.ConfigVersion)
			}
			move()
			c.do("POST", path+"?confirm=true&version="+planned, body).want(412).is("stale").says("look at the plan anew")
			c.do("POST", path+"?confirm=true&approve=true&version="+planned, body).want(412).is("stale")
			c.do("POST", path+"?version="+planned, body).want(412).is("stale")
			for _, odd := range []string{"-1", "x", "1.5", "99999999999999999999"} {
				c.do("POST", path+"?confirm=true&version="+odd, body).want(422)
			}
			c.do("POST", path+"?confirm=true&version=99999", body).want(412)
			if got := state(); got != before {
				t.Errorf("%s: %s after what was refused", path, got)
			}
			planned = versionOf(c.do("POST", path, body).want(200))
			done := c.do("POST", path+"?confirm=true&version="+planned, body).want(200).says("applied")
			if got := state(); got != after || versionOf(done) != planned {
				t.Errorf("%s: %s on %s, planned on %s", path, got, versionOf(done), planned)
			}
			return done.text("run")
		}
		run := twice("/users/bulk", object{"people": []string{ana}, "do": "suspend"}, "active", "suspended")
		twice("/runs/undo", object{"run": run}, "suspended", "active")
		c.do("POST", "/users/bulk?confirm=true&version=0", object{"people": []string{ana}, "do": "suspend"}).want(200).says("applied") // of whichever there is
	})
}
