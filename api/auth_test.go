package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/api"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestKeysOpenTheirTenantAlone(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		if got := c.do("GET", "/me", nil).want(200).text("tenant"); got != x.name {
			t.Errorf("tenant %s, want %s", got, x.name)
		}
		url := g.server.URL + api.Root + "/me"
		for name, header := range map[string]string{
			"none":              "",
			"another scheme":    "Basic YTpi",
			"not a key":         "Bearer nonsense",
			"cut":               "Bearer " + c.bearer[:len(c.bearer)-3],
			"another secret":    "Bearer " + directory.NewBearer("rck", x.id, c.id).String(),
			"another tenant":    "Bearer " + directory.NewBearer("rck", "t99", c.id).String(),
			"a token for SCIM":  "Bearer " + directory.NewBearer("rct", x.id, c.id).String(),
			"without a scheme":  c.bearer,
			"with a line break": "Bearer " + strings.Repeat("x", 300),
		} {
			r := send(t, url, "GET", nil, "Authorization", header).want(401).is("unauthenticated").hides(c.bearer)
			want := `Bearer realm="api"`
			if header != "" {
				want += `, error="invalid_token"`
			}
			if got := r.Header.Get("WWW-Authenticate"); got != want {
				t.Errorf("%s: challenge %q, want %q", name, got, want)
			}
		}
	})
}

// A revoked key is believed for five seconds at most.
func TestRevokedAndExpiredKeysAreTold(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("")
		c.do("GET", "/me", nil).want(200)
		if _, err := g.admin.RevokeAPIKey(t.Context(), operator, x.name, c.id); err != nil {
			t.Fatal(err)
		}
		g.ahead.Store(int64(5 * time.Second))
		c.do("GET", "/me", nil).want(401).says("revoked")

		old := x.key("")
		g.ahead.Store(int64(11 * 365 * 24 * time.Hour))
		old.do("GET", "/me", nil).want(401).says("expired")
	})
}

func TestUseOfKeysIsNoted(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("")
		used := func() *time.Time {
			k, _, err := g.db.Reader(x.id).APIKey(t.Context(), c.id)
			if err != nil {
				t.Fatal(err)
			}
			return k.LastUsedAt
		}
		if used() != nil {
			t.Fatal("used before it was")
		}
		c.do("GET", "/me", nil).want(200)
		first := used()
		if first == nil {
			t.Fatal("its use was not noted")
		}
		c.do("GET", "/me", nil).want(200)
		if !used().Equal(*first) {
			t.Error("its use was noted twice in a minute")
		}
		g.ahead.Store(int64(2 * time.Minute))
		c.do("GET", "/me", nil).want(200)
		if used().Equal(*first) {
			t.Error("its use was not noted after two minutes")
		}
	})
}

func TestWhatAKeyWithoutARoleMay(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	c := g.tenant("").key("")
	may := map[string]bool{}
	var me struct {
		Permissions []struct{ Key, Scope string }
	}
	c.do("GET", "/me", nil).want(200).into(&me)
	for _, p := range me.Permissions {
		may[p.Key] = true
	}
	for key, want := range map[string]bool{
		"users.view": true, "roles.view": true, "settings.view": true, "console.users.read": true, "console.connections.read": true,
		"users.create": false, "roles.manage": false, "console.tokens.manage": false, "console.apikeys.manage": false, "settings.manage": false,
	} {
		if may[key] != want {
			t.Errorf("%s: %v, want %v", key, may[key], want)
		}
	}
}

// A tenant that the release before made has roles without permissions until its manifest is applied.
func TestKeysOfATenantFromBeforePresetsSayWhatToDo(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.write(func(tx *store.Tx) error {
			c, err := tx.Configuration(t.Context())
			if err != nil {
				return err
			}
			for _, r := range c.Roles {
				tx.DeleteRole(r.Key)
			}
			tx.PutRole(directory.Role{Key: "administrator", Name: "Administrator", Privileged: true, ManagedBy: directory.ByConsole})
			tx.PutModel("", nil)
			return nil
		})
		c := x.key("administrator")
		c.do("GET", "/me", nil).want(200)
		c.do("GET", "/users", nil).want(403).is("missing-permission").says("from before there were presets", "apply its manifest")
	})
}

func TestRateIsLimitedForEachKey(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	x := g.tenant("")
	x.write(func(tx *store.Tx) error {
		tx.PutSetting("api.rate.burst", "2", directory.SettingOrigin{})
		tx.PutSetting("api.rate.per_second", "1", directory.SettingOrigin{})
		return nil
	})
	c := x.key("")
	c.do("GET", "/me", nil)
	c.do("GET", "/me", nil)
	limited := reply{}
	for range 3 { // a second may pass in between
		if limited = c.do("GET", "/me", nil); limited.Status == http.StatusTooManyRequests {
			break
		}
	}
	limited.want(429).is("rate")
	if got := limited.Header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q", got)
	}
	x.key("").do("GET", "/me", nil).want(200) // another key has a rate of its own
}
