package locale_test

import (
	"regexp"
	"testing"
)

// replaced are words that docs/languages.md has another one for, what to say, and the keys that may say them even so.
var replaced = map[string][]struct{ word, say, unless string }{
	"en": {
		{`(?i)\bsuspend`, "inactive, make inactive", `^(permission|about)\.`}, // both are the API's own words
		{`(?i)\bledger\b|\baudit trail\b`, "audit log", ``},
		{`(?i)\byour operator\b|\bthe operator\b`, "whoever runs Rollcall", ``},
		{`(^|[^/\w])[Ii]d\b`, "ID", `^permission\.`},
		{`(?i)\bpermission group`, "user group", `^permission\.`},
	},
	"es": {
		{`(?i)\bfunci(ón|ones)\b`, "rol", ``},
		{`(?i)\bpropietari`, "dueño", ``},
		{`(?i)\bgrupos? de permisos\b`, "grupo de usuarios", ``},
		{`(?i)\bestados? de usuario\b|(?i)\bdisponibilidad\b`, "estado de presencia", ``},
		{`(?i)\bingres(ar|o)\b`, "iniciar sesión", ``},
		{`(?i)\ba mano\b`, "manualmente", ``},
		{`(?i)\bsu operador\b`, "quien administra Rollcall", ``},
		{`(^|[^/\w])[Ii]d\b`, "ID", ``},
		{`[«»]`, "“ ”", ``},
	},
	"pt-BR": {
		{`(?i)\bfunç(ão|ões)\b|(?i)\bpapel\b`, "perfil de acesso", ``},
		{`(?i)\bperfi(l|s)\b( [^d]| d[^e]| de [^a]|[^ ]|$)`, "perfil de acesso, or subperfil", ``},
		{`(?i)\bgrupos? de (agentes|atendentes)\b`, "equipe", ``},
		{`(?i)\bgrupos? de permiss`, "grupo de usuários", ``},
		{`(?i)\bEstado\b`, "situação", ``},
		{`(?i)à mão\b`, "manualmente", ``},
		{`(?i)\bdeletar\b|(?i)\beliminar\b`, "excluir", ``},
		{`(?i)\bo seu operador\b`, "quem administra o Rollcall", ``},
		{`(^|[^/\w])[Ii]d\b`, "ID", ``},
	},
}

func TestOneWordForEachThing(t *testing.T) {
	for language, words := range replaced {
		list := texts(t, language)
		for _, w := range words {
			word, unless := regexp.MustCompile(w.word), regexp.MustCompile(w.unless)
			for key, forms := range list {
				if w.unless != "" && unless.MatchString(key) {
					continue
				}
				for _, text := range forms {
					if found := word.FindString(text); found != "" {
						t.Errorf("%s %s says %q; say %s: %q", language, key, found, w.say, text)
					}
				}
			}
		}
	}
}
