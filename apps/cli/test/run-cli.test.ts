import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { simulatedMeasurements } from '@og/tee-verify/simulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeNode, startFakeNode } from '../../../packages/client/test/fake-node.js'
import type { CliEnvironment } from '../src/environment.js'
import { runCli } from '../src/index.js'

const key = '42'.repeat(32)
const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))
let folder: string
let node: FakeNode
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-cli-'))
  node = await startFakeNode({ mode: 'TEE', now })
})
afterEach(async () => {
  await node.close()
  await rm(folder, { recursive: true })
})

async function og(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { OG_PRIVATE_KEY: key },
  world: Partial<CliEnvironment> = {},
): Promise<{ code: number; out: string; err: string; steps: readonly string[] }> {
  let out = ''
  let err = ''
  const steps: string[] = []
  const code = await runCli(args, {
    // Colours only where a test says that somebody watches.
    env: { ...('isErrTerminal' in world ? {} : { NO_COLOR: '1' }), ...env },
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    isOutTerminal: false,
    isErrTerminal: true,
    isInteractive: false,
    status: (text) => {
      if (text !== undefined) steps.push(text)
    },
    choose: async () => '',
    ask: async () => undefined,
    askSecret: async () => '',
    readFile: (path) => readFile(path, 'utf8'),
    readBytes: (path) => readFile(path),
    listFolder: async () => [],
    writeFile: (path, text) => writeFile(path, text),
    removeFile: (path) => rm(path, { force: true }),
    fetch: (url, init) => fetch(url, init),
    now,
    sleep: async () => undefined,
    interrupted: Promise.resolve(),
    ...world,
  })
  expect(`${out}${err}`).not.toContain(key)
  return { code, out, err, steps }
}

const prompt = "Translate the following English text to French: 'Hello, how are you?'"

describe('og completion', () => {
  it('default', async () => {
    const { code, out, err } = await og(['completion', prompt, '--model', 'openai/gpt-4o', '--url', node.url])
    expect(code).toBe(0)
    expect(out).toContain('Bonjour')
    expect(err).toMatch(
      /^✓ TEE node, not attested, scripted · node 0x[0-9a-f]{8} · \d+ checks passed · 0\.\d{6} paid \(exact\) · payment 0x[0-9a-f]{64}\n$/,
    )
  })

  it('behavior: quiet when piped, but for what was asked for and what goes wrong', async () => {
    const ask = (...flags: string[]) =>
      og(['completion', prompt, '--model', 'm', '--url', node.url, ...flags], undefined, { isErrTerminal: false })
    const piped = await ask()
    expect([piped.code, piped.err]).toEqual([0, ''])
    expect(piped.out).toContain('Bonjour')
    expect((await ask('--verbose')).err).toMatch(/ {2}ok {4}receipt present\n[\s\S]*\n✓ /)
    const refused = await ask('--max-cost', '1')
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('PAYMENT_REFUSED')])
  })

  it('behavior: --json prints one object', async () => {
    const { code, out } = await og([
      'completion',
      '--prompt',
      prompt,
      '--model',
      'm',
      '--url',
      node.url,
      '--json',
      '--stream',
    ])
    expect(code).toBe(0)
    const shown = JSON.parse(out)
    expect(shown.completionOutput).toContain('Bonjour')
    expect(shown.verification.ok).toBe(true)
    expect(shown.paymentHash).toMatch(/^0x[0-9a-f]{64}$/)
  })

  it('error: 2 for usage', async () => {
    expect((await og(['completion', prompt])).code).toBe(2)
    expect((await og(['completion', '--model', 'm'])).code).toBe(2)
    expect((await og(['completion', prompt, '--model', 'm', '--mode', 'SGX'])).code).toBe(2)
    expect((await og(['completion', prompt, '--model', 'm', '--max-tokens', '0'])).code).toBe(2)
    expect((await og(['nonsense'])).code).toBe(2)
    const { code, err } = await og(['completion', prompt, '--model', 'm', '--url', node.url], {})
    expect(code).toBe(2)
    expect(err).toContain('OG_PRIVATE_KEY')
    expect(node.requests).toEqual([])
  })

  it('error: 3 when the answer is not what was signed', async () => {
    node.lie({ receiptSigner: `0x${'77'.repeat(32)}` })
    const { code, out, err } = await og(['completion', prompt, '--model', 'm', '--url', node.url])
    expect(code).toBe(3)
    expect(out).toBe('')
    expect(err).toContain('FAIL  signature: RECEIPT_SIGNATURE')
    const json = await og(['completion', prompt, '--model', 'm', '--url', node.url, '--json'])
    expect(json.code).toBe(3)
    expect(JSON.parse(json.out).error.code).toBe('VERIFICATION_RECEIPT')
  })

  it('error: 4 when the price is above the cap', async () => {
    const { code, err } = await og(['completion', prompt, '--model', 'm', '--url', node.url, '--max-cost', '10'])
    expect(code).toBe(4)
    expect(err).toContain('PAYMENT_REFUSED')
    expect(node.payments).toEqual([])
  })

  it('security: 5 for a node whose answer has no end', async () => {
    let sent = 0
    const endless = async (): Promise<Response> =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            sent += 1_000_000
            controller.enqueue(new Uint8Array(1_000_000).fill(0x20))
          },
        }),
        { headers: { 'content-type': 'application/json' } },
      )
    const { code, err } = await og(['models', '--url', node.url], {}, { fetch: endless })
    expect([code, err]).toEqual([5, expect.stringContaining('answered too much')])
    expect(sent).toBeLessThan(40_000_000)
  })

  it('error: 5 when there is no node', async () => {
    expect((await og(['completion', prompt, '--model', 'm', '--url', 'http://127.0.0.1:9'])).code).toBe(5)
  })
})

