import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { isRecord, parseJson } from './read-json-file.js'
import { isHttpUrl, readSettings } from './settings.js'

/** The node that is meant: the flag, the setting, or a devnet on this machine. */
export async function nodeUrlOf(flag: string | undefined, environment: CliEnvironment): Promise<string> {
  const url = flag ?? (await readSettings(environment)).url ?? (await import('@og/client')).DEFAULT_BASE_URL
  if (!isHttpUrl(url)) {
    throw new UsageError(`${url} is not an http or https address`)
  }
  return url.replace(/\/+$/, '').replace(/\/v1$/, '')
}

/** The network or a node failed. */
export class NodeFailure extends Error {
  override readonly name = 'NodeFailure'
}

const maxAnswerBytes = 16_777_216

/** Asks a public route of a node for a JSON object. @throws NodeFailure */
export async function fetchNodeJson(
  url: string,
  environment: CliEnvironment,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await environment
    .fetch(url, { redirect: 'error', signal: AbortSignal.timeout(20_000) })
    .catch(() => undefined)
  if (response === undefined) throw new NodeFailure(`${new URL(url).origin} does not answer`)
  const text = await readText(response, url)
  const json = response.headers.get('content-type')?.includes('json') ? parseJson(text, url) : undefined
  if (!response.ok) {
    const error = isRecord(json) && isRecord(json['error']) ? json['error']['message'] : undefined
    throw new NodeFailure(`${url} answered ${response.status}${typeof error === 'string' ? `: ${error}` : ''}`)
  }
  if (!isRecord(json)) throw new NodeFailure(`${url} answered no JSON object`)
  return json
}

/** Reads an answer up to its bound: whoever answers may never stop. @throws NodeFailure */
async function readText(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  try {
    for await (const piece of response.body ?? []) {
      length += piece.length
      // Leaving the loop cancels the body.
      if (length > maxAnswerBytes) break
      text += decoder.decode(piece, { stream: true })
    }
  } catch {
    throw new NodeFailure(`${url} broke its answer off`)
  }
  if (length > maxAnswerBytes) throw new NodeFailure(`${url} answered too much`)
  return text + decoder.decode()
}
