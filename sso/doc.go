// Package sso lets people in: by an OpenID provider, or by a link of the command line.
//
// A sign-in is the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636). What has to come back from
// the provider unharmed (state, nonce, verifier, where to go afterwards) waits in a sealed cookie of the browser that asked,
// for ten minutes, and counts once. Each connection has a redirect URI of its own, so that a provider cannot pass off the
// answer of another one as its own (RFC 9700 §4.4). The ID token is checked for its signature, issuer, audience, authorized
// party, nonce and times, with a minute's leeway for clocks, and for the authentication context that the connection requires.
//
// Who somebody is decides package provision: the first sign-in finds a person by the connection's link, and stores issuer and
// subject, which alone count afterwards. An e-mail address never says who somebody is; its domain only says which provider to
// ask.
//
// A session is a row in the database. The browser's cookie holds a bearer value, of which the row has the hash, and each
// request asks for the row together with its person's state: whoever is suspended or deprovisioned is out, on every replica,
// with the commit that says so. A session ends when it rests too long, when it is old enough, when its holder signs out here
// or at the provider (OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0), or when somebody ends it.
//
// When the provider does not answer nobody new comes in, and whoever is in stays. Whoever runs the machine then has a way of
// their own: a link that works once, within minutes, and is written to the change log.
package sso
