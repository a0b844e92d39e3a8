package admin_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestTokensAreShownOnceAndKeptHashed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		made, err := d.admin.CreateToken(t.Context(), operator, "ACME", "Okta", nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := directory.ParseBearer(directory.SCIMToken, made.Token)
		if err != nil || b.ID != made.ID {
			t.Fatalf("token %q: %v", made.Token, err)
		}
		tenant := d.configuration().Tenant.ID
		kept, hash, err := d.db.Reader(tenant).Token(t.Context(), made.ID)
		if err != nil || !b.Matches(hash) {
			t.Errorf("kept %+v, %v; want the hash of the secret", kept, err)
		}
		year := time.Until(*kept.ExpiresAt)
		if year < 364*24*time.Hour || year > 366*24*time.Hour {
			t.Errorf("expires in %s, want the setting's year", year)
		}
		changes, err := d.db.Reader(tenant).Changes(t.Context(), "config", 1)
		if err != nil || changes[0].Action != "token.created" || changes[0].Actor.ID != "op@host" {
			t.Errorf("change %+v, %v; want token.created by op@host", changes, err)
		}
		if bytes.Contains(changes[0].After, []byte(b.Secret)) {
			t.Error("the change record holds the secret")
		}
	})
}

// How long a token lives is the tenant's to say (token.expires), unless its creator says.
func TestATokenLivesAsLongAsTheTenantSays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		const day = 24 * time.Hour
		week := 7 * day
		for setting, want := range map[string]struct{ usual, told time.Duration }{"72h0m0s": {3 * day, week}, "0s": {0, week}} {
			spec := acme()
			spec.Settings["token.expires"] = setting
			d.apply(spec)
			for expires, want := range map[*time.Duration]time.Duration{nil: want.usual, &week: want.told} {
				made, err := d.admin.CreateToken(t.Context(), operator, "acme", "okta", expires)
				if err != nil {
					t.Fatal(err)
				}
				kept, _, err := d.db.Reader(d.configuration().Tenant.ID).Token(t.Context(), made.ID)
				switch {
				case err != nil:
					t.Fatal(err)
				case want == 0 && kept.ExpiresAt != nil, want > 0 && (kept.ExpiresAt == nil || kept.ExpiresAt.Sub(kept.CreatedAt).Round(time.Hour) != want):
					t.Errorf("%s: made %s, expires %v; want %s", setting, kept.CreatedAt, kept.ExpiresAt, want)
				}
			}
		}
	})
}

func TestRevokingATokenIsRecordedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		for _, tenant := range []string{"", "acme"} {
			made, err := d.admin.CreateToken(t.Context(), operator, "acme", "okta", nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range []bool{true, false} {
				revoked, err := d.admin.RevokeToken(t.Context(), operator, tenant, made.ID)
				if err != nil || revoked != want {
					t.Errorf("time %d: revoked %t, %v; want %t", i+1, revoked, err, want)
				}
			}
		}
		changes, err := d.db.Reader(d.configuration().Tenant.ID).Changes(t.Context(), "config", 10)
		n := 0
		for _, c := range changes {
			if c.Action == "token.revoked" {
				n++
			}
		}
		if err != nil || n != 2 {
			t.Errorf("%d records of revocation, %v; want 2", n, err)
		}
	})
}

func TestTokensOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	d.apply(acme())
	hour, century := time.Hour, 100*365*24*time.Hour
	for name, want := range map[string]struct {
		tenant, connection string
		expires            *time.Duration
		says               string
	}{
		"tenant":     {"acne", "okta", nil, `no tenant "acne"`},
		"connection": {"acme", "entra", &hour, `no connection "entra"; it has ["okta"]`},
		"lifetime":   {"acme", "okta", &century, "0 (for ever) to 3650d"},
	} {
		if _, err := d.admin.CreateToken(t.Context(), operator, want.tenant, want.connection, want.expires); err == nil || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: %v; want %q", name, err, want.says)
		}
	}
	for _, tenant := range []string{"", "acme"} {
		if _, err := d.admin.RevokeToken(t.Context(), operator, tenant, "nope"); directory.KindOf(err) != directory.NotFound || !strings.Contains(err.Error(), "token list") {
			t.Errorf("revoking nothing: %v", err)
		}
	}
}

