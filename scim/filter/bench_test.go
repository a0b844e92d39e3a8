package filter

import (
	"strings"
	"testing"

	"rollcall/scim/schema"
)

func BenchmarkParse(b *testing.B) {
	ten := strings.TrimSuffix(strings.Repeat(`emails[type eq "work" and value co "@x"] or `, 5), " or ")
	for name, text := range map[string]string{"userName eq": `userName eq "bjensen@example.com"`, "ten terms": ten, "100 KB of brackets": strings.Repeat("(", 100_000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(text)
			}
		})
	}
}

func BenchmarkParsePath(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ParsePath(`members[value eq "2819c223-7f76-453a-919d-413861904646"]`)
	}
}

func BenchmarkResolve(b *testing.B) {
	e, err := Parse(`userName eq "bjensen@example.com"`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Resolve(e, schema.User, Options{})
	}
}

func BenchmarkMatch(b *testing.B) {
	e, err := Parse(`department eq "Billing" and emails[type eq "work"].value ew "@example.com"`)
	if err == nil {
		e, err = Resolve(e, schema.User, Options{Loose: true})
	}
	if err != nil {
		b.Fatal(err)
	}
	doc := person()
	b.ReportAllocs()
	for b.Loop() {
		if !Match(e, doc) {
			b.Fatal("no match")
		}
	}
}
