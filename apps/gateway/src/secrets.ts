/** The secrets that a process knows, so that none of them leaves in a line of text, whoever wrote that line. */
export interface Secrets {
  /** Remembers a secret: in every spelling that an error message could give it. */
  readonly add: (secret: string | undefined) => void
  /** Replaces every secret in a text. */
  readonly scrub: (text: string) => string
}

/** What stands where a secret was. */
export const redacted = '[redacted]'
/** Shorter texts are no secrets: replacing them would only garble lines. */
const minLength = 8

/** Creates an empty memory of secrets. */
export function createSecrets(): Secrets {
  const spellings = new Set<string>()
  return {
    add: (secret) => {
      if (secret === undefined || secret.length < minLength) return
      const bare = secret.startsWith('0x') ? secret.slice(2) : secret
      const utf8 = Buffer.from(secret, 'utf8')
      const forms = [secret, bare, bare.toLowerCase(), bare.toUpperCase(), encodeURIComponent(secret)]
      const encodings = [utf8.toString('hex'), utf8.toString('base64'), utf8.toString('base64url')]
      const decoded = /^(?:[0-9a-fA-F]{2})+$/.test(bare) ? [Buffer.from(bare, 'hex').toString('base64')] : []
      for (const form of [...forms, ...encodings, ...decoded]) {
        // As it stands inside a JSON text.
        spellings.add(form)
        spellings.add(JSON.stringify(form).slice(1, -1))
      }
    },
    scrub: (text) => {
      let clean = text
      for (const spelling of spellings) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, redacted)
      return clean
    },
  }
}

/** The parts of a URL that are secrets: its password, and what providers put into path and query as a key. */
export function secretsOfUrl(url: string): readonly string[] {
  const { password, searchParams, pathname } = new URL(url)
  const segments = pathname.split('/').filter((segment) => /^[A-Za-z0-9_-]{20,}$/.test(segment))
  return [decodeURIComponent(password), ...searchParams.values(), ...segments].filter(
    (part) => part.length >= minLength,
  )
}
