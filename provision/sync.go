package provision

import (
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// SyncStatus is how far a plan or a run came.
type SyncStatus string

// What became of a sync.
const (
	SyncNothing SyncStatus = "nothing" // the directory says nothing new; nothing was written
	SyncPlanned SyncStatus = "planned" // it would change; nothing was written
	SyncHeld    SyncStatus = "held"    // a guard keeps the plan until somebody approves it
	SyncApplied SyncStatus = "applied"
	SyncPartial SyncStatus = "partial" // applied, but for what Problems names
	SyncFailed  SyncStatus = "failed"  // nothing was applied
)

// SyncResult is what a sync, an undo or an offboarding does or did. The people concerned are told one by one, to
// [SyncOptions.Each].
type SyncResult struct {
	Run          string                 `json:"run"` // "" where none was needed
	Connection   string                 `json:"connection"`
	Status       SyncStatus             `json:"status"`
	Version      int64                  `json:"version,omitempty"` // of the configuration that it was made of; 0 where it was made of none
	Completeness directory.Completeness `json:"completeness"`
	Summary      store.Summary          `json:"summary"`
	Guard        directory.Messages     `json:"guard,omitempty"` // why it is or would be held
	Expires      *time.Time             `json:"expires,omitempty"`
	Missing      int64                  `json:"missing,omitempty"` // entries that were not found, and are not gone yet
	Problems     []directory.Problem    `json:"problems"`
	More         int                    `json:"more_problems,omitempty"`
	Reading      *directory.Reading     `json:"reading,omitempty"`
}

// SyncChange is one person's or one group's line of a plan.
type SyncChange struct {
	ID       string        `json:"id,omitempty"`        // of the change in the log, once it happened
	User     string        `json:"user,omitempty"`      // the person's id; a new one's too
	UserName string        `json:"user_name,omitempty"` // a group's name for a group
	Change   string        `json:"change"`              // created | updated | suspended | reactivated | deprovisioned | entitled | group_created | group_renamed | group_deleted | conflict | skipped
	Fields   []string      `json:"fields"`              // what changes: SCIM attributes, state, roles, agent_groups, groups
	Reason   string        `json:"reason"`
	Values   []FieldChange `json:"values,omitempty"`
	Gained   []RightChange `json:"gained,omitempty"`
	Lost     []RightChange `json:"lost,omitempty"`
	Status   string        `json:"status,omitempty"` // of a line that was applied or held: open | done | stale | excepted
}

// FieldChange is one attribute before and after.
type FieldChange struct {
	Field  string `json:"field"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Progress is how far a sync is.
type Progress struct {
	Phase string `json:"phase"` // reading | planning | applying
	Done  int64  `json:"done"`
	Total int64  `json:"total"` // 0 while it is unknown
}

// SyncOptions say how to sync.
type SyncOptions struct {
	Full     bool                   // read everything, also where the server could tell what changed
	Approve  bool                   // apply what a guard would hold; the actor is recorded as who approved
	Each     func(SyncChange) error // is told every line before anything is written; nil for none
	Progress func(Progress)         // nil for none
	Version  int64                  // of an undo: of the configuration that the plan was made of which is confirmed; any other is refused as Stale. 0 for any
	RunID    string                 // the id of the run that a sync records, so that it is known before there is anything to record; "" for a new one

	// Last joins the commit that ends what the sync does: that ends or holds its run, or says that there is nothing to do.
	// It may change what is noted of the source; failed is why the run ends early. It may run again, as every write; nil
	// for none.
	Last func(tx *store.Tx, x *store.Source, failed error)
}
