package admin

import (
	"context"
	"regexp"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// NewTenant says what tenant to make.
type NewTenant struct {
	Key    string // as the manifest calls it: lower-case letters, digits and hyphens
	Name   string // for people; "" for the key
	Preset string // name, or name@version; "" for the standard one
}

var tenantKey = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CreateTenant makes a tenant as its preset has it, without connections and rules, or with [Options.Plan] says that it
// would. What is added to it is the console's, unless a manifest says it. A key that is taken is an error of kind Conflict.
// To rename one is a [Admin.Change].
func (a *Admin) CreateTenant(ctx context.Context, actor directory.Actor, in NewTenant, o Options) (Result, error) {
	failed := Result{Tenant: in.Key, Status: Failed}
	if in.Key = schema.Fold(in.Key); !tenantKey.MatchString(in.Key) {
		return failed, directory.Errorf(directory.Invalid, "the key %q must be lower-case letters, digits and hyphens, at most 63, and begin with a letter or a digit, as in acme-support", in.Key)
	}
	if in.Name == "" {
		in.Name = in.Key
	}
	switch _, err := a.db.Ops().Tenant(ctx, in.Key); directory.KindOf(err) {
	case directory.NotFound:
	case "":
		if err == nil {
			err = directory.Errorf(directory.Conflict, "there is a tenant %q already: choose another key", in.Key)
		}
		return failed, err
	default:
		return failed, err
	}
	return a.Apply(ctx, actor, directory.Spec{Tenant: in.Key, Name: in.Name, Preset: in.Preset}, o)
}
