package provision_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func (d *desk) hold(person, subject string, effect directory.Effect, value any) {
	d.t.Helper()
	_, err := d.engine.PlaceHold(d.t.Context(), d.admin, directory.Hold{Person: person, Subject: subject, Effect: effect, Value: value, Reason: "test"})
	if err != nil {
		d.t.Fatal(err)
	}
}

// inBoth is somebody whom two directories know.
func (d *desk) inBoth() string {
	d.t.Helper()
	d.configure(func(c *store.Configuration) { c.Connections[1].Link, c.Settings["leaver.when"] = "userName", "all" })
	id := d.user(d.okta, "ana@example.com", "o1", map[string]any{"title": "Agent"}).ID
	if other := d.user(d.entra, "ana@example.com", "e1", map[string]any{"locale": "en"}).ID; other != id {
		d.t.Fatalf("%s and %s are two people", id, other)
	}
	return id
}

func TestEditsOfWhoHasHolds(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"whom no connection owns: what is not held is theirs": func(t *testing.T, d *desk) {
			id := d.person("ana", role("agent")).ID
			d.must(d.edit(id, directory.Attributes{"title": "Agent", "locale": "en"}))
			d.hold(id, "attribute:nickName", directory.Keep, "Nana")
			if v := d.must(d.edit(id, directory.Attributes{"title": nil, "locale": "pt"})); v.Attributes["title"] != nil || v.Attributes["locale"] != "pt" || v.Attributes["nickName"] != "Nana" || len(v.Holds) != 1 {
				t.Errorf("%v with %+v", v.Attributes, v.Holds)
			}
			if v := d.must(d.edit(id, directory.Attributes{"nickName": nil, "title": "Lead"})); v.Attributes["nickName"] != nil || v.Attributes["title"] != "Lead" || len(v.Holds) != 0 {
				t.Errorf("%v with %+v", v.Attributes, v.Holds)
			}
		},
		"what was held is what they say from then on": func(t *testing.T, d *desk) {
			id := d.person("ana", role("agent")).ID
			d.must(d.edit(id, directory.Attributes{"title": "Agent"}))
			d.hold(id, "attribute:title", directory.Keep, "Chief")
			d.hold(id, "attribute:locale", directory.Deny, nil)
			if v := d.must(d.edit(id, directory.Attributes{"title": "Agent", "locale": "pt"})); v.Attributes["title"] != "Agent" || v.Attributes["locale"] != "pt" || len(v.Holds) != 0 {
				t.Errorf("%v with %+v", v.Attributes, v.Holds)
			}
		},
		"a part of an object that is held as one": func(t *testing.T, d *desk) {
			whole := map[string]any{"givenName": "Ana", "familyName": "Prado", "middleName": "B"}
			local := d.person("ana", role("agent")).ID
			okta := d.user(d.okta, "bea@example.com", "x1").ID
			for _, id := range []string{local, okta} {
				d.hold(id, "attribute:name", directory.Keep, whole)
				v := d.must(d.edit(id, directory.Attributes{"name": map[string]any{"givenName": "Anna", "familyName": "Prado-Lima", "middleName": "B"}}))
				name, _ := v.Attributes["name"].(map[string]any)
				if name["givenName"] != "Anna" || name["familyName"] != "Prado-Lima" || name["middleName"] != "B" {
					t.Errorf("%s: %v with %+v", v.UserName, name, v.Holds)
				}
				v = d.must(d.edit(id, directory.Attributes{"name": nil}))
				if v.Attributes["name"] != nil || len(v.Holds) != 0 {
					t.Errorf("%s: %v with %+v", v.UserName, v.Attributes["name"], v.Holds)
				}
			}
		},
		"an edit that was undone is made again": func(t *testing.T, d *desk) {
			id := d.person("ana", role("agent")).ID
			d.must(d.edit(id, directory.Attributes{"title": "Lead"}))
			d.undo(t, provision.UndoTarget{Change: d.last(t, id)})
			if v := d.view(id); v.Attributes["title"] != nil {
				t.Fatalf("%v with %+v", v.Attributes, v.Holds)
			}
			if v := d.must(d.edit(id, directory.Attributes{"title": "Lead"})); v.Attributes["title"] != "Lead" || len(v.Holds) != 0 {
				t.Errorf("%v with %+v", v.Attributes, v.Holds)
			}
		},
	})
}

func TestEditsOfWhoHasTwoAccounts(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"each directory keeps what it states, and holds keep the rest": func(t *testing.T, d *desk) {
			id := d.inBoth()
			_, err := d.edit(id, directory.Attributes{"title": "Boss"})
			d.wantKind(err, directory.Forbidden)
			_, err = d.edit(id, directory.Attributes{"locale": "pt"})
			d.wantKind(err, directory.Forbidden)
			v := d.must(d.edit(id, directory.Attributes{"nickName": "Nana"}))
			if v.Attributes["nickName"] != "Nana" || len(v.Holds) != 1 || v.Sources["nickName"] != "hold" || v.Sources["title"] != "okta" || v.Sources["locale"] != "entra" {
				t.Fatalf("%v from %v with %+v", v.Attributes, v.Sources, v.Holds)
			}
			d.mustSet(d.entra, id, map[string]any{"nickName": "Anita"})
			if v = d.view(id); v.Attributes["nickName"] != "Anita" || len(v.Holds) != 0 {
				t.Errorf("one of them states it by now: %v with %+v", v.Attributes, v.Holds)
			}
			_, err = d.edit(id, directory.Attributes{"nickName": "Nana"})
			d.wantKind(err, directory.Forbidden)
		},
		"gone from one of them": func(t *testing.T, d *desk) {
			id := d.inBoth()
			d.delete(d.okta, id)
			if v := d.must(d.edit(id, directory.Attributes{"title": "Boss"})); v.Attributes["title"] != "Boss" || len(v.Accounts) != 1 {
				t.Errorf("%v with %+v", v.Attributes, v.Holds)
			}
			d.wantKind(d.engine.RemovePerson(t.Context(), d.admin, id, provision.PersonOptions{}), directory.Forbidden)
		},
	})
}
