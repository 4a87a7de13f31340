import type { CreateClientOptions } from '@og/client'
import type { CliEnvironment } from './environment.js'

/** What a client takes from the world, watched: every step that takes time is said. */
export async function watchedWorld(
  environment: CliEnvironment,
): Promise<Required<Pick<CreateClientOptions, 'fetch' | 'secp256k1'>>> {
  const { defaultSecp256k1 } = await import('@og/client')
  const curve = defaultSecp256k1()
  let isPaid = false
  return {
    fetch: (url, init) => {
      const step = stepOf(url, { isPost: init?.method === 'POST', isPaid })
      if (step !== undefined) environment.status(step)
      return environment.fetch(url, init)
    },
    secp256k1: {
      ...curve,
      sign: (digest, key) => {
        isPaid = true
        environment.status('Paying: signing the authorization')
        return curve.sign(digest, key)
      },
    },
  }
}

function stepOf(url: string, call: { readonly isPost: boolean; readonly isPaid: boolean }): string | undefined {
  const { pathname } = new URL(url)
  if (pathname === '/v1/attestation') return 'Attesting: asking the node for its keys and a fresh quote'
  if (/^\/v1\/(chat\/)?completions$/.test(pathname) && call.isPost) {
    return call.isPaid ? 'Waiting for the answer' : 'Paying: asking the node for its price'
  }
  if (pathname.startsWith('/v1/receipts/') || pathname === '/v1/log/proof') {
    return 'Settling: waiting until payment and record stand on chain'
  }
  return undefined
}
