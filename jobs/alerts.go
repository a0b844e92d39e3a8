package jobs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// The kinds of alerts.
const (
	AlertStale       = "stale"       // not read completely for three intervals
	AlertFailing     = "failing"     // the last reading was not complete
	AlertQuarantined = "quarantined" // a guard holds a plan, or rights
	AlertPaused      = "paused"      // somebody paused it; for people who look, not for the log
)

// Alert is something about a connection that somebody should look at.
type Alert struct {
	Kind              string
	directory.Message        // a sentence without a full stop that does not name the connection
	Write             string // the command that mends it, or tells more
}

// staleAfter is how many intervals a directory may stay unread before that is told.
const staleAfter = 3

// Alerts tells what is wrong with a connection at the instant.
func Alerts(x store.SourceState, now time.Time) []Alert {
	name, s := x.Connection.Name, x.Source
	command := fmt.Sprintf("rollcall sync %s --tenant %s", ShellWord(name), x.TenantKey)
	if s.Status == store.SourcePaused {
		return []Alert{{AlertPaused, directory.Say("it is paused: a directory is not read, and pushes are refused"), command + " --resume"}}
	}
	var out []Alert
	if s.Status == store.SourceQuarantined {
		a := Alert{AlertQuarantined, directory.Say("it is quarantined: a guard holds what it would change"), command + " --approve"}
		if !s.HeldUntil.IsZero() {
			a.Message = directory.Say("it is quarantined: a guard holds what it would change until %s", s.HeldUntil.UTC().Format(time.RFC3339))
		}
		if x.Connection.Kind == directory.LDAP {
			a.Write = command
		}
		out = append(out, a)
	}
	if x.Connection.LDAP == nil {
		return out
	}
	if s.Failures > 0 {
		why := directory.Say("it was not read completely the last time: %s", s.Error)
		if s.Failures > 1 {
			why = directory.Say("it was not read completely %d times in a row: %s", s.Failures, s.Error)
		}
		out = append(out, Alert{AlertFailing, why, "rollcall doctor --tenant " + x.TenantKey + " --connection " + ShellWord(name)})
	}
	since := s.CheckedAt
	if since.IsZero() {
		since = x.CreatedAt
	}
	if every := x.Connection.LDAP.Schedule; every > 0 && s.HeldRun == "" && now.Sub(since) > staleAfter*every {
		why := directory.Say("it was last read completely on %s, and should be every %s; is serve running?", since.UTC().Format(time.RFC3339), every)
		if s.CheckedAt.IsZero() {
			why = directory.Say("it was never read completely, and should be every %s; is serve running?", every)
		}
		out = append(out, Alert{AlertStale, why, command})
	}
	return out
}

// told is when which alerts were written into the log.
type told map[string]time.Time

// alerts writes into the log what is wrong with connections: at once when it begins, then hourly, and when it is over.
func (r *runner) alerts(ctx context.Context) (int, error) {
	list, err := r.ops.Sources(ctx)
	if err != nil {
		return 0, err
	}
	now, written := time.Now(), 0
	is := told{}
	for _, x := range list {
		for _, a := range Alerts(x, now) {
			if a.Kind == AlertPaused {
				continue
			}
			key := x.Tenant + "/" + x.Connection.ID + "/" + a.Kind
			is[key] = r.told[key]
			if now.Sub(is[key]) < hourly {
				continue
			}
			is[key] = now
			written++
			r.Log.WarnContext(ctx, "a connection needs somebody", "tenant", x.TenantKey, "connection", x.Connection.Name, "alert", a.Kind, "why", a.Text, "try", a.Write)
		}
	}
	for _, x := range list {
		for _, kind := range []string{AlertStale, AlertFailing, AlertQuarantined} {
			key := x.Tenant + "/" + x.Connection.ID + "/" + kind
			if _, was := r.told[key]; !was {
				continue
			}
			if _, still := is[key]; !still {
				r.Log.InfoContext(ctx, "a connection is well again", "tenant", x.TenantKey, "connection", x.Connection.Name, "alert", kind)
			}
		}
	}
	r.told = is
	return written, nil
}

// expire ends what guards held and nobody decided in time: a held plan is discarded, so that the next sync plans anew;
// what groups of a push took goes. A connection of which nothing waits any more, because its client gave back what it took,
// is quarantined no longer.
func (r *runner) expire(ctx context.Context) (int, error) {
	list, err := r.ops.Sources(ctx)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, x := range list {
		read := x.Connection.Kind == directory.LDAP
		over := !x.Source.HeldUntil.IsZero() && !x.Source.HeldUntil.After(time.Now())
		if !over && (read || x.Source.Status != store.SourceQuarantined) {
			continue
		}
		_, err := Hold(ctx, r.ops, Syncing(x.Tenant, x.Connection.ID), func(ctx context.Context) error {
			if read {
				return r.discardExpired(ctx, x)
			}
			_, err := r.engine.ExpireHeld(ctx, x.Tenant, x.Connection.ID)
			return err
		})
		if err != nil {
			return ended, err
		}
		if over {
			ended++
		}
	}
	return ended, nil
}

// discardExpired discards the held plan, if it is still that one.
func (r *runner) discardExpired(ctx context.Context, x store.SourceState) error {
	s, err := r.db.Reader(x.Tenant).Source(ctx, x.Connection.ID)
	if err != nil || s.HeldRun == "" || s.HeldUntil.After(time.Now()) {
		return err
	}
	actor := scheduler
	actor.Tenant, actor.Connection = x.Tenant, x.Connection.ID
	err = r.engine.Discard(ctx, actor, s.HeldRun)
	if directory.KindOf(err) == directory.Conflict {
		return nil // it was approved, and the next sync finishes it
	}
	return err
}

// ShellWord quotes a name for the command line where it needs that.
func ShellWord(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}) {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}
