package admin

import (
	"log/slog"

	"rollcall/provision"
	"rollcall/store"
)

// Admin is the only writer of configuration. It is safe for concurrent use.
type Admin struct {
	db     *store.DB
	engine *provision.Engine
	log    *slog.Logger
}

// New builds the verbs over a database and the engine that evaluates its people. A nil log discards.
func New(db *store.DB, engine *provision.Engine, log *slog.Logger) *Admin {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Admin{db, engine, log}
}
