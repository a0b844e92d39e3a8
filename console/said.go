package console

import "rollcall/directory"

// say says in the reader's language what the program says to people, and each value of it that is such a message again. english
// tells that the catalogue does not have it: it may be what somebody or something else said.
func (v *visit) say(m directory.Message) (text string, english bool) {
	sentence := m.Template
	if sentence == "" {
		sentence = m.Text
	}
	values := make([]string, len(m.Values))
	for i, x := range m.Values {
		values[i], _ = v.say(x)
	}
	text, ok := v.Say(sentence, values...)
	return text, !ok
}

// said is what [visit.say] says, where nothing can be marked as English.
func (v *visit) said(m directory.Message) string {
	text, _ := v.say(m)
	return text
}

// message is the detail of a problem.
func (p *problem) message() directory.Message {
	return directory.Message{Text: p.Detail, Template: p.Template, Values: p.Values}
}
