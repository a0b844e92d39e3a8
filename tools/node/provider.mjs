// A certified OpenID provider on a free port of 127.0.0.1, for tests (package sso/providertest).
//
// Each line of standard input is JSON: {"accounts": [...], "clients": [...], "rotate": true}. It replaces what was said of that
// before, and is answered by the line "ok" and the issuer. The provider ends with its standard input.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Provider } from 'oidc-provider'

let accounts = []
let clients = []
let keys = []
const records = new Map() // survives a change of keys

// Adapter keeps what the provider remembers; clients are those that the test names.
class Adapter {
  constructor(model) {
    this.model = model
  }

  async find(id) {
    return this.model === 'Client' ? clients.find((c) => c.client_id === id) : records.get(`${this.model}:${id}`)
  }

  async findByUid(uid) {
    return [...records.values()].find((record) => record.uid === uid && record.kind === this.model)
  }

  async upsert(id, record) {
    records.set(`${this.model}:${id}`, record)
  }

  async consume(id) {
    records.get(`${this.model}:${id}`).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    records.delete(`${this.model}:${id}`)
  }

  async revokeByGrantId(grant) {
    for (const [key, record] of records) if (record.kind === this.model && record.grantId === grant) records.delete(key)
  }
}

function rotate() {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  keys = [{ ...key, kid: randomUUID(), alg: 'RS256', use: 'sig' }] // those before are gone
}

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><main><h1>${escape(title)}</h1>${body}</main></html>`

const configuration = () => ({
  adapter: Adapter,
  jwks: { keys },
  cookies: { keys: ['of a test'] },
  pkce: { methods: ['S256'], required: () => true },
  acrValues: ['urn:example:password', 'urn:example:two-factors'],
  claims: {
    openid: ['sub', 'oid', 'amr', 'groups'],
    email: ['email', 'email_verified'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'zoneinfo'],
  },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        const yes = '<button form="op.logoutForm" name="logout" value="yes">Sign out here too</button>'
        ctx.body = page('Sign out at the provider', form + yes)
      },
      postLogoutSuccessSource: (ctx) => (ctx.body = page('Signed out at the provider', '')),
    },
  },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => {
    const account = accounts.find((a) => a.claims.sub === sub)
    return account && { accountId: sub, claims: () => account.claims }
  },
  // Who signs in consents: it is their company's provider.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope('openid email profile')
    await grant.save()
    return grant
  },
  renderError: (ctx, out, error) => {
    console.error(error)
    ctx.body = page('The provider refuses', `<p>${escape(out.error)}: ${escape(out.error_description)}</p>`)
  },
})

// interact is the page on which one signs in.
async function interact(provider, req, res) {
  const details = await provider.interactionDetails(req, res)
  let fault = ''
  if (req.method === 'POST') {
    let body = ''
    for await (const part of req) body += part
    const form = new URLSearchParams(body)
    if (form.has('cancel')) return provider.interactionFinished(req, res, { error: 'access_denied' })
    const account = accounts.find((a) => a.login === form.get('login') && a.password === form.get('password'))
    if (account) {
      const login = { accountId: account.claims.sub, acr: account.acr, amr: account.amr }
      return provider.interactionFinished(req, res, { login })
    }
    fault = '<p role="alert">Login or password is wrong.</p>'
  }
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.end(
    page(
      'Sign in at the provider',
      `<form method="post">${fault}<label>Login <input name="login" value="${escape(details.params.login_hint ?? '')}"></label>
       <label>Password <input name="password" type="password"></label> <button>Sign in</button> <button name="cancel">Cancel</button></form>`,
    ),
  )
}

const server = createServer()
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const issuer = `http://127.0.0.1:${server.address().port}`
let provider
server.on('request', (req, res) => {
  if (req.url === '/favicon.ico') return res.writeHead(204).end()
  if (!req.url.startsWith('/interaction/')) return provider.callback()(req, res)
  return interact(provider, req, res).catch((error) => {
    console.error(error)
    res.writeHead(400).end(String(error))
  })
})

for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line)
  accounts = said.accounts ?? accounts
  clients = said.clients ?? clients
  if (said.rotate || !provider) {
    rotate()
    provider = new Provider(issuer, configuration())
    provider.on('backchannel.error', (ctx, error) => console.error(error))
    provider.on('server_error', (ctx, error) => console.error(error))
  }
  console.log(`ok ${issuer}`)
}
process.exit()
