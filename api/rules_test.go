package api_test

import (
	"fmt"
	"sync"
	"testing"

	"rollcall/store/storetest/migrated"
)

func TestRulesAreDraftedTestedPublishedAndReverted(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		c.do("GET", "/rules/draft", nil).want(404)
		c.do("POST", "/rules/draft/publish", nil).want(404)
		draft := c.do("PUT", "/rules/draft", newRules).want(200)
		c.do("POST", "/rules/draft", nil).want(409).is("conflict")
		if draft.text("state") != "draft" || draft.text("rules.0.yields.agent_groups.0.kind") != "user" {
			t.Errorf("%s", draft.Body)
		}
		if tests := c.do("POST", "/rules/draft/test", nil).want(200); tests.at("passed") != true {
			t.Errorf("%s", tests.Body)
		}
		if plan := c.do("POST", "/rules/draft/plan", nil).want(200); plan.text("result.status") != "planned" {
			t.Errorf("%s", plan.Body)
		}
		if rules := c.do("GET", "/rules", nil).want(200); len(rules.at("items").([]any)) != 0 {
			t.Errorf("a plan published: %s", rules.Body)
		}
		c.do("POST", "/rules/draft/publish", nil, "If-Match", draft.Header.Get("ETag")).want(200)
		c.do("GET", "/rules/draft", nil).want(404)
		c.do("GET", "/rules", nil).want(200).says("CC-Agents")
		versions := c.do("GET", "/rules/versions", nil).want(200).hides("CC-Agents") // the rules of each are at its own path
		first := versions.text("items.0.id")
		c.do("GET", "/rules/versions/"+first, nil).want(200).says("CC-Agents", "an agent", `"state":"published"`)

		// A test that fails stops the publication, and a draft of names that are not there is refused with each of them.
		wrong := object{"rules": []object{{"name": "agents", "group": "CC-Agents", "yields": object{"roles": []string{"supervisor"}}}}, "tests": newRules["tests"]}
		c.do("PUT", "/rules/draft", wrong).want(200)
		if tests := c.do("POST", "/rules/draft/test", nil).want(200); tests.at("passed") != false {
			t.Errorf("%s", tests.Body)
		}
		c.do("POST", "/rules/draft/publish", nil).want(409).says("an agent")
		unknown := object{"rules": []object{{"name": "agents", "group": "CC-Agents", "yields": object{"roles": []string{"astronaut"}}}}}
		c.do("PUT", "/rules/draft", unknown).want(200)
		if got := c.do("POST", "/rules/draft/publish", nil); got.Status != 409 && got.Status != 422 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		c.do("PUT", "/rules/draft", object{"rules": []object{{"name": "x", "connection": "nothere", "when": "active eq true", "yields": object{}}}}).want(422).says("nothere")
		c.do("PUT", "/rules/draft", object{"rules": []object{}}).want(200)
		c.do("POST", "/rules/draft/publish", nil).want(200)
		if rules := c.do("GET", "/rules", nil).want(200); len(rules.at("items").([]any)) != 0 {
			t.Errorf("%s", rules.Body)
		}
		c.do("POST", "/rules/versions/"+first+"/revert", nil).want(200)
		c.do("GET", "/rules", nil).want(200).says("CC-Agents")
		c.do("POST", "/rules/versions/nothere/revert", nil).want(404)

		reader := x.key("")
		reader.do("GET", "/rules", nil).want(200)
		reader.do("POST", "/rules/draft", nil).want(403)
	})
}

// Of several who saw the same draft one writes it, and the others are told that it changed.
func TestOneOfSeveralWritesTheDraft(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		c := x.key("administrator")
		c.do("PUT", "/rules/draft", object{"rules": []object{}}, "If-Match", "*").want(412).is("stale")
		for round := range 5 {
			seen := c.do("PUT", "/rules/draft", object{"rules": []object{}, "note": fmt.Sprint(round)}).want(200).Header.Get("ETag")
			replies := make([]reply, 8)
			var all sync.WaitGroup
			for i := range replies {
				all.Go(func() {
					replies[i] = c.do("PUT", "/rules/draft", object{"rules": []object{}, "note": fmt.Sprint(round, " ", i)}, "If-Match", seen)
				})
			}
			all.Wait()
			written := 0
			for _, r := range replies {
				if r.Status == 200 {
					written++
				} else {
					r.want(412).is("stale")
				}
			}
			if written != 1 {
				t.Fatalf("%d of %d wrote the same draft", written, len(replies))
			}
			c.do("POST", "/rules/draft/publish", nil, "If-Match", seen).want(412).is("stale")
			c.do("DELETE", "/rules/draft", nil, "If-Match", seen).want(412).is("stale")
		}
		if got := c.do("DELETE", "/rules/draft", nil); got.Status != 204 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		c.do("DELETE", "/rules/draft", nil).want(404)
	})
}
