package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// guarded is a synced directory of 40 people, of whom 20 are in a group, with a guard of 10 people.
func guarded(t *testing.T, f func(t *testing.T, b *bench, d *paper)) {
	t.Helper()
	each(t, func(t *testing.T, b *bench) {
		d := b.reads(func(c *directory.Connection) {
			c.Guard = directory.GuardLimits{Percent: 25, Count: 50}
			c.LDAP.GraceRuns = 1
		})
		b.supports()
		var in []string
		for i := range 40 {
			id := fmt.Sprintf("u%02d", i)
			d.user(id)
			if i < 20 {
				in = append(in, id)
			}
		}
		d.group("CC-Support", in...)
		b.sync(d)
		f(t, b, d)
	})
}

func (b *bench) source() store.Source {
	b.t.Helper()
	x, err := b.db.Reader(b.tenant).Source(b.t.Context(), "hq")
	if err != nil {
		b.t.Fatal(err)
	}
	return x
}

func (b *bench) held() (synced, *provision.SyncPlan) {
	b.t.Helper()
	var out synced
	p, err := b.engine.HeldPlan(b.t.Context(), b.tenant, "hq", provision.SyncOptions{Each: func(c provision.SyncChange) error {
		out.lines = append(out.lines, c)
		return nil
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	if p != nil {
		out.SyncResult = p.Result()
	}
	return out, p
}

// B2: a guard names everybody, holds this connection alone, and lets pass exactly what was approved.
func TestAGuardHoldsAMassLossUntilItIsApproved(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]struct {
		do   func(d *paper)
		says string
		then func(b *bench)
	}{
		"people gone": {
			func(d *paper) {
				for i := range 11 {
					delete(d.users, fmt.Sprintf("u%02d", i))
				}
			}, "11 people would be suspended", func(b *bench) { b.is("u03", directory.Suspended, "agent", "Support/user") },
		},
		"group emptied": {
			func(d *paper) { d.groups["g-CC-Support"].members = nil }, "20 people would lose their last role", func(b *bench) { b.is("u03", directory.Active) },
		},
		"group gone": {
			func(d *paper) { delete(d.groups, "g-CC-Support"); d.group("other", "u01") }, "20 people would lose their last role", func(b *bench) { b.is("u03", directory.Active) },
		},
		"all inactive": {
			func(d *paper) {
				for _, x := range d.users {
					x.attributes["active"] = false
				}
			}, "40 people would be suspended", func(b *bench) { b.is("u03", directory.Suspended, "agent", "Support/user") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guarded(t, func(t *testing.T, b *bench, d *paper) {
				before := b.changes()
				harm.do(d)
				got := b.sync(d)
				if got.Status != provision.SyncHeld || !strings.Contains(strings.Join(got.Guard.Texts(), "\n"), harm.says) || got.Run == "" || got.Expires == nil {
					t.Fatalf("%+v; want it held, because %s", got.SyncResult, harm.says)
				}
				if n := b.changes(); n != before {
					t.Errorf("a held plan wrote %d changes", n-before)
				}
				b.is("u03", directory.Active, "agent", "Support/user")
				if s := b.source(); s.Status != store.SourceQuarantined || s.HeldRun != got.Run {
					t.Errorf("the source is %+v", s)
				}
				stored, p := b.held()
				if len(stored.lines) != len(got.lines) || stored.lines[0].UserName == "" {
					t.Errorf("%d lines are stored of %d", len(stored.lines), len(got.lines))
				}
				done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true})
				if err != nil || done.Status != provision.SyncApplied || done.Run != got.Run || done.Summary != got.Summary {
					t.Errorf("approved: %+v, %v; want %+v", done, err, got.Summary)
				}
				harm.then(b)
				run, err := b.db.Reader(b.tenant).Run(t.Context(), got.Run)
				if err != nil || run.ApprovedBy != "cli:root@host" || run.Status != "applied" || run.FinishedAt.IsZero() {
					t.Errorf("run %+v, %v", run, err)
				}
				if s := b.source(); s.Status != store.SourceActive || s.HeldRun != "" {
					t.Errorf("afterwards the source is %+v", s)
				}
				if got := b.sync(d); got.Status != provision.SyncNothing {
					t.Errorf("the next sync: %+v", got)
				}
			})
		})
	}
}

// B2: all but these.
func TestSomeMayBeLeftOutOfAnApproval(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 12 {
			delete(d.users, fmt.Sprintf("u%02d", i))
		}
		b.sync(d)
		_, p := b.held()
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true}, "u03", "u04")
		if err != nil || done.Summary.Suspended != 10 {
			t.Fatalf("%+v, %v", done, err)
		}
		b.is("u03", directory.Active, "agent", "Support/user")
		b.is("u05", directory.Suspended, "agent", "Support/user")
		if got := b.sync(d); got.Summary.Suspended != 2 { // they are asked about again, and are few
			t.Errorf("the next sync: %+v", got)
		}
	})
}

