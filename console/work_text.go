package console

import "slices"

// mayChange reports whether the reader can change what the form shows.
func (d workDraft) mayChange(v *visit) bool {
	return v.may(d.kind.write) && d.was.ManagedBy != "manifest" && !d.was.Archived
}

// locked says why the form cannot be changed; nothing where it can.
func (d workDraft) locked(v *visit) string {
	if d.mayChange(v) {
		return ""
	}
	return v.T("work.read_only")
}

// companyName is what people call a company.
func companyName(list []company, id string) string {
	if i := slices.IndexFunc(list, func(c company) bool { return c.ID == id }); i >= 0 {
		return list[i].Name
	}
	return ""
}
