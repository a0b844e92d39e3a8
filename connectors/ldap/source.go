package ldap

import (
	"context"
	"log/slog"
	"syscall"

	"rollcall/directory"
)

// Source reads one directory. It implements [directory.Source]. It is safe for one reading at a time.
type Source struct {
	settings directory.LDAPSettings
	log      *slog.Logger
	mapping  *mapping // the overrides of the settings, understood
	password func(context.Context) (string, error)
	control  func(network, address string, c syscall.RawConn) error
}

// Options are what a [Source] is given beside its settings.
type Options struct {
	Log *slog.Logger // nil for none
	// Password gives the password of bind_dn where no file holds it.
	Password func(context.Context) (string, error)
	// Control looks at each address that is about to be connected to, once names are resolved, and refuses it by an error;
	// see [net.Dialer]. Nil lets every address pass.
	Control func(network, address string, c syscall.RawConn) error
}

// Open makes a source of settings. It refuses settings that cannot work or must not: no server, a connection without
// encryption, a bind without a password, an attribute that is mapped to nothing that exists. It does not connect yet:
// each reading does, and closes its connection when it ends.
func Open(s directory.LDAPSettings, o Options) (*Source, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	m, err := newMapping(s.Attributes)
	if err != nil {
		return nil, err
	}
	d := directory.DefaultLDAP()
	if s.PageSize <= 0 {
		s.PageSize = d.PageSize
	}
	if s.Timeout <= 0 {
		s.Timeout = d.Timeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Source{settings: s, log: o.Log, mapping: m, password: o.Password, control: o.Control}, nil
}

// Close releases what the source holds. Connections live as long as a reading, so there is nothing left to close.
func (s *Source) Close() error { return nil }
