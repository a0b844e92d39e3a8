package console

import (
	"time"

	"rollcall/locale"
)

var accountRoutes = []route{
	{"GET /account", nil, (*visit).account},
	{"POST /language", nil, (*visit).chooseLanguage},
}

// account shows somebody who they are here, and what they may.
func (v *visit) account() error { return v.show(accountPage(v)) }

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