func TestATokenMayLiveForEver(t *testing.T) {
	t.Parallel()
	d := open(t, migrated.SQLite(t))
	d.apply(acme())
	var ever time.Duration
	made, err := d.admin.CreateToken(t.Context(), operator, "acme", "okta", &ever)
	if err != nil || made.ExpiresAt != nil {
		t.Errorf("%+v, %v; want no end", made, err)
	}
	list, err := d.admin.Tokens(t.Context(), "")
	if err != nil || len(list) != 1 || !list[0].Live || list[0].Connection != "okta" || list[0].Tenant != "acme" {
		t.Errorf("list %+v, %v", list, err)
	}
}

func TestNoticesSayWhatToWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Connections = append(s.Connections, connection("silent"), connection("azure"), connection("aging"))
		s.Rules = append(
			s.Rules,
			rule("misspelt", directory.Rule{Group: "CC Support", Roles: []string{"agent"}}),
			rule("waiting", directory.Rule{Group: "CC-Admins", Roles: []string{"administrator"}}),
			rule("unseen", directory.Rule{Group: "CC-Nobody", Roles: []string{"agent"}}),
			rule("pinned", directory.Rule{GroupID: "no-such-group", Roles: []string{"agent"}}),
		)
		d.apply(s)
		var admins string
		for _, name := range []string{"CC-Support", "CC-Admins"} {
			g, err := d.engine.CreateGroup(t.Context(), d.okta(), directory.Group{DisplayName: name}, nil)
			if err != nil {
				t.Fatal(err)
			}
			admins = g.ID
		}
		week := 7 * 24 * time.Hour
		for connection, agent := range map[string]string{"azure": "Microsoft-Azure-AD/1.0", "silent": "", "aging": "curl"} {
			made, err := d.admin.CreateToken(t.Context(), operator, "acme", connection, map[string]*time.Duration{"aging": &week}[connection])
			if err != nil {
				t.Fatal(err)
			}
			if agent == "" {
				continue
			}
			err = d.db.Ops().NoteTokenUse(t.Context(), store.TokenUse{Tenant: d.configuration().Tenant.ID, ID: made.ID, UserAgent: agent, At: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]admin.Notice{}
		list, err := d.admin.Notices(t.Context(), d.configuration())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			if n.About == "token" {
				n.Name = ""
			}
			got[n.About+" "+n.Name] = n
		}
		for about, want := range map[string]string{
			"rule misspelt":     `group: "CC-Support"`,
			"rule waiting":      "group_id: " + admins,
			"rule unseen":       "",
			"rule pinned":       "",
			"connection okta":   "rollcall token create --tenant acme --connection okta",
			"connection silent": "",
			"connection azure":  "dialect: entra",
			"token ":            "rollcall token create --tenant acme --connection aging",
		} {
			n, ok := got[about]
			if !ok || n.Write != want || n.Text == "" {
				t.Errorf("%s: %+v; want the line %q", about, n, want)
			}
			delete(got, about)
		}
		if len(got) > 0 {
			t.Errorf("and besides: %+v", got)
		}
	})
}

func TestASecondGroupOfANameIsToldOnceTheFirstIsGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Rules = append(s.Rules, rule("night", directory.Rule{Group: "CC-Night", Roles: []string{"agent"}}))
		d.apply(s)
		var ids []string
		for range 2 {
			g, err := d.engine.CreateGroup(t.Context(), d.okta(), directory.Group{DisplayName: "CC-Night"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, g.ID)
		}
		if _, err := d.engine.DeleteGroup(t.Context(), d.okta(), ids[0], nil); err != nil {
			t.Fatal(err)
		}
		list, err := d.admin.Notices(t.Context(), d.configuration())
		if err != nil || !slices.ContainsFunc(list, func(n admin.Notice) bool { return n.Name == "night" && n.Write == "group_id: "+ids[1] }) {
			t.Errorf("%+v, %v; want the line that pins the second", list, err)
		}
	})
}
