package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/store"
)

// ConnectionBody is what a client says of a connection.
type ConnectionBody struct {
	Name         string        `json:"name" minLength:"1" maxLength:"200" doc:"Unique in the tenant." example:"okta"`
	Kind         string        `json:"kind" enum:"scim,ldap,oidc" doc:"scim: an identity provider pushes to us; ldap: we read a directory; oidc: people sign in at a provider. It is never changed." example:"scim"`
	Dialect      string        `json:"dialect,omitempty" enum:"rfc,okta,entra" doc:"Which departures from RFC 7644 its client needs; of kind scim." example:"okta"`
	Claim        *bool         `json:"claim,omitempty" doc:"It may link people whom no connection owns yet; yes unless said." example:"true"`
	Link         string        `json:"link,omitempty" maxLength:"300" doc:"The SCIM attribute whose equality links a new account to a known person." example:"emails.value"`
	Direct       []string      `json:"direct,omitempty" maxItems:"50" doc:"What its accounts' attributes grant without a rule: keys of unprivileged roles, or attributes of our extension." example:"[\"profile\"]"`
	Capabilities *capabilities `json:"capabilities,omitempty" doc:"What it may do; everything unless said."`
	Authority    []string      `json:"authority,omitempty" maxItems:"100" doc:"Paths of attributes that it decides, whatever the order of connections." example:"[\"title\"]"`
	Guard        *guardLimits  `json:"guard,omitempty" doc:"How many people it may take something from before somebody has to approve; the tenant's settings unless said."`
	Order        *int          `json:"order,omitempty" minimum:"0" maximum:"100" doc:"Its place: of two connections that state an attribute, the lower order wins. Left out it stays where it is, and a new one is the last; the manifest's are always the first." example:"0"`
	LDAP         *ldapBody     `json:"ldap,omitempty" doc:"How the directory is reached and read; of kind ldap."`
	OIDC         *oidcBody     `json:"oidc,omitempty" doc:"At which provider people sign in, and who they are here; of kind oidc."`
}

type capabilities struct {
	Create  bool `json:"create" example:"true"`
	Update  bool `json:"update" example:"true"`
	Suspend bool `json:"suspend" example:"true"`
	Delete  bool `json:"delete" example:"true"`
	Groups  bool `json:"groups" example:"true"`
}

type guardLimits struct {
	Percent int `json:"percent" minimum:"0" maximum:"100" doc:"Of its active accounts; 0 for the tenant's." example:"10"`
	Count   int `json:"count" minimum:"0" maximum:"1000000" doc:"People; 0 for the tenant's. The lower of the two counts." example:"50"`
}

