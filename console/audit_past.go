package console

import (
	"net/http"
	"net/url"
	"time"
)

// past is what somebody had at a time.
type past struct {
	ID       string    `json:"id"`
	UserName string    `json:"user_name"`
	At       time.Time `json:"at"`
	Sequence int64     `json:"seq"`
	State    *string   `json:"state"`
	Status   *string   `json:"status"`
	Accounts []struct {
		Connection string `json:"connection"`
		ExternalID string `json:"external_id"`
		UserName   string `json:"user_name"`
	} `json:"accounts"`
	Memberships []struct {
		Name string `json:"name"`
	} `json:"memberships"`
	Rights []pastRight `json:"rights"`
	Holds  []struct {
		Subject string `json:"subject"`
		Effect  string `json:"effect"`
		Reason  string `json:"reason"`
	} `json:"holds"`
}

// pastRight is a right that somebody had, by one of its origins.
type pastRight struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	As     string `json:"as"`
	Origin struct {
		Kind       string    `json:"kind"`
		Rule       string    `json:"rule"`
		Group      string    `json:"group"`
		Actor      string    `json:"actor"`
		Connection string    `json:"connection"`
		At         time.Time `json:"at"`
	} `json:"origin"`
}

// holder is somebody who had a right.
type holder struct {
	ID          string      `json:"id"`
	UserName    string      `json:"user_name"`
	DisplayName string      `json:"display_name"`
	Rights      []pastRight `json:"rights"`
}

// why says what gave a right.
func (v *visit) why(r pastRight) string {
	switch o := r.Origin; {
	case o.Rule != "" && o.Group != "":
		return v.T("audit.origin_rule_group", "Rule", o.Rule, "Group", o.Group)
	case o.Rule != "":
		return v.T("audit.origin_rule", "Rule", o.Rule)
	case o.Actor != "":
		return v.actorNamed(o.Actor)
	case o.Connection != "":
		return v.T("audit.actor_connection", "Name", o.Connection)
	default:
		return o.Kind
	}
}

// pastQuery reads what moment a form asks for: a time, or a place in the ledger. Without either it is now.
func (v *visit) pastQuery(f *form) url.Values {
	q := url.Values{}
	if t, ok := v.auditTime(f, "at"); ok {
		q.Set("at", t.Format(time.RFC3339))
	}
	if seq := f.get("seq"); seq != "" {
		q.Set("seq", seq)
	}
	return q
}

// auditPerson tells what somebody had at a time.
func (v *visit) auditPerson() error {
	f := &form{values: v.r.URL.Query(), faults: map[string]string{}}
	var found *past
	if ref := f.get("person"); ref != "" {
		q := v.pastQuery(f)
		var x past
		if len(f.faults) == 0 {
			if err := v.get(at("audit", "users", ref), q, &x); err == nil {
				found = &x
			} else if err := v.pastFault(f, "person", ref, err); err != nil {
				return err
			}
		} else {
			v.status = http.StatusUnprocessableEntity
		}
	}
	return v.show(auditPersonPage(v, f, found))
}

// pastFault notes what is wrong with a question about the past.
func (v *visit) pastFault(f *form, name, ref string, err error) error {
	if err := v.oddQuery(f, err); err != nil {
		return err
	}
	if f.problem.Status == http.StatusNotFound {
		f.faults[name] = v.T("audit.not_then", "Name", ref)
	}
	return nil
}

// pastKinds are the kinds of rights that one can ask the past for.
var pastKinds = []string{"role", "option", "profile", "agent_group", "campaign", "queue", "strategy", "company", "seat_pool", "initial_status"}

// auditRight tells who had a right at a time.
func (v *visit) auditRight() error {
	f := &form{values: v.r.URL.Query(), faults: map[string]string{}}
	var p page[holder]
	asked := f.get("right") != ""
	if asked {
		q := v.pastQuery(f)
		if c := v.query("cursor"); c != "" {
			q.Set("cursor", c)
		}
		q.Set("limit", "50")
		if len(f.faults) > 0 {
			v.status, asked = http.StatusUnprocessableEntity, false
		} else if err := v.get(at("audit", "rights", f.get("kind"), f.get("right")), q, &p); err != nil {
			if err := v.pastFault(f, "right", f.get("right"), err); err != nil {
				return err
			}
			asked = false
		}
	}
	return v.show(auditRightPage(v, f, p, asked))
}

func pastKindOptions(v *visit) (out []option) {
	for _, x := range pastKinds {
		out = append(out, option{Value: x, Text: v.T("kind." + x)})
	}
	return out
}
