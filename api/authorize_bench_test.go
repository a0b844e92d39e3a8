package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/api"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// BenchmarkAuthorize measures questions to POST /authorize, without the network: one a request, and a hundred, about 1,000
// people with a role and an agent group.
func BenchmarkAuthorize(b *testing.B) {
	migrated.EachB(b, func(b *testing.B, dsn string) {
		g := open(b, dsn)
		x := g.tenant("")
		x.write(func(tx *store.Tx) error {
			for _, name := range []string{"api.rate.per_second", "api.rate.burst"} {
				tx.PutSetting(name, "1000000", directory.SettingOrigin{})
			}
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		c, h := x.key("administrator"), g.handler()
		ids := make([]string, 1000)
		for i := range ids {
			ids[i] = c.made(fmt.Sprint("u", i), map[string]any{"roles": []string{"agent"}})
		}
		question := func(i int) string {
			return fmt.Sprintf(`{"person":%q,"permission":"conversations.reply","owner":%q}`, ids[i%len(ids)], ids[i%len(ids)])
		}
		ask := func(b *testing.B, body string) {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, api.Root+"/authorize", strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+c.bearer)
			r.Header.Set("Content-Type", "application/json")
			w := newRecorder()
			if h.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		b.Run("one", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				ask(b, question(i))
			}
		})
		b.Run("hundred", func(b *testing.B) {
			for i := 0; b.Loop(); i += 100 {
				list := make([]string, 100)
				for j := range list {
					list[j] = question(i + j)
				}
				ask(b, `{"requests":[`+strings.Join(list, ",")+`]}`)
			}
		})
	})
}
