package api_test

import (
	"context"

	"rollcall/admin"
	"rollcall/directory"
)

// board is a directory with nobody in it: a source of its own kind, as a connector is.
type board struct{}

// open is its Opener.
func (b board) open(context.Context, string, directory.Connection) (directory.Source, error) {
	return b, nil
}

// examine tells that nobody is there.
func (board) examine(context.Context, string, directory.Connection) []admin.Check {
	return []admin.Check{{Check: "people", Level: admin.OK, Message: directory.Say("%d found", 0)}}
}

func (board) Close() error { return nil }

func (board) Read(_ context.Context, _ directory.Since, each func(directory.Page) error) (directory.Reading, error) {
	r := directory.Reading{Server: "test", Mode: "full", Users: directory.Complete, Groups: directory.Complete, Fingerprint: "f"}
	return r, each(directory.Page{Kind: directory.UserEntry})
}
