// Package console is the admin web console: pages made on the server, in English, Spanish and Portuguese.
//
// It is a client of the REST API, in the same process. A page asks the API what it shows and has the API do what it is told,
// as whoever is signed in: there is no second path to people or configuration, no second check of permissions, and nothing
// that the console can do and a program cannot. What the console adds is what people need and programs do not: words,
// forms that say beside a field what is wrong with it, plans that are read before they are done, and pages that a keyboard
// and a screen reader find their way through.
//
// A request passes, in this order: its session ([Options].Session), protection against forms of other sites, and its page.
// A page is a function of a [visit], in the file of its area, with its markup in the file of the same name that ends in
// .templ; "make generate" turns markup into Go. Every text comes from package locale by a key that is written as a literal:
// tests find keys that are missing or not used, and words that stand outside of the catalogue.
//
// Everything works without a script where a form can. The one script (assets/console.js) makes lists follow as one types,
// shows work that goes on, and tells the reader's time zone. The policy of content allows nothing inline, and nothing from
// elsewhere.
package console
