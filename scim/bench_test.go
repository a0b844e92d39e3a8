package scim_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// measured is one request that the gateway and its floor both answer.
type measured struct {
	name   string
	method string
	path   func(f *filled, i int) string
	body   func(f *filled, i int) string
	ours   bool // the floor has no such thing
	read   bool
}

// sizes are how many users the benchmark's tenants have: ROLLCALL_BENCH_USERS, as in "1000,100000,1000000".
func sizes(b *testing.B) []int {
	b.Helper()
	text := os.Getenv("ROLLCALL_BENCH_USERS")
	if text == "" {
		text = "1000"
	}
	var out []int
	for s := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 200 {
			b.Fatalf("ROLLCALL_BENCH_USERS: %q is not a number of users of 200 or more", s)
		}
		out = append(out, n)
	}
	return out
}

var fresh atomic.Int64 // users that benchmarks make

func requests() []measured {
	fixed := func(path string) func(*filled, int) string { return func(*filled, int) string { return path } }
	user := func(f *filled, i int) string { return "/Users/" + f.ids[(i*7919)%len(f.ids)] }
	filter := func(attribute string, value func(int) string) func(*filled, int) string {
		return func(f *filled, i int) string {
			return "/Users?filter=" + attribute + "%20eq%20%22" + value((i*7919)%len(f.ids)) + "%22"
		}
	}
	member := func(op string) func(*filled, int) string {
		return func(f *filled, i int) string {
			return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"` + op + `","path":"members","value":[{"value":"` + f.ids[(i*7919)%len(f.ids)] + `"}]}]}`
		}
	}
	return []measured{
		{name: "GET", method: "GET", path: user, read: true},
		{name: "filter_userName", method: "GET", path: filter("userName", userName), read: true},
		{name: "filter_externalId", method: "GET", path: filter("externalId", func(i int) string { return fmt.Sprintf("00u%017d", i) }), read: true},
		{name: "list_first", method: "GET", path: fixed("/Users?count=100&startIndex=1"), read: true},
		{name: "list_near_end", method: "GET", path: func(f *filled, _ int) string { return fmt.Sprint("/Users?count=100&startIndex=", len(f.ids)-99) }, read: true},
		{name: "group_without_members", method: "GET", path: func(f *filled, _ int) string { return "/Groups/" + f.large + "?excludedAttributes=members" }, ours: true, read: true},
		{name: "PATCH_active", method: "PATCH", path: user, body: func(_ *filled, i int) string {
			return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":` + strconv.FormatBool(i/1000%2 == 1) + `}}]}`
		}},
		{name: "PUT", method: "PUT", path: user, body: func(f *filled, i int) string {
			n := (i * 7919) % len(f.ids)
			return strings.Replace(bodyOf(n), `"locale":"en-US"`, `"locale":"en-US","title":"T`+strconv.Itoa(i)+`"`, 1)
		}},
		{name: "POST", method: "POST", path: fixed("/Users"), body: func(*filled, int) string { return bodyOf(int(1_000_000_000 + fresh.Add(1))) }},
		{name: "member_add_small_group", method: "PATCH", path: func(f *filled, _ int) string { return "/Groups/" + f.small }, body: member("add"), ours: true},
		{name: "member_remove_large_group", method: "PATCH", path: func(f *filled, _ int) string { return "/Groups/" + f.large }, body: member("remove")},
		{name: "member_add_large_group", method: "PATCH", path: func(f *filled, _ int) string { return "/Groups/" + f.large }, body: member("add")},
	}
}

// BenchmarkAgainstFloor measures the gateway and its floor side by side, over HTTP on loopback, alone and sixteen at a
// time: database/users/request/clients/who.
func BenchmarkAgainstFloor(b *testing.B) {
	migrated.EachB(b, func(b *testing.B, dsn string) {
		for _, users := range sizes(b) {
			b.Run(strconv.Itoa(users), func(b *testing.B) {
				own := floorDSN(b, dsn) // a database of this size's own
				f := fill(b, own, users)
				f.write(b, func(tx *store.Tx) error {
					tx.PutSetting("scim.rate.per_second", "1000000", directory.SettingOrigin{})
					tx.PutSetting("scim.rate.burst", "1000000", directory.SettingOrigin{})
					return nil
				})
				x := newFloor(b, floorDSN(b, dsn), f)
				for _, m := range requests() {
					for _, clients := range []int{1, 16} {
						for _, who := range []string{"floor", "ours"} {
							if m.ours && who == "floor" {
								continue
							}
							b.Run(m.name+"/"+strconv.Itoa(clients)+"/"+who, func(b *testing.B) { measure(b, m, f, x, clients, who == "ours") })
						}
					}
				}
			})
		}
	})
}

// measure sends one kind of request.
func measure(b *testing.B, m measured, f *filled, x *floor, clients int, ours bool) {
	server := x.server
	if ours {
		server = f.server
	}
	h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer h.CloseIdleConnections()
	var n atomic.Int64
	once := func() {
		i := int(n.Add(1))
		var body io.Reader
		if m.body != nil {
			body = strings.NewReader(m.body(f, i))
		}
		r, err := http.NewRequestWithContext(b.Context(), m.method, server.URL+"/scim/v2"+m.path(f, i), body)
		if err != nil {
			b.Error(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+f.token)
		r.Header.Set("Content-Type", "application/scim+json")
		answer, err := h.Do(r)
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = answer.Body.Close() }()
		got, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode >= 300 {
			b.Errorf("%s: status %d %s %v", m.name, answer.StatusCode, got, err)
		}
	}
	once()
	b.ResetTimer()
	if clients == 1 {
		for range b.N {
			once()
		}
	} else {
		b.SetParallelism(clients / 2)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				once()
			}
		})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}
