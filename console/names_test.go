package console_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"rollcall/access"
)

// What a preset says of its roles, options, modules and statuses is in the catalogue, word for word.
func TestWhatPresetsSayIsInTheCatalogue(t *testing.T) {
	raw, err := os.ReadFile("../locale/text/called.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var english map[string]string
	if err := json.Unmarshal(raw, &english); err != nil {
		t.Fatal(err)
	}
	known := slices.Collect(maps.Values(english))
	said := func(preset string, texts ...string) {
		for _, text := range texts {
			if text != "" && !slices.Contains(known, text) {
				t.Errorf("%s says %q, which is in no catalogue", preset, text)
			}
		}
	}
	for _, p := range access.Presets() {
		for _, r := range p.Roles {
			said(p.Name, r.Name, r.Description)
			for _, o := range r.Options {
				said(p.Name, o.Name)
			}
		}
		for _, m := range p.Modules {
			said(p.Name, m.Name)
		}
		for _, s := range p.Statuses {
			said(p.Name, s.Name, s.Description)
		}
	}
}

// People read it in their language: several names and descriptions of one key, too. A form has what is kept.
func TestPresetsSpeakTheReadersLanguage(t *testing.T) {
	s := open(t, "commerce-chat", "")
	c := s.client("console_owner")
	c.get("/roles/supervisor", "Accept-Language", "es").says("Conciliador de pagos", "Ve, asigna y finaliza conversaciones de otras personas")
	c.get("/roles/order_payment_administrator", "Accept-Language", "pt-BR").says("Conciliação de pagamentos", "Exclusivo da área de pedidos")
	c.get("/statuses", "Accept-Language", "es").says("En línea", "Fuera del trabajo: no llega nada nuevo.").hides("Not at work")
	c.get("/statuses/online", "Accept-Language", "es").says(`value="Online"`)
	c.get("/roles/supervisor").says("Payment Reconciler")

	s = open(t, "call-centre", "")
	c = s.client("console_owner")
	c.get("/roles", "Accept-Language", "es").says("Administradores", "Ajustan los parámetros del sistema.")
}

// What does not work yet is said in the reader's language, where the catalogue knows the sentence.
func TestNoticesSpeakTheReadersLanguage(t *testing.T) {
	c := open(t, "", "connections: [{name: okta, kind: scim, dialect: okta}]\n").client("console_owner")
	for _, path := range []string{"/", "/connections"} {
		c.get(path, "Accept-Language", "es").says("ningún token abre la conexión").hides("no token opens")
		c.get(path, "Accept-Language", "pt-BR").says("nenhum token abre a conexão")
	}
}
