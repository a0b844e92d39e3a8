package api

import (
	"context"
	"net/http"

	"rollcall/admin"
	"rollcall/directory"
)

// finding is one thing that a test of a connection looked at.
type finding struct {
	Check string `json:"check" doc:"What was looked at: connection, encryption, server, people, groups, sample, canary, changes, index or provider." example:"people"`
	Level string `json:"level" enum:"ok,warning,fault" example:"ok"`
	directory.Message
	Write string `json:"write" doc:"What to do, or the line to write; empty where all is well." example:""`
}

// examined is what a test of a connection found.
type examined struct {
	Level    string    `json:"level" enum:"ok,warning,fault" doc:"The worst of all findings." example:"ok"`
	Findings []finding `json:"findings"`
}

func registerExamine(h *Handler) {
	register(h, operation{
		id: "test-connection", method: http.MethodPost, path: "/connections/{id}/test", tag: "connections", summary: "Test a connection",
		permission: "console.runs.plan", within: changeTime, problems: []string{"conflict"},
		doc: "Connects to each server of an LDAP directory, binds, and looks at encryption, at how many people and groups there are, at a sample of how they are mapped, and at how changes are read; or asks an OpenID provider what it is. Nothing is written. A sample shows one person's attributes. A connection whose client pushes has nothing to test (409).",
	}, func(ctx context.Context, c *call, in *ByID) (*struct{ Body examined }, error) {
		conn, err := c.connectionNamed(ctx, in.ID)
		switch {
		case err != nil:
			return nil, err
		case conn.Kind == directory.SCIM:
			return nil, directory.Errorf(directory.Conflict, "connection %s is of the kind %s: its client pushes, so have the client test it", conn.Name, conn.Kind)
		case h.examine == nil:
			return nil, directory.Errorf(directory.Conflict, "this server reaches no directories and providers")
		}
		out := examined{Level: string(admin.OK), Findings: []finding{}}
		for _, x := range h.examine(ctx, c.config.Tenant.ID, conn) {
			out.Findings = append(out.Findings, finding{x.Check, string(x.Level), x.Message, x.Write})
			if x.Level == admin.Fault || x.Level == admin.Warning && out.Level == string(admin.OK) {
				out.Level = string(x.Level)
			}
		}
		return &struct{ Body examined }{out}, nil
	})
}

// opens refuses settings of a directory that whoever reads it could not work with, such as a filter that cannot be understood.
// Nothing is connected to.
func (h *Handler) opens(tenant string, c directory.Connection) error {
	if h.open == nil || c.LDAP == nil {
		return nil
	}
	s := *c.LDAP
	s.BindPasswordKept = s.BindPasswordKept || s.BindPassword != ""
	if s.BindDN != "" && s.BindPasswordFile == "" && !s.BindPasswordKept {
		return nil // admin says it, and why
	}
	c.LDAP = &s
	source, err := h.open(h.background, tenant, c)
	if err != nil {
		return err
	}
	return source.Close()
}
