package store

import (
	"testing"

	"rollcall/access"
)

// BenchmarkConfiguration reads what a tenant of the standard preset is configured to, as most reads of people do.
func BenchmarkConfiguration(b *testing.B) {
	p, err := access.PresetNamed("")
	if err != nil {
		b.Fatal(err)
	}
	migrated.EachB(b, func(b *testing.B, dsn string) {
		ctx := b.Context()
		db, err := Open(ctx, dsn, Options{Create: true, Keys: [][]byte{make([]byte, 32)}})
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		err = db.Write(ctx, "acme", func(tx *Tx) error {
			tx.PutModel(p.ID(), p.Modules)
			for _, r := range p.Roles {
				tx.PutRole(r)
			}
			return tx.InsertTenant("acme", "Acme")
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.Reader("acme").Configuration(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