// connection is a connection as clients read it.
type connection struct {
	ID string `json:"id" example:"n2k4m6p8q3r5s"`
	ConnectionBody

	Secrets   []string `json:"secrets" doc:"What it has that is never shown." enum:"bind_password,client_key,client_secret" example:"[]"`
	SCIM      string   `json:"scim_base_url" doc:"What its client is given, with a token; empty for other kinds." example:"https://rollcall.example.com/scim/v2"`
	Redirect  string   `json:"redirect_uri" doc:"What its provider has to know; empty for other kinds." example:""`
	Logout    string   `json:"back_channel_logout_uri" doc:"Where its provider tells that somebody has signed out; empty for other kinds." example:""`
	ManagedBy string   `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
}

func (h *Handler) connectionOf(of *store.Configuration, c directory.Connection) connection {
	out := connection{
		ID: c.ID, Secrets: []string{}, ManagedBy: string(c.ManagedBy),
		ConnectionBody: ConnectionBody{
			Name: c.Name, Kind: string(c.Kind), Order: &c.Order, Claim: &c.Claim, Link: c.Link, Direct: c.Direct, Authority: c.Authority,
			Capabilities: &capabilities{c.Capabilities.Create, c.Capabilities.Update, c.Capabilities.Suspend, c.Capabilities.Delete, c.Capabilities.Groups},
			Guard:        &guardLimits{c.Guard.Percent, c.Guard.Count},
		},
	}
	if c.Kind == directory.SCIM {
		out.Dialect, out.SCIM = string(c.Dialect), h.base+"/scim/v2"
	}
	if c.LDAP != nil {
		out.LDAP = ldapOf(*c.LDAP)
		if c.LDAP.BindPasswordFile != "" || c.LDAP.BindPasswordKept {
			out.Secrets = append(out.Secrets, "bind_password")
		}
		if c.LDAP.ClientKeyFile != "" {
			out.Secrets = append(out.Secrets, "client_key")
		}
	}
	if c.OIDC != nil {
		out.OIDC = oidcOf(*c.OIDC)
		out.Redirect, out.Logout = directory.RedirectURI(h.base, of.Tenant.Key, c.ID), directory.BackChannelURI(h.base, of.Tenant.Key, c.ID)
		out.Claim, out.Capabilities, out.Guard = nil, nil, nil // it provisions nobody
		if c.OIDC.ClientSecretFile != "" || c.OIDC.ClientSecretKept {
			out.Secrets = append(out.Secrets, "client_secret")
		}
	}
	return out
}

// connection is the connection that a client describes, in place of the former one.
func (b ConnectionBody) connection(was directory.Connection) (directory.Connection, error) {
	c := directory.Connection{
		ID: was.ID, Name: b.Name, Kind: directory.ConnectionKind(b.Kind), Dialect: directory.Dialect(cmp.Or(b.Dialect, string(directory.RFC))), Order: was.Order,
		Claim: b.Claim == nil && b.Kind != string(directory.OIDC) || b.Claim != nil && *b.Claim, Link: b.Link, Direct: b.Direct, Capabilities: directory.AllCapabilities(), Authority: b.Authority, ManagedBy: was.ManagedBy,
	}
	if x := b.Capabilities; x != nil {
		c.Capabilities = directory.Capabilities{Create: x.Create, Update: x.Update, Suspend: x.Suspend, Delete: x.Delete, Groups: x.Groups}
	}
	if b.Guard != nil {
		c.Guard = directory.GuardLimits{Percent: b.Guard.Percent, Count: b.Guard.Count}
	}
	switch {
	case c.Kind == directory.LDAP && b.LDAP == nil:
		return c, directory.Errorf(directory.Invalid, "ldap: is required for a connection of kind ldap")
	case c.Kind != directory.LDAP && b.LDAP != nil:
		return c, directory.Errorf(directory.Invalid, "ldap: is for connections of kind ldap; this one is of kind %s", b.Kind)
	case c.Kind != directory.SCIM && b.Dialect != "":
		return c, directory.Errorf(directory.Invalid, "dialect: is for connections of kind scim")
	case (c.Kind == directory.OIDC) != (b.OIDC != nil):
		return c, directory.Errorf(directory.Invalid, "oidc: is for connections of kind oidc, which need it; this one is of kind %s", b.Kind)
	case c.Kind == directory.OIDC && (b.Claim != nil && *b.Claim || b.Link != "" || len(b.Direct)+len(b.Authority) > 0 || b.Capabilities != nil || b.Guard != nil):
		return c, directory.Errorf(directory.Invalid, "claim, link, direct, capabilities, authority and guard are for connections that provision people; this one is of kind oidc")
	}
	if b.OIDC != nil {
		c.OIDC = b.OIDC.settings(was.OIDC)
	}
	if b.LDAP == nil {
		return c, nil
	}
	var err error
	c.LDAP, err = b.LDAP.settings(was.LDAP)
	return c, err
}

func (h *Handler) connections() resource[ConnectionBody, connection] {
	return resource[ConnectionBody, connection]{
		one: "connection", many: "connections", path: "/connections", read: "console.connections.read", write: "console.connections.write",
		doc: "Where accounts come from: identity providers that push by SCIM, and directories that are read by LDAP; and the OpenID providers that people sign in at. Secrets are never shown.",
		list: func(c *store.Configuration) []connection {
			return all(c.Connections, func(x directory.Connection) connection { return h.connectionOf(c, x) })
		},
		key: func(x connection) string { return x.ID }, name: func(x connection) string { return x.Name }, named: func(in ConnectionBody) string { return in.Name },
		put: func(next *store.Configuration, id string, in ConnectionBody) error {
			is := func(x directory.Connection) bool { return x.ID == id && id != "" }
			was := directory.Connection{Order: len(next.Connections)}
			if i := slices.IndexFunc(next.Connections, is); i >= 0 {
				was = next.Connections[i]
			}
			c, err := in.connection(was)
			if err == nil {
				err = h.opens(next.Tenant.ID, c)
			}
			if err != nil {
				return err
			}
			next.Connections = putIn(next.Connections, c, is)
			if in.Order != nil {
				at := len(next.Connections) - 1 // of a new one
				if id != "" {
					at = slices.IndexFunc(next.Connections, is)
				}
				next.Connections = slices.Delete(next.Connections, at, at+1)
				next.Connections = slices.Insert(next.Connections, min(*in.Order, len(next.Connections)), c)
			}
			return nil
		},
		createDoc:  "A connection made here is new: make a token for it (kind scim), or have it read (kind ldap). Files with keys and certificates are named by a manifest alone, on the machine. It may not reach private networks unless the operator allows them.",
		replaceDoc: "Where the URLs or the TLS of a directory change, its passwords and keys are dropped.",
	}
}

type removingConnection struct {
	ByID
	Changing

	Offboarding string `query:"offboarding" enum:"keep,suspend,move" doc:"What becomes of the people and groups that it owns: they stay as they are and no connection owns them, they stay suspended, or another connection owns them. Without it only a connection that owns nobody goes." example:"keep"`
	To          string `query:"to" maxLength:"200" doc:"Of move: the name of the connection that takes them over." example:""`
}

func registerConnections(h *Handler) {
	r := h.connections()
	r.register(h)
	register(h, operation{
		id: "delete-connection", method: http.MethodDelete, path: "/connections/{id}", tag: "connections", summary: "Delete a connection",
		doc:        "Its tokens are revoked. Say with offboarding what becomes of the people whom it owns.",
		permission: "console.connections.write", status: http.StatusOK, within: changeTime, conditional: true, problems: configured,
	}, func(ctx context.Context, c *call, in *removingConnection) (*changedAnswer[connection], error) {
		if (in.Offboarding == directory.OffboardMove) != (in.To != "") {
			return nil, directory.Errorf(directory.Invalid, "to: names a connection where offboarding is move, and only there")
		}
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		x, err := r.find(now, in.ID)
		if err != nil {
			return nil, err
		}
		o := admin.Options{Absent: true}
		if in.Offboarding != "" {
			o.Going = map[string]directory.Offboarding{x.ID: {Do: in.Offboarding, To: in.To}}
		}
		result, err := c.change(ctx, in.Changing, o, func(next *store.Configuration) error {
			current, err := r.find(next, x.ID)
			if err != nil {
				return err
			}
			if err := c.match(current); err != nil {
				return err
			}
			next.Connections = slices.DeleteFunc(next.Connections, func(y directory.Connection) bool { return y.ID == x.ID })
			return nil
		})
		if err != nil {
			return nil, err
		}
		return &changedAnswer[connection]{Status: http.StatusOK, Body: changed[connection]{Outcome: result}}, nil
	})
	registerConnectionStates(h, r)
}

// connectionNamed finds a connection by id or name.
func (c *call) connectionNamed(ctx context.Context, ref string) (directory.Connection, error) {
	now, err := c.current(ctx)
	if err != nil {
		return directory.Connection{}, err
	}
	x, err := c.h.connections().find(now, ref)
	if err != nil {
		return directory.Connection{}, err
	}
	i := slices.IndexFunc(now.Connections, func(y directory.Connection) bool { return y.ID == x.ID })
	return now.Connections[i], nil
}

func registerConnectionStates(h *Handler, r resource[ConnectionBody, connection]) {
	register(h, operation{
		id: "get-connection-state", method: http.MethodGet, path: "/connections/{id}/state", tag: "connections", summary: "How a connection is", permission: r.read,
	}, func(ctx context.Context, c *call, in *ByID) (*tagged[connectionState], error) {
		return c.connectionState(ctx, in.ID)
	})
	for verb, x := range map[string]struct {
		summary, doc string
		turn         func(context.Context, *store.DB, directory.Actor, directory.Connection) (bool, error)
	}{
		"pause":  {"Pause a connection", "A directory is not read any more, and pushes are refused, so that a client sends them again later. What is being applied goes on to its end.", jobs.Pause},
		"resume": {"Resume a connection", "It ends a pause. What a guard holds still waits for approval.", jobs.Resume},
	} {
		register(h, operation{
			id: verb + "-connection", method: http.MethodPost, path: "/connections/{id}/" + verb, tag: "connections", summary: x.summary, doc: x.doc,
			permission: "console.connections.pause", status: http.StatusOK,
		}, func(ctx context.Context, c *call, in *ByID) (*tagged[connectionState], error) {
			conn, err := c.connectionNamed(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			if _, err := x.turn(ctx, h.db, c.actor(), conn); err != nil {
				return nil, err
			}
			return c.connectionState(ctx, conn.ID)
		})
	}
	register(h, operation{
		id: "list-connection-requests", method: http.MethodGet, path: "/connections/{id}/requests", tag: "connections", summary: "The last requests of a connection",
		permission: "console.requests.read",
		doc:        "What its client asked and was refused, or was done only in part, the newest first, with a hint about what to do. No bodies are kept.",
	}, func(ctx context.Context, c *call, in *requestsOf) (*tagged[page[request]], error) {
		conn, err := c.connectionNamed(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := c.reader.Requests(ctx, conn.ID, requestsShown)
		if err != nil {
			return nil, err
		}
		return paged(all(list, requestOf), in.Paging, func(x request) string { return x.ID })
	})
}
