package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// session is one sign-in of one browser. What opens it is shown to nobody.
type session struct {
	ID         string     `json:"id" example:"h2k4m6p8q3r5s"`
	Live       bool       `json:"live" doc:"It opens something." example:"true"`
	Person     string     `json:"person" doc:"The id of whose it is; empty for who came by a login link." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	UserName   string     `json:"user_name" example:"ana.prado@example.com"`
	Connection string     `json:"connection" doc:"The name of the connection by which they signed in; empty for a login link." example:"sso"`
	Role       string     `json:"role" doc:"Of who came by a login link: the key of the role that it gives." example:""`
	By         string     `json:"by" doc:"Of who came by a login link: who made it." example:""`
	Address    string     `json:"address" doc:"Of the browser, as the gateway saw it." example:"192.0.2.10"`
	UserAgent  string     `json:"user_agent" doc:"What the browser calls itself." example:"Mozilla/5.0"`
	CreatedAt  time.Time  `json:"created_at"`
	SeenAt     time.Time  `json:"seen_at" doc:"When it was last used, about a minute behind."`
	ExpiresAt  time.Time  `json:"expires_at" doc:"When it is over, whatever its holder does."`
	EndedAt    *time.Time `json:"ended_at" doc:"When it was ended before."`
	EndedBy    string     `json:"ended_by" enum:",signed_out,provider,revoked,state" doc:"Why: they signed out, the provider said so, somebody ended it or its connection went, or they are active no more." example:""`
}

// OneSession names somebody's session in a path.
type OneSession struct {
	OnePerson

	Session string `path:"session" maxLength:"300" doc:"The session's id." example:"h2k4m6p8q3r5s"`
}

// Ending says why a session is ended.
type Ending struct {
	Reason string `query:"reason" maxLength:"500" doc:"Why; for the log." example:"a lost laptop"`
}

func sessionOf(s store.ListedSession, connection string) session {
	return session{
		s.ID, s.Live, s.Person, s.UserName, connection, s.Role, s.By, s.Address, s.UserAgent, s.CreatedAt, s.SeenAt, s.ExpiresAt, s.EndedAt, s.EndedBy,
	}
}

// connectionNames names connections by their ids, new ones too; one that is gone has its id alone.
func (c *call) connectionNames(ctx context.Context, ids ...string) (map[string]string, error) {
	out, config := map[string]string{"": ""}, c.config
	for _, id := range ids {
		is := func(x directory.Connection) bool { return x.ID == id }
		if out[id] != "" || id == "" {
			continue
		}
		i := slices.IndexFunc(config.Connections, is)
		if i < 0 && config == c.config { // it may be newer than what is remembered
			var err error
			if config, err = c.current(ctx); err != nil {
				return nil, err
			}
			i = slices.IndexFunc(config.Connections, is)
		}
		if out[id] = id; i >= 0 {
			out[id] = config.Connections[i].Name
		}
	}
	return out, nil
}

// sessions answers with a page of sessions.
func (c *call) sessions(ctx context.Context, q store.SessionQuery, p Paging) (*tagged[page[session]], error) {
	if p.Cursor != "" {
		text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
		if err != nil || json.Unmarshal(text, &q.After) != nil || q.After.ID == "" || strings.ContainsRune(q.After.ID, 0) {
			return nil, c.invalid("query.cursor", "the cursor is not one of this list: begin again without it")
		}
	}
	q.Now, q.Idle, q.Limit = c.h.now(), provision.SessionIdle(c.config), p.Limit+1
	found, err := c.reader.Sessions(ctx, q)
	if err != nil {
		return nil, err
	}
	out := page[session]{}
	if len(found) > p.Limit {
		found = found[:p.Limit]
		mark, err := json.Marshal(found[len(found)-1].Mark())
		if err != nil {
			return nil, err
		}
		out.Next = base64.RawURLEncoding.EncodeToString(mark)
	}
	names, err := c.connectionNames(ctx, all(found, func(x store.ListedSession) string { return x.Connection })...)
	if err != nil {
		return nil, err
	}
	out.Items = all(found, func(x store.ListedSession) session { return sessionOf(x, names[x.Connection]) })
	return answered(out)
}

func registerSessions(h *Handler) {
	h.group("sessions", "Who is signed in at the console, from where and since when. Ending a session counts from the answer on, on every replica.")
	register(h, operation{
		id: "list-user-sessions", method: http.MethodGet, path: "/users/{id}/sessions", tag: "sessions", summary: "List somebody's sessions", permission: "console.users.read",
		doc: "Live ones first, and of these the newest; those that are over are shown for a month. Needs besides that users.view reaches the person.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Paging
	},
	) (*tagged[page[session]], error) {
		v, err := c.person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return c.sessions(ctx, store.SessionQuery{Person: v.ID}, in.Paging)
	})
	register(h, operation{
		id: "end-user-sessions", method: http.MethodDelete, path: "/users/{id}/sessions", tag: "sessions", summary: "End all sessions of somebody", permission: "users.deactivate", partly: true,
		problems: personProblems, doc: "They can sign in again. To keep them out, suspend them, which ends their sessions too.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Ending
	},
	) (*struct{}, error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		_, err = h.engine.RevokeSessions(ctx, c.actor(), id, c.doing(in.Reason, "users.deactivate"))
		return nil, err
	})
	register(h, operation{
		id: "end-user-session", method: http.MethodDelete, path: "/users/{id}/sessions/{session}", tag: "sessions", summary: "End a session of somebody", permission: "users.deactivate", partly: true,
		problems: personProblems, doc: "One that is over already stays as it is.",
	}, func(ctx context.Context, c *call, in *struct {
		OneSession
		Ending
	},
	) (*struct{}, error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		_, err = h.engine.RevokeSessions(ctx, c.actor(), id, c.doing(in.Reason, "users.deactivate"), in.Session)
		return nil, err
	})
	register(h, operation{
		id: "list-sessions", method: http.MethodGet, path: "/sessions", tag: "sessions", summary: "List live sessions", permission: "console.users.read",
		doc: "Everybody's that open something, the newest first: those by login links too, each with who made the link. Needs besides users.view for the whole tenant.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[session]], error) {
		if err := c.require("users.view", false); err != nil {
			return nil, err
		}
		return c.sessions(ctx, store.SessionQuery{Live: true}, *in)
	})
	register(h, operation{
		id: "end-session", method: http.MethodDelete, path: "/sessions/{session}", tag: "sessions", summary: "End a session", permission: "users.deactivate", partly: true,
		problems: personProblems, doc: "Anybody's whom the permission reaches. A session by a login link is for whoever has it for the whole tenant.",
	}, func(ctx context.Context, c *call, in *struct {
		Session string `path:"session" maxLength:"300" doc:"The session's id." example:"h2k4m6p8q3r5s"`
		Ending
	},
	) (*struct{}, error) {
		s, err := c.reader.Session(ctx, in.Session)
		if err != nil {
			return nil, err
		}
		if s.Person == "" {
			if err := c.require("users.deactivate", false); err != nil {
				return nil, err
			}
		} else if _, err := c.idOf(ctx, s.Person); directory.KindOf(err) == directory.NotFound { // of somebody whom the caller does not see
			return nil, directory.Errorf(directory.NotFound, "there is no session %q", in.Session)
		} else if err != nil {
			return nil, err
		}
		_, err = h.engine.RevokeSessions(ctx, c.actor(), s.Person, c.doing(in.Reason, "users.deactivate"), s.ID)
		return nil, err
	})
	registerIdentities(h)
}

// identity is who somebody is at a provider.
type identity struct {
	Connection   string    `json:"connection" doc:"The name of the connection." example:"sso"`
	ConnectionID string    `json:"connection_id" example:"n2k4m6p8q3r5s"`
	Issuer       string    `json:"issuer" doc:"The provider." example:"https://id.example.com"`
	Subject      string    `json:"subject" doc:"Who they are there." example:"00u1"`
	CreatedAt    time.Time `json:"created_at" doc:"Of the first sign-in."`
	LastAt       time.Time `json:"last_at" doc:"Of the last one."`
}

func registerIdentities(h *Handler) {
	register(h, operation{
		id: "list-identities", method: http.MethodGet, path: "/users/{id}/identities", tag: "sessions", summary: "List who somebody is at providers", permission: "console.users.read",
		doc: "Their first sign-in at each provider said so, and only this counts afterwards. Needs besides that users.view reaches the person.",
	}, func(ctx context.Context, c *call, in *OnePerson) (*tagged[page[identity]], error) {
		v, err := c.person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := c.reader.Identities(ctx, v.ID)
		if err != nil {
			return nil, err
		}
		names, err := c.connectionNames(ctx, all(list, func(x directory.Identity) string { return x.Connection })...)
		if err != nil {
			return nil, err
		}
		return answered(page[identity]{Items: all(list, func(x directory.Identity) identity {
			return identity{names[x.Connection], x.Connection, x.Issuer, x.Subject, x.CreatedAt, x.LastAt}
		})})
	})
	register(h, operation{
		id: "forget-identity", method: http.MethodDelete, path: "/users/{id}/identities/{connection}", tag: "sessions", summary: "Forget who somebody is at a provider",
		permission: "users.edit", partly: true, problems: personProblems,
		doc: "Their next sign-in finds them anew, as the first one did: for whom the account at the provider was made anew. What the provider stated of them goes, with the roles that it gave, and so do their sessions of this connection. Needs besides users.role.assign for the person.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Ending
		Connection string `path:"connection" maxLength:"300" doc:"The id or name of a connection." example:"sso"`
	},
	) (*struct{}, error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		x, err := c.connectionNamed(ctx, in.Connection)
		if err != nil {
			return nil, err
		}
		return nil, h.engine.ForgetIdentity(ctx, c.actor(), id, x.ID, c.doing(in.Reason, "users.edit", "users.role.assign"))
	})
}
