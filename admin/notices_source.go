package admin

import (
	"context"
	"fmt"
	"time"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/store"
)

// sourceNotices tells of each directory that was never read, and of each connection that is stale, failing, quarantined or
// paused, with the command that mends it.
func (a *Admin) sourceNotices(ctx context.Context, c *store.Configuration) ([]Notice, error) {
	list, err := a.db.Ops().Sources(ctx)
	if err != nil {
		return nil, err
	}
	var out []Notice
	for _, x := range list {
		if x.Tenant != c.Tenant.ID {
			continue
		}
		name := x.Connection.Name
		alerts := jobs.Alerts(x, time.Now())
		for _, alert := range alerts {
			out = append(out, Notice{"connection", name, alert.Message, alert.Write})
		}
		if len(alerts) == 0 && x.Connection.Kind == directory.LDAP && x.Source.CheckedAt.IsZero() {
			out = append(out, Notice{
				"connection", name, directory.Say("the directory was not read yet: look first at what a sync would do"),
				fmt.Sprintf("rollcall sync %s --tenant %s --plan", jobs.ShellWord(name), c.Tenant.Key),
			})
		}
	}
	return out, nil
}