describe('og chat', () => {
  const messages = JSON.stringify([
    { role: 'system', content: 'You are a helpful AI assistant.', name: 'HAL' },
    { role: 'user', content: 'Hello! How are you doing? Can you repeat my name?' },
  ])

  it('default', async () => {
    const { code, out } = await og(['chat', '--messages', messages, '--model', 'openai/gpt-4.1', '--url', node.url])
    expect(code).toBe(0)
    expect(out).toContain('HAL')
  })

  it('behavior: TEE needs a named trust', async () => {
    const args = ['chat', '--messages', messages, '--model', 'm', '--url', node.url, '--mode', 'TEE']
    expect((await og(args)).code).toBe(2)
    expect((await og([...args, '--trust', 'intel'])).code).toBe(2)
    const file = join(folder, 'measurements.json')
    await writeFile(file, JSON.stringify([simulatedMeasurements()]))
    expect((await og([...args, '--trust', 'intel', '--measurements', file])).code).toBe(3)
    for (const wrong of [[], [{ mrTd: '0x00' }], [{ ...simulatedMeasurements(), mrtd: '0x00' }], {}]) {
      const wrongFile = join(folder, 'wrong.json')
      await writeFile(wrongFile, JSON.stringify(wrong))
      expect((await og([...args, '--trust', 'simulator', '--measurements', wrongFile])).code).toBe(2)
    }
    const { code, out, err } = await og([...args, '--trust', 'simulator', '--measurements', file, '--stream'])
    expect(code).toBe(0)
    expect(out).toContain('HAL')
    expect(err).toContain('✓ TEE (simulated)')
  })

  it('behavior: prints the calls of tools', async () => {
    const tools = JSON.stringify([
      {
        type: 'function',
        function: {
          name: 'get_current_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ])
    const { code, out } = await og([
      'chat',
      'How is the weather in Dallas?',
      '--tools',
      tools,
      '--model',
      'm',
      '--url',
      node.url,
    ])
    expect(code).toBe(0)
    expect(out).toContain('tool call: get_current_weather({"city":"Dallas"})')
  })

  it('behavior: tools of an MCP server run by themselves, every turn is paid, the server sees no key', async () => {
    const server = fileURLToPath(new URL('weather-server.mjs', import.meta.url))
    const ask = ['chat', 'How is the weather in Dallas?', '--model', 'm', '--url', node.url]
    const { code, out, err, steps } = await og([...ask, '--mcp', `"${process.execPath}" '${server}'`])
    expect(code).toBe(0)
    expect(out).toContain('Dallas: 85 degrees, keys: none')
    expect(err.match(/✓/g)?.length).toBe(2)
    expect(steps).toContain('Running the tool get_current_weather')
    for (const command of ['no-such-program', `"${process.execPath}" -e 0`, "node 'open", '']) {
      expect((await og([...ask, '--mcp', command])).code).toBe(2)
    }
  })

  it('behavior: files and images go with the message, inside the body', async () => {
    await writeFile(join(folder, 'note.md'), '# Grüße')
    await writeFile(join(folder, 'scan.pdf'), Buffer.from([0x25, 0x50, 0, 0xff]))
    await writeFile(join(folder, 'dot.png'), Buffer.from([1, 2]))
    const files = ['--file', join(folder, 'note.md'), join(folder, 'scan.pdf'), '--image', join(folder, 'dot.png')]
    const ask = ['chat', 'Read', '--model', 'm', '--url', node.url, '--save', folder]
    expect((await og([...ask, ...files])).code).toBe(0)
    expect(JSON.parse(await readFile(join(folder, 'request.json'), 'utf8')).messages[0].content).toEqual([
      { type: 'text', text: 'Read' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } },
      { type: 'text', text: 'note.md:\n\n# Grüße' },
      { type: 'file', file: { filename: 'scan.pdf', file_data: 'data:application/pdf;base64,JVAA/w==' } },
    ])
    expect((await og([...ask, '--file', join(folder, 'missing')])).code).toBe(2)
    expect((await og([...ask, '--image', join(folder, 'note.md')])).code).toBe(2)
  })

  it.each([[[]], [['--stream']], [['--raw']], [['--stream', '--verbose']]])(
    'error: at a terminal a hostile answer does nothing (%j)',
    async (flags) => {
      const hostile = `Say \u001b]0;owned\u0007\u001b[2J \u009b31m **bold** [a](b\u001b[8m) \r end`
      const { code, out, err, steps } = await og(
        ['chat', hostile, '--model', 'm', '--url', node.url, ...flags],
        { OG_PRIVATE_KEY: key },
        { isOutTerminal: true, isErrTerminal: true },
      )
      expect(code).toBe(0)
      expect(out).toContain('␛]0;owned')
      // Only the codes of our own styles are left: ⎋ stands for them.
      const shown = `${out}${err}`.replaceAll('\u001b', '⎋')
      expect(shown).not.toMatch(/⎋(?!\[(1|2|22|4|24|32|36|39)m)|[^\P{Cc}\n\t]/u)
      expect(shown.includes('⎋[1mbold')).toBe(!flags.includes('--raw'))
      expect(shown).toMatch(/^⎋\[32m✓ .*⎋\[39m$/m)
      expect(steps).toEqual([
        'Attesting: asking the node for its keys and a fresh quote',
        'Paying: asking the node for its price',
        'Paying: signing the authorization',
        'Waiting for the answer',
      ])
    },
  )

  it('error: a hostile node name, model or message does nothing in a failure, piped or not', async () => {
    for (const isErrTerminal of [true, false]) {
      const { code, err } = await og(
        ['chat', 'x', '--model', 'm', '--url', 'http://127.0.0.1:9', '--max-cost', '\u001b[31m'],
        { OG_PRIVATE_KEY: key },
        { isErrTerminal },
      )
      expect(code).toBe(2)
      expect(err).not.toContain('\u001b[31mm')
      expect(err).toContain('␛[31m')
    }
  })

  it('error: 2 for conversations that are none', async () => {
    expect((await og(['chat', '--model', 'm'])).code).toBe(2)
    expect((await og(['chat', '--messages', '{', '--model', 'm'])).code).toBe(2)
    expect((await og(['chat', '--messages', '[]', '--model', 'm'])).code).toBe(2)
    expect((await og(['chat', 'hello', '--messages', messages, '--model', 'm'])).code).toBe(2)
  })
})

describe('flags of the OpenGradient API', () => {
  const ask = async (...flags: string[]) => {
    const args = ['chat', 'Hello', '--url', node.url, '--save', folder, '--no-keep', ...flags]
    const { code, err } = await og(args)
    if (code !== 0) return { code, err }
    const [request, receipt] = await Promise.all(
      ['request.json', 'receipt.json'].map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))),
    )
    return { code, err, request, settlement: receipt.receipt.settlement }
  }

  it('default: every flag goes into the request', async () => {
    const tools = JSON.stringify([{ type: 'function', function: { name: 'now', parameters: { type: 'object' } } }])
    await writeFile(join(folder, 'tools.json'), tools)
    const sampling = ['-m', 'openai/gpt-4o', '--max-tokens', '7', '--temperature', '0.5']
    const stops = ['--stop-sequence', 'a', '--stop-sequence', 'b', '--stop', 'c']
    const given = ['--tools-file', join(folder, 'tools.json'), '--tool-choice', 'none']
    const { request } = await ask(...sampling, ...stops, ...given)
    expect(request).toMatchObject({ model: 'openai/gpt-4o', max_tokens: 7, temperature: 0.5, stop: ['a', 'b', 'c'] })
    expect(request).toMatchObject({ tool_choice: 'none', tools: JSON.parse(tools) })
    expect((await ask('--model', 'm')).request).toMatchObject({ max_tokens: 100, temperature: 0 })
    expect((await ask('--model', 'm', '--tool-choice', 'auto')).code).toBe(2)
    const both = ['--tools', tools, '--tools-file', join(folder, 'tools.json')]
    expect((await ask('--model', 'm', ...both)).code).toBe(2)
  })

  it.each([
    ['--settlement-mode', 'SETTLE', 0],
    ['--settlement-mode', 'SETTLE_METADATA', 1],
    ['--settlement-mode', 'SETTLE_BATCH', 2],
    ['--settlement', 'settle_batch', 2],
    // 0.5
    ['--x402-settlement-mode', 'settle', 0],
    ['--x402-settlement-mode', 'settle-metadata', 1],
    ['--x402-settlement-mode', 'settle-batch', 2],
    // 1.x
    ['--x402-settlement-mode', 'individual-full', 1],
    ['--x402-settlement-mode', 'batch-hashed', 2],
    // the values of the header
    ['--x402-settlement-mode', 'individual', 1],
    ['--x402-settlement-mode', 'batch', 2],
  ])('behavior: %s %s', async (flag, value, mode) => {
    expect(await ask('--model', 'm', flag, value)).toMatchObject({ code: 0, settlement: mode })
  })

  it('error: what recorded nothing is refused and says why', async () => {
    const { code, err } = await ask('--model', 'm', '--x402-settlement-mode', 'private')
    expect([code, err]).toEqual([2, expect.stringContaining('recorded nothing')])
    expect((await ask('--model', 'm', '--x402-settlement-mode', 'all')).code).toBe(2)
    expect((await ask('--model', 'm', '--mode', 'ZKML')).code).toBe(2)
  })
})

describe('og verify', () => {
  async function save(): Promise<(name: string) => string> {
    const args = [
      'chat',
      'Hello!',
      '--model',
      'm',
      '--url',
      node.url,
      '--mode',
      'TEE',
      '--trust',
      'simulator',
      '--save',
      folder,
    ]
    expect((await og(args)).code).toBe(0)
    return (name) => join(folder, name)
  }

  it('default', async () => {
    const file = await save()
    const args = [
      'verify',
      file('receipt.json'),
      '--trust',
      'simulator',
      '--request',
      file('request.json'),
      '--response',
      file('response.json'),
    ]
    const { code, out } = await og(args, {})
    expect(code).toBe(0)
    expect(out).toContain('ok    signature')
    expect(out).toContain('ok    request')
    expect(out).toContain('ok    attestation')
    expect(out).toContain('ok    payment: payment hash')
    expect(out).toContain('not checked: anchor')
    expect(out).toContain('The receipt holds.')
  })

  it('error: 3 for a simulated quote that nobody named', async () => {
    const file = await save()
    const { code, out } = await og(['verify', file('receipt.json')], {})
    expect(code).toBe(3)
    expect(out).toMatch(
      /NOT hold: ROOT_NOT_TRUSTED: .* \(one of a development network passes only with --trust simulator\)\n$/,
    )
  })

  it('error: 3 for another request or response', async () => {
    const file = await save()
    for (const name of ['request.json', 'response.json']) {
      const text = await readFile(file(name), 'utf8')
      await writeFile(file(`other-${name}`), text.replace('Hello', 'Hallo'))
      expect(await readFile(file(`other-${name}`), 'utf8')).not.toBe(text)
      const flag = name === 'request.json' ? '--request' : '--response'
      const { code, out } = await og(
        ['verify', file('receipt.json'), '--trust', 'simulator', flag, file(`other-${name}`), '--json'],
        {},
      )
      expect(code).toBe(3)
      expect(JSON.parse(out).ok).toBe(false)
    }
  })

  it('error: 3 for a receipt of another record contract, 2 for a name that is none', async () => {
    const file = await save()
    const verified = (contract: string) =>
      og(['verify', file('receipt.json'), '--trust', 'simulator', '--contract', contract, '--json'], {})
    const own: unknown = JSON.parse(await readFile(file('receipt.json'), 'utf8'))
    const { chainId, verifyingContract } = (own as { chain: { chainId: string; verifyingContract: string } }).chain
    expect((await verified(`eip155:${chainId}:${verifyingContract}`)).code).toBe(0)
    const { code, out } = await verified(`eip155:${chainId}:0x${'ab'.repeat(20)}`)
    expect([code, JSON.parse(out).code]).toEqual([3, 'OTHER_CONTRACT'])
    expect((await verified(verifyingContract)).code).toBe(2)
  })

  it('error: 3 for a receipt that is none, 2 for a file that is not there', async () => {
    await writeFile(join(folder, 'none.json'), '{"version":"og-receipt-1"}')
    expect((await og(['verify', join(folder, 'none.json')], {})).code).toBe(3)
    await writeFile(join(folder, 'twice.json'), '{"version":"og-receipt-1","version":"og-receipt-1"}')
    expect((await og(['verify', join(folder, 'twice.json')], {})).code).toBe(3)
    expect((await og(['verify', join(folder, 'missing.json')], {})).code).toBe(2)
  })
})

describe('og', () => {
  it('behavior: --help ends with 0', async () => {
    const { code, out } = await og(['--help'], {})
    expect(code).toBe(0)
    for (const name of ['completion', 'chat', 'verify', 'dev']) expect(out).toContain(name)
  })

  it('error: a setting that no flag would take is not kept, and one that was kept is not passed over', async () => {
    const env = { OG_HOME: join(folder, 'settings'), OG_PRIVATE_KEY: key }
    await mkdir(env.OG_HOME)
    expect((await og(['config', 'list'], env)).out).toMatch(/^nothing is set\n/)
    for (const [name, value, expected] of [
      ['mode', 'tee', 'VANILLA or TEE'],
      ['trust', 'Simulator', 'intel or simulator'],
      ['settlement-mode', '__proto__', 'one of settle, '],
      ['max-cost', '0.01', 'a whole number of atomic units'],
      ['url', '127.0.0.1:8402', 'an http or https address'],
      ['rpc', 'ftp://127.0.0.1', 'an http or https address'],
    ] as const) {
      const { code, err } = await og(['config', 'set', name, value], env)
      expect([code, err]).toEqual([2, expect.stringContaining(`${name} must be ${expected}`)])
    }
    expect((await og(['config', 'set', 'mode', 'TEE'], env)).code).toBe(0)
    const file = join(env.OG_HOME, 'config.json')
    await writeFile(file, '{"mode":"tee"}')
    const asked = await og(['chat', 'Hello', '--model', 'm', '--url', node.url], env)
    expect([asked.code, asked.out, asked.err]).toEqual([2, '', expect.stringContaining(`${file}: mode must be`)])
    expect((await og(['config', 'unset', 'mode'], env)).code).toBe(0)
    expect((await og(['config', 'list'], env)).out).toMatch(/^nothing is set\n/)
  })

  it('behavior: a reader that goes away early is no accident', async () => {
    const child = spawn(process.execPath, [...programOf(), '--help'], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let said = ''
    child.stderr.on('data', (piece) => {
      said += piece
    })
    const [code] = await once(child, 'close')
    expect([code, said]).toEqual([141, ''])
  })

  it('behavior: what needs no network loads nothing but the program and the argument parser', async () => {
    const foreign = (args: string) => loadedBy(args.split(' ')).then((files) => files.filter((file) => !isLight(file)))
    expect(
      await Promise.all(['--help', '--version', 'chat --help', 'shell-completion bash', 'config list'].map(foreign)),
    ).toEqual([[], [], [], [], []])
    // And what verifies does load the verifier: the list is one that sees it.
    expect((await foreign('verify package.json')).join()).toMatch(/client/)
  })
})

describe('og wallet import', () => {
  it('behavior: key and password come from standard input, line by line', async () => {
    const child = execFile(process.execPath, [...programOf(), 'wallet', 'import', 'piped'], {
      env: { OG_HOME: folder },
    })
    child.stdin?.end(`${key}\ncorrect horse\n`)
    let shown = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => (shown += String(piece)))
    const [code] = await once(child, 'close')
    expect([code, shown]).toEqual([0, expect.stringMatching(/^0x[0-9a-fA-F]{40}\nkept in /)])
    expect(shown).not.toContain(key)
    expect(JSON.parse(await readFile(join(folder, 'keystore', 'piped.json'), 'utf8')).version).toBe(3)
  })
})

const isLight = (file: string): boolean => /\/apps\/cli\/|\/commander\//.test(file)

/** How the program is started in a process of its own: from its build where `OG_PROGRAMS=built` says that there is one. */
function programOf(...imports: readonly string[]): readonly string[] {
  const loading = imports.flatMap((url) => ['--import', url])
  const built = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  if (process.env['OG_PROGRAMS'] === 'built' && existsSync(built)) return [...loading, built]
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const source = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  return ['--conditions=@og/source', '--import', loader, ...loading, source]
}

/** Lists what the program loads. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const program = programOf(new URL('list-modules.mjs', import.meta.url).href)
  const { stderr } = await promisify(execFile)(process.execPath, [...program, ...args], {
    env: { OG_HOME: folder },
  }).catch((error: { stderr: string }) => error)
  const modules = [...stderr.matchAll(/^module (\S+)$/gm)].map(([, file = '']) => file)
  expect(modules.some((file) => file.includes('/apps/cli/'))).toBe(true)
  return modules.filter((file) => !/^node:|\/(tsx|esbuild|get-tsconfig|resolve-pkg-maps)\/|list-modules/.test(file))
}
