package provision

import (
	"encoding/json"
	"fmt"

	"rollcall/directory"
	"rollcall/store"
)

// workSubject is the subject of changes of groups of work that happen between publications of the configuration.
const workSubject = "agent_group"

// What happens to groups of work between publications.
const (
	workRenamed  = "renamed"
	workArchived = "archived"
	workRestored = "restored"
)

// putWork writes a group of work that is renamed, archived or brought back because the directory's groups are, with its
// change for the log: who is in it is eligible otherwise.
func putWork(tx *store.Tx, g directory.WorkGroup, action string) error {
	tx.PutWorkGroup(g)
	after, err := json.Marshal(map[string]any{"name": g.Name, "kind": g.Kind, "archived": g.Archived, "rule": g.Rule})
	if err != nil {
		return fmt.Errorf("provision: change: %w", err)
	}
	return tx.AppendChange(directory.Change{
		ID: store.NewID(), Subject: workSubject + ":" + g.ID, Action: workSubject + "." + action, After: after,
		Actor: directory.Actor{Tenant: tx.Tenant(), Kind: directory.ActorSystem, ID: "rules"},
	})
}
