package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// draft is a manifest that was merged and compared.
type draft struct {
	*merger

	exists      bool
	differences []Difference
	rows        []put
}

// draft reads what is stored and merges the manifest into it.
func (a *Admin) draft(ctx context.Context, spec directory.Spec) (*draft, error) {
	current := &store.Configuration{Tenant: directory.Tenant{Key: schema.Fold(spec.Tenant)}, Settings: map[string]string{}}
	tenant, err := a.db.Ops().Tenant(ctx, spec.Tenant)
	exists := err == nil
	if exists {
		current, err = a.db.Reader(tenant.ID).Configuration(ctx)
	} else if directory.KindOf(err) == directory.NotFound {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	base := current
	if !exists {
		base = &store.Configuration{Tenant: current.Tenant, Settings: current.Settings, Roles: directory.DefaultRoles()}
	}
	m, err := merge(base, spec, func(rules []directory.Rule) (made, error) {
		return captured(ctx, a.db.Reader(base.Tenant.ID), rules)
	})
	if err != nil {
		return nil, err
	}
	if exists {
		if err := a.checkRemovals(ctx, a.db.Reader(tenant.ID), m); err != nil {
			return nil, err
		}
	}
	d := &draft{merger: m, exists: exists}
	d.differences, d.rows = compare(current, m.next)
	if !exists {
		d.differences = append([]Difference{{Change: "created", Kind: "tenant", Name: spec.Tenant, Fields: []Field{{Name: "name", After: spec.Name}}}}, d.differences[1:]...)
	}
	return d, nil
}

// errMoved says that somebody else published in between.
var errMoved = directory.Errorf(directory.Stale, "the configuration was changed by somebody else in the meantime; nothing was written: run it again")

// publish writes the difference as one transaction, under the next version, with the run that brings the people to it.
func (a *Admin) publish(ctx context.Context, actor directory.Actor, d *draft, r Result) (run string, err error) {
	run = store.NewID()
	actor.Run = run
	err = a.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		next := *d.next
		if err := a.begin(ctx, tx, d); err != nil {
			return err
		}
		write(tx, d.rows)
		version := int64(store.FirstConfigVersion)
		if d.exists {
			if version, err = tx.RaiseConfigVersion(next.Tenant.Name); err != nil {
				return err
			}
		}
		next.Tenant.ConfigVersion = version
		if d.exists { // a new tenant has no group to bind
			if _, err := a.engine.BindRules(tx, &next); err != nil {
				return err
			}
		}
		tx.PutRun(store.Run{ID: run, Kind: "apply", Status: "applying", Actor: actor, Version: version, CreatedAt: tx.Now(), ApprovedBy: r.ApprovedBy, Detail: store.RunDetail{Guard: r.Guard}})
		return record(tx, actor, "tenant.applied", d.differences)
	})
	if taken, ok := errors.AsType[*store.Taken](err); ok {
		return "", directory.Errorf(directory.Conflict, "%s; nothing was written: run it again", taken)
	}
	if err == nil {
		return run, nil
	}
	if !d.exists {
		if _, found := a.db.Ops().Tenant(ctx, d.next.Tenant.Key); found == nil {
			return "", errMoved
		}
	}
	return "", err
}

// begin makes the transaction the only one that configures the tenant, and sees that nothing moved since it was planned.
func (a *Admin) begin(ctx context.Context, tx *store.Tx, d *draft) error {
	if !d.exists {
		return tx.InsertTenant(d.next.Tenant.Key, d.next.Tenant.Name)
	}
	if err := tx.LockConfiguration(); err != nil {
		return err
	}
	version, err := tx.ConfigVersion(ctx)
	if err != nil {
		return err
	}
	if version != d.current.Tenant.ConfigVersion {
		return errMoved
	}
	again := *d.merger // a transaction may run again
	if err := a.checkRemovals(ctx, tx.Reader, &again); err != nil {
		return err
	}
	if len(again.leaving) > 0 {
		return directory.Errorf(directory.Stale, "connection %s was written to while its people were taken from it: run it again", again.leaving[0].Name)
	}
	return nil
}

// record appends the change record of a configuration change.
func record(tx *store.Tx, actor directory.Actor, action string, differences []Difference) error {
	before, after := map[string]any{}, map[string]any{}
	for _, d := range differences {
		name := d.Kind + " " + d.Name
		was, is := map[string]any{}, map[string]any{}
		for _, f := range d.Fields {
			if f.Before != nil {
				was[f.Name] = f.Before
			}
			if f.After != nil {
				is[f.Name] = f.After
			}
		}
		if d.Change != "created" {
			before[name] = was
		}
		if d.Change != "removed" {
			after[name] = is
		}
	}
	c := directory.Change{ID: store.NewID(), Tenant: actor.Tenant, Subject: "config", Action: action, Actor: actor, At: tx.Now()}
	var err error
	if c.Before, err = json.Marshal(before); err != nil {
		return fmt.Errorf("change record: %w", err)
	}
	if c.After, err = json.Marshal(after); err != nil {
		return fmt.Errorf("change record: %w", err)
	}
	return tx.AppendChange(c)
}
