package api

// registerAll adds the operations, noun by noun, in the order of the documentation.
func (h *Handler) registerAll() {
	registerMe(h)
}
