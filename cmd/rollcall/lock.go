package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockDatabase makes this process the only one that serves a SQLite database, until it ends, however it ends. Other
// commands need no lock. PostgreSQL may have any number of servers and gets none.
func lockDatabase(dsn string) (unlock func(), err error) {
	path, isFile := strings.CutPrefix(dsn, "sqlite://")
	if !isFile {
		return func() {}, nil
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be locked: %w", err)
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // beside the database that the operator names
	if err != nil {
		return nil, fmt.Errorf("the database cannot be locked: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 20)) // only to name it
		_ = f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the database cannot be locked: %w", err)
		}
		return nil, fmt.Errorf("process %s already serves %s: one serve at a time may use a SQLite database; stop it first, or use PostgreSQL for several (other commands work beside it)",
			strings.TrimSpace(string(holder)), path)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid()) // only for the message above
	}
	return func() { _ = f.Close() }, nil
}
