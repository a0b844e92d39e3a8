package console

// mayChange reports whether the reader can change what the form shows.
func (d poolDraft) mayChange(v *visit) bool {
	return v.may("console.seats.manage") && d.was.ManagedBy != "manifest"
}

// locked says why the form cannot be changed; nothing where it can.
func (d poolDraft) locked(v *visit) string {
	if d.mayChange(v) {
		return ""
	}
	return v.T("work.read_only")
}
