package store

import (
	"context"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// workContent is what a group of work has beyond its columns.
type workContent struct {
	Description  string               `json:"description,omitempty"`
	ExternalRef  string               `json:"external_ref,omitempty"`
	Company      string               `json:"company,omitempty"`
	Visibility   directory.Visibility `json:"visibility,omitempty"`
	Distribution bool                 `json:"distribution,omitempty"`
	Default      bool                 `json:"default,omitempty"`
	Channels     []string             `json:"channels,omitempty"`
}

const workRow = `id, kind, name, content, managed_by, rule, archived`

func scanWork(s scanner) (directory.WorkGroup, error) {
	var x directory.WorkGroup
	var kind, content, by string
	if err := s.Scan(&x.ID, &kind, &x.Name, &content, &by, &x.Rule, &x.Archived); err != nil {
		return x, err
	}
	c, err := decoded[workContent](content)
	x.Kind, x.ManagedBy = directory.WorkKind(kind), directory.ManagedBy(by)
	x.Description, x.ExternalRef, x.Company, x.Visibility = c.Description, c.ExternalRef, c.Company, c.Visibility
	x.Distribution, x.Default, x.Channels = c.Distribution, c.Default, c.Channels
	return x, err
}

// AgentGroupNamed returns the agent group with the folded name, archived or not.
func (r Reader) AgentGroupNamed(ctx context.Context, name string) (g directory.WorkGroup, found bool, err error) {
	err = r.q.ask(ctx, question{
		`SELECT ` + workRow + ` FROM agent_group WHERE tenant = ? AND name_fold = ? AND kind = ?`,
		[]any{r.tenant, schema.Fold(name), string(directory.AgentGroupWork)},
		func(s scanner) (err error) {
			found = true
			g, err = scanWork(s)
			return err
		},
	})
	return g, found, err
}

// AgentGroup returns one group of work. One that does not exist is an error of kind NotFound.
func (r Reader) AgentGroup(ctx context.Context, id string) (g directory.WorkGroup, err error) {
	err = r.q.ask(ctx, question{
		`SELECT ` + workRow + ` FROM agent_group WHERE tenant = ? AND id = ?`,
		[]any{r.tenant, id},
		func(s scanner) (err error) {
			g, err = scanWork(s)
			return err
		},
	})
	if err == nil && g.ID == "" {
		err = directory.Errorf(directory.NotFound, "there is no agent group %q", id)
	}
	return g, err
}

// PutWorkGroup writes a group of work, and makes it if it is not there.
func (tx *Tx) PutWorkGroup(g directory.WorkGroup) {
	tx.exec(`INSERT INTO agent_group (tenant, id, kind, name, name_fold, content, managed_by, rule, archived) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, content = excluded.content,
	    managed_by = excluded.managed_by, rule = excluded.rule, archived = excluded.archived`,
		tx.tenant, g.ID, string(g.Kind), g.Name, schema.Fold(g.Name),
		encoded(workContent{g.Description, g.ExternalRef, g.Company, g.Visibility, g.Distribution, g.Default, g.Channels}), string(g.ManagedBy), g.Rule, g.Archived)
}

const companyRow = `id, name, managed_by`

func scanCompany(s scanner) (directory.Company, error) {
	var x directory.Company
	var by string
	err := s.Scan(&x.ID, &x.Name, &by)
	x.ManagedBy = directory.ManagedBy(by)
	return x, err
}

// PutCompany writes a company, and makes it if it is not there.
func (tx *Tx) PutCompany(x directory.Company) {
	tx.exec(`INSERT INTO company (tenant, id, name, name_fold, managed_by) VALUES (?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, managed_by = excluded.managed_by`,
		tx.tenant, x.ID, x.Name, schema.Fold(x.Name), string(x.ManagedBy))
}

// DeleteCompany removes a company that nobody belongs to.
func (tx *Tx) DeleteCompany(id string) {
	tx.exec(`DELETE FROM company WHERE tenant = ? AND id = ?`, tx.tenant, id)
}