// B1: a plan that a person has overtaken is stale for that person.
func TestAPlanLeavesOutWhoMovedSince(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 12 {
			delete(d.users, fmt.Sprintf("u%02d", i))
		}
		b.sync(d)
		moved := b.view("u03").ID
		if _, err := b.engine.PlaceHold(t.Context(), b.hq(), directory.Hold{Person: moved, Subject: "state", Effect: directory.Keep, Reason: "stays"}); err != nil {
			t.Fatal(err)
		}
		_, p := b.held()
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true})
		if err != nil || done.Status != provision.SyncPartial || done.Summary.Suspended != 11 {
			t.Fatalf("%+v, %v", done, err)
		}
		if !slices.ContainsFunc(done.Problems, func(x directory.Problem) bool { return x.Kind == "stale" && x.Subject == "u03" }) {
			t.Errorf("problems %+v; want u03's line among them", done.Problems)
		}
		b.is("u03", directory.Active, "agent", "Support/user")
	})
}

func TestAMovedConfigurationRefusesTheWholePlan(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 12 {
			delete(d.users, fmt.Sprintf("u%02d", i))
		}
		b.sync(d)
		b.configure(func(c *store.Configuration) { c.Settings["roles.cardinality"] = "one" })
		_, p := b.held()
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true})
		if directory.KindOf(err) != directory.Stale || done.Summary.Suspended != 0 {
			t.Errorf("%+v, %v; want it refused", done, err)
		}
		b.is("u05", directory.Active, "agent", "Support/user")
		if got := b.sync(d); got.Status != provision.SyncHeld {
			t.Errorf("the next sync: %+v; want another held plan", got)
		}
	})
}

// B3: a changed base or filter needs approval before anybody is gone by it.
func TestAChangedQuestionSuspendsNobodyUnseen(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		delete(d.users, "u30")
		d.fingerprint = "2"
		got := b.sync(d)
		if got.Status != provision.SyncHeld || !strings.Contains(strings.Join(got.Guard.Texts(), " "), "filter") {
			t.Errorf("%+v; want it held: one person is gone, and the filter changed", got.SyncResult)
		}
		b.is("u30", directory.Active)
		if err := b.engine.Discard(t.Context(), b.hq(), got.Run); err != nil {
			t.Error(err)
		}
		if s := b.source(); s.Status != store.SourceActive {
			t.Errorf("after the plan was discarded the source is %+v", s)
		}
		if err := b.engine.Discard(t.Context(), b.hq(), got.Run); directory.KindOf(err) != directory.Conflict {
			t.Errorf("discarded twice: %v", err)
		}
		d.user("u30") // the filter finds them again
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got)
		}
	})
}

func TestPrivilegedRolesAreCounted(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		b.configure(func(c *store.Configuration) {
			c.Rules = append(c.Rules, directory.Rule{ID: "adm", Name: "administrators", When: `title eq "Boss"`, Roles: []string{"administrator"}, ManagedBy: directory.ByManifest})
		})
		for i := range 12 {
			d.user(fmt.Sprintf("u%02d", i), directory.Attributes{"title": "Boss"})
		}
		got := b.sync(d)
		if got.Status != provision.SyncHeld || !strings.Contains(strings.Join(got.Guard.Texts(), " "), "12 people would gain a privileged role") {
			t.Errorf("%+v", got.SyncResult)
		}
	})
}

func TestASyncThatKnowsBetterReplacesAHeldPlan(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		gone := map[string]*leaf{}
		for i := range 12 {
			id := fmt.Sprintf("u%02d", i)
			gone[id] = d.users[id]
			delete(d.users, id)
		}
		got := b.sync(d)
		maps.Copy(d.users, gone)
		if next := b.sync(d); next.Status != provision.SyncNothing {
			t.Errorf("%+v", next)
		}
		run, err := b.db.Reader(b.tenant).Run(t.Context(), got.Run)
		if s := b.source(); err != nil || run.Status != "discarded" || s.Status != store.SourceActive || s.HeldRun != "" {
			t.Errorf("run %+v, source %+v, %v", run, s, err)
		}
	})
}

// B3: the grace does not outlast the memory of the question.
func TestAChangedQuestionIsRememberedThroughTheGrace(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) { // two complete readings
		for i := range 5 {
			d.user(fmt.Sprint("u", i))
		}
		b.sync(d)
		lost := d.users["u1"]
		delete(d.users, "u1")
		d.fingerprint = "2"
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("within the grace: %+v", got.SyncResult)
		}
		got := b.sync(d)
		if got.Status != provision.SyncHeld || !strings.Contains(strings.Join(got.Guard.Texts(), " "), "filter") {
			t.Fatalf("%+v; want it held", got.SyncResult)
		}
		b.is("u1", directory.Active)
		_, p := b.held()
		if _, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true}); err != nil {
			t.Fatal(err)
		}
		b.is("u1", directory.Suspended)
		delete(d.users, "u2") // the question is the approved one now
		b.sync(d)
		if got := b.sync(d); got.Summary.Suspended != 1 {
			t.Errorf("%+v", got.SyncResult)
		}
		d.fingerprint, d.users["u1"] = "3", lost
		delete(d.users, "u3")
		b.sync(d)
		d.user("u3")
		b.sync(d) // everybody was found: the new question counts
		if s := b.source(); s.Fingerprint != "3" {
			t.Errorf("the source is %+v", s)
		}
	})
}
