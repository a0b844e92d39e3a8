package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Message is a sentence of the program's own for people. It is told in English, and beside it what it is made of, so that
// whoever shows it can say it in another language: gettext's way, with the English text as its own key.
type Message struct {
	Text     string    `json:"text" doc:"What is said, in English." example:"12 people would be suspended or deprovisioned; the guard lets 10 pass"`
	Template string    `json:"template,omitempty" doc:"The text with {1}, {2} … in place of its values: a key for a translation. It is not there where the text is somebody's own." example:"{1} would be suspended or deprovisioned; the guard lets {2} pass"`
	Values   []Message `json:"values,omitempty" doc:"What stands in those places; a value can be a message again."`
}

// Say makes a message of a format and its arguments, as [fmt.Sprintf] does; %w is as %v. An argument that is a message, or an
// error that has one, becomes a value that can be translated by itself. A cause of %.0w is not told. No width or precision is an
// argument.
func Say(format string, args ...any) Message {
	var text, template strings.Builder
	var values []Message
	next := 0
	for rest := format; rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		text.WriteString(before)
		template.WriteString(before)
		if !found {
			break
		}
		verb := after[:1+strings.IndexFunc(after, func(r rune) bool { return r == '%' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' })]
		rest = after[len(verb):]
		if verb == "%" {
			text.WriteByte('%')
			template.WriteByte('%')
			continue
		}
		if i, j := strings.IndexByte(verb, '['), strings.IndexByte(verb, ']'); i >= 0 && j > i {
			n, err := strconv.Atoi(verb[i+1 : j])
			if err == nil {
				next = n - 1
			}
			verb = verb[:i] + verb[j+1:]
		}
		if verb == ".0w" { // a cause that is kept and not told
			next++
			continue
		}
		value := Quote("%!" + verb + "(MISSING)")
		if 0 <= next && next < len(args) {
			value = valueOf("%"+verb, args[next])
		}
		next++
		values = append(values, value)
		text.WriteString(value.Text)
		template.WriteString("{" + strconv.Itoa(len(values)) + "}")
	}
	return Message{Text: text.String(), Template: template.String(), Values: values}
}

// valueOf is what stands in the place of a verb.
func valueOf(verb string, arg any) Message {
	switch x := arg.(type) {
	case Message:
		return x
	case error:
		return MessageOf(x)
	}
	return Quote(fmt.Sprintf(strings.Replace(verb, "w", "v", 1), arg))
}

// Quote is a message that only repeats what somebody or something else says: it is not translated.
func Quote(text string) Message { return Message{Text: text} }

// And puts messages behind one another, which are translated one by one.
func (m Message) And(separator string, more Message) Message {
	return Message{Text: m.Text + separator + more.Text, Template: "{1}" + separator + "{2}", Values: []Message{m, more}}
}

// Join puts several behind one another, as [Message.And] does two.
func Join(list []Message, separator string) (out Message) {
	for i, m := range list {
		if i == 0 {
			out = m
			continue
		}
		out = out.And(separator, m)
	}
	return out
}

// Messages are several. A text that was stored by itself, before there were templates, is read as it is.
type Messages []Message

// Texts are the messages in English.
func (ms Messages) Texts() []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Text
	}
	return out
}

// UnmarshalJSON reads a list of messages or of texts.
func (ms *Messages) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	out := make(Messages, len(list))
	for i, one := range list {
		if json.Unmarshal(one, &out[i].Text) == nil {
			continue
		}
		if err := json.Unmarshal(one, &out[i]); err != nil {
			return err
		}
	}
	*ms = out
	return nil
}

// MessageOf returns what an error says: the message of an [Error], or of what has a method Message, unless something was added
// to it; then it is the error's text, which cannot be translated.
func MessageOf(err error) Message {
	var m Message
	if e, ok := errors.AsType[interface {
		error
		Message() Message
	}](err); ok {
		m = e.Message()
	} else if e, ok := errors.AsType[*Error](err); ok {
		m = e.Message
	}
	if text := err.Error(); m.Text != text {
		return Quote(text)
	}
	return m
}
