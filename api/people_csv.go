package api

import (
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/provision"
)

// csvColumns are the columns of the downloaded list, with what stands in them.
var csvColumns = []struct {
	name string
	of   func(provision.View) string
}{
	{"id", func(v provision.View) string { return v.ID }},
	{"display_id", func(v provision.View) string { return v.DisplayID }},
	{"user_name", func(v provision.View) string { return v.UserName }},
	{"name", func(v provision.View) string { return v.DisplayName }},
	{"email", func(v provision.View) string { return firstValue(v, "emails") }},
	{"phone", func(v provision.View) string { return firstValue(v, "phoneNumbers") }},
	{"state", func(v provision.View) string { return string(v.State) }},
	{"roles", func(v provision.View) string {
		return strings.Join(all(v.Roles, func(r provision.RoleView) string { return r.Key }), "; ")
	}},
	{"profile", func(v provision.View) string {
		if v.Profile == nil {
			return ""
		}
		return v.Profile.Name
	}},
	{"agent_groups", func(v provision.View) string {
		return strings.Join(all(v.AgentGroups, func(g provision.AgentGroupView) string { return g.Name }), "; ")
	}},
	{"campaigns", func(v provision.View) string { return rightNames(v.Campaigns) }},
	{"queues", func(v provision.View) string { return rightNames(v.Queues) }},
	{"strategies", func(v provision.View) string { return rightNames(v.Strategies) }},
	{"company", func(v provision.View) string {
		if v.Company == nil {
			return ""
		}
		return v.Company.Name
	}},
	{"extension", func(v provision.View) string { return v.Extension }},
	{"seat", func(v provision.View) string { return string(v.Seat) }},
	{"status", func(v provision.View) string {
		if v.Status == nil {
			return ""
		}
		return *v.Status
	}},
	{"eligible", func(v provision.View) string { return strconv.FormatBool(v.Eligible) }},
	{"connections", func(v provision.View) string {
		return strings.Join(all(v.Accounts, func(a provision.AccountView) string { return a.Connection }), "; ")
	}},
	{"created_at", func(v provision.View) string { return v.CreatedAt.UTC().Format(time.RFC3339) }},
	{"modified_at", func(v provision.View) string { return v.ModifiedAt.UTC().Format(time.RFC3339) }},
}

// CSVOptions say for whom a file is.
type CSVOptions struct {
	Spreadsheet bool `query:"spreadsheet" doc:"For people who open it in a spreadsheet: it begins with a mark of its encoding, and a value that a spreadsheet would take for a formula has an apostrophe before it." example:"false"`
}

// inert is a value that no spreadsheet takes for a formula.
func inert(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
		return "'" + value
	}
	return value
}

// byteOrderMark tells spreadsheets that a file is in UTF-8.
const byteOrderMark = "\uFEFF"

func rightNames(list []provision.RightView) string {
	return strings.Join(all(list, func(r provision.RightView) string { return r.Name }), "; ")
}

// firstValue is the primary value of a list of values, else the first.
func firstValue(v provision.View, attribute string) string {
	list, _ := v.Attributes[attribute].([]any)
	first := ""
	for _, x := range list {
		element, _ := x.(map[string]any)
		value, _ := element["value"].(string)
		if element["primary"] == true {
			return value
		}
		if first == "" {
			first = value
		}
	}
	return first
}

// exportTime is what an answer of any length may take.
const exportTime = 30 * time.Minute

func registerPeopleCSV(h *Handler) {
	register(h, operation{
		id: "export-users", method: http.MethodGet, path: "/users.csv", tag: "users", summary: "Download the list of people", permission: "users.export",
		within: exportTime, stream: true,
		doc: "The whole list with its filters, as CSV (RFC 4180) in UTF-8 with a line of names, each person's id among them; values are as they are stored unless it is for a spreadsheet. It is sent as it is read: where it breaks off, the connection does, too.",
	}, func(ctx context.Context, c *call, in *struct {
		PeopleFilters
		CSVOptions
	},
	) (*huma.StreamResponse, error) {
		q := in.query()
		q.Limit = 1
		if _, err := h.engine.List(ctx, c.config.Tenant.ID, q); err != nil { // what is wrong is told before anything is sent
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			hc.SetHeader("Content-Type", "text/csv; charset=utf-8; header=present")
			hc.SetHeader("Content-Disposition", `attachment; filename="people.csv"`)
			hc.SetStatus(http.StatusOK)
			shown := func(value string) string { return value }
			var err error
			if in.Spreadsheet {
				shown = inert
				_, err = hc.BodyWriter().Write([]byte(byteOrderMark))
			}
			w := csv.NewWriter(hc.BodyWriter())
			w.UseCRLF = true
			names := make([]string, len(csvColumns))
			for i, column := range csvColumns {
				names[i] = column.name
			}
			if err == nil {
				err = w.Write(names)
			}
			if err == nil {
				err = h.engine.Listed(ctx, c.config.Tenant.ID, q, func(v provision.View) error {
					row := make([]string, len(csvColumns))
					for i, column := range csvColumns {
						row[i] = shown(column.of(v))
					}
					return w.Write(row)
				})
			}
			w.Flush()
			c.broken(ctx, err, w.Error())
		}}, nil
	})
}
