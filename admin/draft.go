package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// draft is what somebody asks for, merged, checked and compared.
type draft struct {
	*merger

	exists      bool
	action      string // of the change record
	differences []Difference
	rows        []put
}

// proposal makes a draft of what is stored at the moment.
type proposal func(ctx context.Context) (*draft, error)

// manifest proposes what a manifest says.
func (a *Admin) manifest(spec directory.Spec) proposal {
	return func(ctx context.Context) (*draft, error) {
		current := &store.Configuration{Tenant: directory.Tenant{Key: schema.Fold(spec.Tenant)}}
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
		m, err := begun(current, spec.Preset, exists)
		if err != nil {
			return nil, err
		}
		if err := m.merge(spec, func(rules []directory.Rule) (made, error) {
			return captured(ctx, a.db.Reader(current.Tenant.ID), rules)
		}); err != nil {
			return nil, err
		}
		return a.checked(ctx, m, exists, "tenant.applied")
	}
}

// begun is a merger of a tenant with the preset that it has, or is to have by what somebody asks for.
func begun(current *store.Configuration, preset string, exists bool) (*merger, error) {
	p, err := pin(current.Tenant.Preset, preset)
	if err != nil {
		return nil, err
	}
	base := copyOf(current)
	var refused []directory.Message
	if p != nil {
		if exists && current.Tenant.Preset == "" && p.Name != access.StandardPreset {
			return nil, directory.Errorf(directory.Conflict, "the tenant was made without a preset, which is as with the preset %s, and a tenant stays with its preset: leave the line out, or make another tenant with %s", access.StandardPreset, preset)
		}
		refused = copyPreset(base, *p)
	}
	m := newMerger(current, base)
	m.refused = refused
	return m, nil
}

// checked checks what was merged, in the one place for everybody who configures, and compares it with what is stored.
func (a *Admin) checked(ctx context.Context, m *merger, exists bool, action string) (*draft, error) {
	if err := m.validate(); err != nil {
		return nil, err
	}
	if err := a.checkDomains(ctx, m); err != nil {
		return nil, err
	}
	if exists {
		if err := a.checkRemovals(ctx, a.db.Reader(m.current.Tenant.ID), m); err != nil {
			return nil, err
		}
	}
	d := &draft{merger: m, exists: exists, action: action}
	d.differences, d.rows = compare(m.current, m.next)
	if !exists {
		d.differences = introduced(m.next, d.differences)
	}
	return d, nil
}

// introduced are the differences of a tenant that is new: what comes with its preset is told by the preset's name.
func introduced(next *store.Configuration, differences []Difference) []Difference {
	out := []Difference{{Change: "created", Kind: "tenant", Name: next.Tenant.Key, Fields: []Field{
		{Name: "name", After: next.Tenant.Name}, {Name: "preset", After: next.Tenant.Preset},
	}}}
	preset := map[objectKey]bool{}
	for _, x := range objects(next, nil, nil) {
		if x.by == directory.ByPreset {
			preset[objectKey{x.kind, x.name}] = true
		}
	}
	for _, d := range differences[1:] { // the first is the tenant
		if !preset[objectKey{d.Kind, d.Name}] {
			out = append(out, d)
		}
	}
	return out
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
		version := int64(store.FirstConfigVersion)
		if d.exists {
			if version, err = tx.RaiseConfigVersion(next.Tenant.Name); err != nil {
				return err
			}
		}
		next.Tenant.ConfigVersion = version
		if err := write(tx, d.rows, version, actor); err != nil {
			return err
		}
		if d.exists { // a new tenant has no group to bind
			if _, err := a.engine.BindRules(tx, &next); err != nil {
				return err
			}
		}
		if err := recordRules(tx, actor, d, version); err != nil {
			return err
		}
		tx.PutRun(store.Run{ID: run, Kind: "apply", Status: "applying", Actor: actor, Version: version, CreatedAt: tx.Now(), ApprovedBy: r.ApprovedBy, Detail: store.RunDetail{Guard: r.Guard}})
		return record(tx, actor, d.action, d.differences)
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
