package provision_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"rollcall/provision"
	"rollcall/store/storetest/migrated"
)

// BenchmarkWrites measures the verbs without HTTP, alone and sixteen at a time.
func BenchmarkWrites(b *testing.B) {
	migrated.EachB(b, func(b *testing.B, dsn string) {
		x := open(b, dsn)
		x.configure(configureRules(supportRule, billingRule))
		var n atomic.Int64
		ids := make([]string, 2000)
		for i := range ids {
			ids[i] = x.user(x.okta, fmt.Sprintf("seed%d@acme.test", i), fmt.Sprint("s", i), profile(int64(i))).ID
		}
		g := x.group(x.okta, "CC-Support")
		for _, parallel := range []int{1, 16} {
			for name, op := range map[string]func(int64) error{
				"POST": func(i int64) error {
					_, err := x.engine.CreateUser(b.Context(), x.okta, account(fmt.Sprintf("u%d@acme.test", i), fmt.Sprint("x", i), profile(i)))
					return err
				},
				"PATCH": func(i int64) error {
					_, err := x.set(x.okta, ids[int(i)%len(ids)], map[string]any{"title": fmt.Sprint("t", i)})
					return err
				},
				"member": func(i int64) error {
					kind := provision.AddMembers
					if (i/2000)%2 == 1 {
						kind = provision.RemoveMembers
					}
					_, err := x.engine.UpdateGroup(b.Context(), x.okta, g.ID, nil, nil, []provision.MemberOp{{Kind: kind, Members: members(ids[int(i)%len(ids)])}})
					return err
				},
			} {
				b.Run(fmt.Sprintf("%s/%d", name, parallel), func(b *testing.B) {
					b.SetParallelism(parallel)
					b.ReportAllocs()
					if parallel == 1 {
						for b.Loop() {
							if err := op(n.Add(1)); err != nil {
								b.Fatal(err)
							}
						}
						return
					}
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := op(n.Add(1)); err != nil {
								b.Error(err)
								return
							}
						}
					})
				})
			}
		}
	})
}

func profile(i int64) map[string]any {
	return map[string]any{
		"name":        map[string]any{"givenName": fmt.Sprint("Given", i), "familyName": "Family"},
		"displayName": fmt.Sprint("Given", i, " Family"), "locale": "en-US",
		"emails": []any{map[string]any{"value": fmt.Sprintf("given%d@acme.test", i), "type": "work", "primary": true}},
	}
}
