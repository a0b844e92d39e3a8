package console

import (
	"slices"
	"time"

	"rollcall/locale"
)

var accountRoutes = []route{
	{"GET /account", nil, (*visit).account},
	{"POST /account/sessions/end", nil, (*visit).endMySessions},
	{"POST /language", nil, (*visit).chooseLanguage},
}

// account shows somebody who they are here, what they may, and where they are signed in.
func (v *visit) account() error {
	sessions, err := v.mySessions()
	if err != nil {
		return err
	}
	return v.show(accountPage(v, slices.DeleteFunc(sessions, func(s listedSession) bool { return !s.Live })))
}

// chooseLanguage keeps the language of choice in the browser.
func (v *visit) chooseLanguage() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	chosen := locale.Match(f.get("language"), "")
	v.setCookie(locale.LanguageCookie, chosen.String(), int((365 * 24 * time.Hour).Seconds()))
	v.Language = chosen
	return v.seeOther(local(f.get("return"), "/account"))
}
