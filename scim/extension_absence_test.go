package scim_test

import (
	"fmt"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// present is what somebody needs to be eligible in the agent group Support.
const present = `"name":{"givenName":"Ana","familyName":"Diaz"},"roles":[{"value":"agent"}]`

func inSupport(more string) string {
	return present + `,"` + ours + `":{"groups":[{"value":"Support"}]` + more + `}`
}

func TestAttributeDrivesAbsence(t *testing.T) {
	t.Parallel()
	stamp := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	const day = 24 * time.Hour
	away := `,"absence":{"kind":"Holiday","from":"` + stamp(-day) + `","until":"` + stamp(9*day) + `","note":"Sea"}`
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		t.Run("where the connection lists it", func(t *testing.T) {
			c := g.staffed(directory.Entra, []string{"agent", "groups", "absence"}).in(t)
			ana := c.user("ana", inSupport(away)).has("/"+ours+"/absence/kind", "Holiday").text("/id")
			at := "/Users/" + ana
			c.effective(at, "eligible", false)
			absences := func(current int) directory.Absence {
				t.Helper()
				all, err := c.db.Reader(c.tenant).Absences(t.Context(), ana, 100)
				if err != nil {
					t.Fatal(err)
				}
				var now []directory.Absence
				for _, a := range all {
					if a.Current(time.Now()) {
						now = append(now, a)
					}
				}
				if len(now) != current {
					t.Fatalf("%d current absences, want %d: %+v", len(now), current, all)
				}
				return append(now, directory.Absence{})[0]
			}
			if a := absences(1); a.Connection != c.connection || a.Kind != directory.Holiday || a.Note != "Sea" {
				t.Errorf("the absence is %+v", a)
			}
			path := `"path":"` + ours + `:absence`
			c.send("PATCH", at, patch(`{"op":"Replace",`+path+`.kind","value":"sick"}`)).want(200)
			if a := absences(1); a.Kind != directory.Sick || a.Until == nil {
				t.Errorf("the changed absence is %+v", a)
			}
			c.send("PATCH", at, patch(`{"op":"Remove",`+path+`.until"}`)).want(200)
			if a := absences(1); a.Until != nil {
				t.Errorf("without an end the absence is %+v", a)
			}
			c.send("PATCH", at, patch(`{"op":"Remove",`+path+`"}`)).want(200)
			absences(0)
			c.effective(at, "eligible", true)
			for _, nothing := range []string{
				`{"kind":"cruise","from":"` + stamp(-day) + `"}`, `{"kind":"sick"}`, `{"from":"` + stamp(-2*day) + `","until":"` + stamp(-day) + `"}`,
				`{"from":"` + stamp(day) + `","until":"` + stamp(-day) + `"}`,
			} {
				c.send("PATCH", at, patch(`{"op":"Add",`+path+`","value":`+nothing+`}`)).want(200)
				absences(0)
				c.effective(at, "eligible", true)
				c.send("PATCH", at, patch(`{"op":"Remove",`+path+`"}`)).want(200)
			}
		})
		t.Run("and not elsewhere", func(t *testing.T) {
			c := g.staffed(directory.RFC, []string{"agent", "groups"}).in(t)
			at := "/Users/" + c.user("ana", inSupport(away)).has("/"+ours+"/absence/note", "Sea").text("/id")
			c.effective(at, "eligible", true)
		})
	})
}

func TestAttributeDrivesInitialStatus(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.staffed(directory.Okta, []string{"agent", "groups", "initialStatus"}).in(t)
		for stated, want := range map[string]string{"busy": "busy", "Busy ": "busy", "BUSY": "busy", "asleep": "online", "": "online"} {
			at := "/Users/" + c.user(fmt.Sprintf("user %x", stated), inSupport(`,"initialStatus":"`+stated+`"`)).text("/id")
			c.effective(at, "status", want)
			c.effective(at, "eligible", want == "online")
		}
		c = g.staffed(directory.Okta, []string{"agent", "groups"}).in(t)
		c.effective("/Users/"+c.user("ana", inSupport(`,"initialStatus":"busy"`)).text("/id"), "status", "online")
	})
}
