package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"rollcall/directory"
)

// Standings are people as far as it decides whether they are eligible, and the groups of work that they are in.
type Standings struct {
	// People are without documents, accounts and memberships of directory groups; of their holds only those are there that
	// run out.
	People []*Person
	// Groups are the agent groups, campaigns, queues and strategies that any of them is in, by id, as they are now.
	Groups map[string]directory.WorkGroup
	// Version is the tenant's configuration version.
	Version int64
}

// Standings returns what decides whether these people are eligible. Who does not exist is left out. At most 1,000 at a
// time.
func (r Reader) Standings(ctx context.Context, ids ...string) (Standings, error) {
	out := Standings{Groups: map[string]directory.WorkGroup{}}
	if len(ids) == 0 {
		return out, nil
	}
	in := padded(ids)
	n := list(len(in))
	found := make(map[string]*Person, len(ids))
	err := r.q.ask(ctx,
		question{
			`SELECT p.id, p.ord, p.state, p.user_name, p.evaluated, p.seat, p.seat_pool, p.status, p.absent, p.lacks, p.extension, t.config_version
			   FROM person p JOIN tenant t ON t.id = p.tenant WHERE p.tenant = ? AND p.id IN (` + n + `) ORDER BY p.id`,
			args(r.tenant, in),
			func(s scanner) error {
				p := &Person{ReadAt: r.db.now()}
				var state, seat, lacks string
				err := s.Scan(&p.ID, &p.DisplayID, &state, &p.UserName, &p.EvaluatedAt, &seat, &p.SeatPool, &p.Status, &p.Absent, &lacks, &p.HasExtension,
					&p.ConfigVersion)
				p.State, p.Seat, p.Incomplete = directory.State(state), directory.SeatState(seat), splitList(lacks)
				if found[p.ID] == nil {
					found[p.ID], out.Version = p, p.ConfigVersion
					out.People = append(out.People, p)
				}
				return err
			},
		},
		r.standingFacts(in, found),
	)
	if err != nil {
		return out, err
	}
	return out, r.groupsOf(ctx, &out)
}

// groupsOf reads the groups of work that the people are in: in a statement of its own, so that it names few ids.
func (r Reader) groupsOf(ctx context.Context, out *Standings) error {
	seen := map[string]bool{}
	for _, p := range out.People {
		for _, g := range p.Grants {
			switch g.Kind {
			case directory.AgentGroupEntitlement, directory.CampaignEntitlement, directory.QueueEntitlement, directory.StrategyEntitlement:
				seen[g.Target] = true
			default:
			}
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(seen)), 512) {
		in := padded(ids)
		err := r.q.ask(ctx, question{
			`SELECT ` + workRow + ` FROM agent_group WHERE tenant = ? AND id IN (` + list(len(in)) + `)`,
			args(r.tenant, in),
			func(s scanner) error {
				g, err := scanWork(s)
				out.Groups[g.ID] = g
				return err
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// standingFacts asks for the grants of people, their absences that are not over, and their holds that run out.
func (r Reader) standingFacts(in []any, found map[string]*Person) question {
	n, now := list(len(in)), r.db.now()
	return question{
		`SELECT 2, person, kind, target, membership, origin, began_at, held_until FROM grants WHERE tenant = ? AND person IN (` + n + `) AND ended = 0
		 UNION ALL
		 SELECT 3, person, id, subject, effect, '', until, 0 FROM hold WHERE tenant = ? AND person IN (` + n + `) AND ended = 0 AND until > 0
		 UNION ALL
		 SELECT 4, person, id, kind, connection, '', begins, ends FROM absence WHERE tenant = ? AND person IN (` + n + `) AND ended = 0 AND (ends = 0 OR ends > ?)`,
		args(r.tenant, in, r.tenant, in, r.tenant, in, micros(now)),
		func(s scanner) error {
			var what, first, second int64
			var id string
			var f [4]string
			if err := s.Scan(&what, &id, &f[0], &f[1], &f[2], &f[3], &first, &second); err != nil {
				return err
			}
			p := found[id]
			if p == nil {
				return nil
			}
			switch what {
			case 2:
				p.Grants = append(p.Grants, directory.Grant{
					Entitlement: directory.Entitlement{Kind: directory.EntitlementKind(f[0]), Target: f[1], Membership: directory.MembershipKind(f[2])},
					Origin:      directory.Origin{Kind: directory.OriginKind(f[3]), At: instant(first)}, HeldUntil: instantOrNil(second),
				})
			case 3:
				h := directory.Hold{ID: f[0], Person: id, Subject: f[1], Effect: directory.Effect(f[2]), Until: instantOrNil(first)}
				if h.Until.After(now) {
					p.Holds = append(p.Holds, h)
				} else {
					p.Expired = append(p.Expired, h)
				}
			case 4:
				p.Absences = append(p.Absences, directory.Absence{
					ID: f[0], Person: id, Kind: directory.AbsenceKind(f[1]), Connection: f[2], From: instant(first), Until: instantOrNil(second),
				})
			}
			return nil
		},
	}
}

// GroupPeopleAfter returns up to limit people, by id, who are in a group of work, in order, from after an id on.
func (r Reader) GroupPeopleAfter(ctx context.Context, group, after string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT DISTINCT person FROM grants WHERE tenant = ? AND target = ? AND ended = 0 AND person > ?
	  AND kind IN ('agent_group', 'campaign', 'queue', 'strategy') ORDER BY person LIMIT ? + 0`, r.tenant, group, after, limit)
}

// LedgerEnd returns the last place in the tenant's ledger, 0 while it is empty.
func (r Reader) LedgerEnd(ctx context.Context) (int64, error) {
	var seq int64
	err := r.q.ask(ctx, question{`SELECT seq FROM ledger WHERE tenant = ? ORDER BY seq DESC LIMIT 1`, []any{r.tenant}, func(s scanner) error { return s.Scan(&seq) }})
	return seq, err
}

// OldestWaiting returns when the oldest change was committed that has no place in the ledger yet; the zero time for none.
func (r Reader) OldestWaiting(ctx context.Context) (time.Time, error) {
	var at int64
	err := r.q.ask(ctx, question{`SELECT at FROM backlog WHERE tenant = ? ORDER BY change LIMIT 1`, []any{r.tenant}, func(s scanner) error { return s.Scan(&at) }})
	return instant(at), err
}
