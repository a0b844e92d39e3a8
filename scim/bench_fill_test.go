package scim_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/store"
)

// filled is a gateway whose tenant has many users, written past HTTP, with two groups: one of a hundred and one of a
// tenth of everybody, at least a hundred.
type filled struct {
	*client

	ids          []string // of users, in the order of lists
	small, large string   // groups
}

// fill makes one. Users look as Okta creates them.
func fill(b *testing.B, dsn string, users int) *filled {
	b.Helper()
	g := open(b, dsn)
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { jobs.Run(ctx, g.db, g.engine, jobs.Options{}) })
	b.Cleanup(func() { stop(); done.Wait() })
	f := &filled{client: g.connect(directory.Okta)}
	for first := 0; first < users; first += 500 {
		ordinals := make([]int64, min(500, users-first))
		for i := range ordinals {
			var err error
			if ordinals[i], err = f.db.Ordinal(ctx, f.tenant, "people"); err != nil {
				b.Fatal(err)
			}
		}
		f.write(b, func(tx *store.Tx) error {
			for i, ordinal := range ordinals {
				if err := f.user(tx, first+i, ordinal); err != nil {
					return err
				}
			}
			return nil
		})
	}
	f.small, f.large = f.groupOf(b, 1, 100), f.groupOf(b, 2, max(100, users/10))
	for {
		n, err := g.db.Sequence(ctx, f.tenant)
		if err != nil {
			b.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	for range 2 { // the first look counts what the second one acts on
		if err := g.db.Ops().RefreshStatistics(ctx); err != nil {
			b.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond) // PostgreSQL reports what changed once a second
	}
	return f
}

func (f *filled) write(b *testing.B, fn func(*store.Tx) error) {
	b.Helper()
	if err := f.db.Write(context.Background(), f.tenant, fn); err != nil {
		b.Fatal(err)
	}
}

func (f *filled) user(tx *store.Tx, i int, ordinal int64) error {
	id, change, at := store.NewID(), store.NewID(), tx.Now()
	a := directory.Account{
		Person: id, Connection: f.connection, ExternalID: fmt.Sprintf("00u%017d", i), Key: fmt.Sprintf("00u%017d", i),
		UserName: userName(i), Active: true, Version: 1, CreatedAt: at, ModifiedAt: at, Attributes: attributesOf(i),
	}
	u := directory.User{ID: id, DisplayID: ordinal, State: directory.Active, Onboarded: true, UserName: a.UserName, EvaluatedAt: store.FirstConfigVersion, CreatedAt: at, ModifiedAt: at}
	if err := tx.PutPerson(u, nil); err != nil {
		return err
	}
	if _, err := tx.InsertAccount(a, u.DisplayID, change); err != nil {
		return err
	}
	tx.PutIdentifiers(id, nil, []store.Identifier{{Kind: "email", Value: a.UserName}})
	f.ids = append(f.ids, id)
	return tx.AppendChange(directory.Change{ID: change, Subject: "person:" + id, Action: "user.created"}, store.AccountDelta(f.connection, u.DisplayID, 1))
}

func (f *filled) groupOf(b *testing.B, ordinal int64, members int) string {
	b.Helper()
	id := store.NewID()
	members = min(members, len(f.ids))
	f.write(b, func(tx *store.Tx) error {
		change, name := store.NewID(), fmt.Sprint("Group ", ordinal)
		g := directory.Group{ID: id, Connection: f.connection, DisplayName: name, Version: 1, CreatedAt: tx.Now(), ModifiedAt: tx.Now(), Attributes: directory.Attributes{"displayName": name}}
		if _, err := tx.PutGroup(g, ordinal, false, change); err != nil {
			return err
		}
		for _, person := range f.ids[:members] {
			tx.AddMember(id, directory.Member{ID: person, Kind: directory.UserMember}, change)
			if err := tx.Flush(); err != nil {
				return err
			}
		}
		return tx.AppendChange(directory.Change{ID: change, Subject: "group:" + id, Action: "group.created"},
			store.GroupListDelta(f.connection, ordinal, 1), store.GroupDelta(id, int64(members)))
	})
	return id
}

func userName(i int) string { return fmt.Sprintf("given%d.family@acme.test", i) }

func attributesOf(i int) directory.Attributes {
	return directory.Attributes{
		"userName": userName(i), "active": true, "displayName": fmt.Sprintf("Given%d Family", i), "locale": "en-US",
		"name":   map[string]any{"givenName": fmt.Sprint("Given", i), "familyName": "Family"},
		"emails": []any{map[string]any{"value": userName(i), "type": "work", "primary": true}},
	}
}

func bodyOf(i int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%[2]q,"name":{"givenName":"Given%[1]d","familyName":"Family"},`+
		`"emails":[{"primary":true,"value":%[2]q,"type":"work"}],"displayName":"Given%[1]d Family","locale":"en-US","externalId":"00u%017[1]d","groups":[],"active":true}`, i, userName(i))
}
