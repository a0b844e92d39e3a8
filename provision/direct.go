package provision

import (
	"rollcall/mapping"
	"rollcall/store"
)

// direct are the statements of accounts whose connections may give rights without a rule.
func (p *policy) direct(x *store.Person) []mapping.DirectStatement {
	var out []mapping.DirectStatement
	for _, a := range x.Accounts {
		if c, err := p.connection(a.Connection); err == nil && len(c.Direct) > 0 {
			out = append(out, mapping.Statements(c.ID, a.Attributes)...)
		}
	}
	return append(out, p.claimed(x)...)
}

// claimed are the roles that connections give for what providers stated of somebody at their last sign-in.
func (p *policy) claimed(x *store.Person) []mapping.DirectStatement {
	if len(x.Claims) == 0 {
		return nil
	}
	var out []mapping.DirectStatement
	for _, c := range p.Connections {
		out = append(out, mapping.ClaimStatements(c, x.Claims)...)
	}
	return out
}

// statements are those of all accounts, so that an explanation tells which of them give nothing.
func (p *policy) statements(x *store.Person) []mapping.DirectStatement {
	var out []mapping.DirectStatement
	for _, a := range x.Accounts {
		if a.Connection != "" {
			out = append(out, mapping.Statements(a.Connection, a.Attributes)...)
		}
	}
	return append(out, p.claimed(x)...)
}
