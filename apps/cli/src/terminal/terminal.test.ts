import { PassThrough } from 'node:stream'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { CliEnvironment } from '../environment.js'
import { createAnswerWriter, wholeBlocksOf } from './answer-writer.js'
import { inertText } from './inert-text.js'
import { createSpinner } from './spinner.js'
import type { Style } from './style.js'
import { atTerminal } from './terminal.js'

/** A world that keeps what is written, with each piece's styles; at a terminal unless told otherwise. */
function worldOf(change: Partial<CliEnvironment> = {}) {
  let written = ''
  const sink = (text: string): void => {
    written += text
  }
  const world = { env: {}, isOutTerminal: true, isErrTerminal: true, status: sink, out: sink, err: sink, ...change }
  return { world: atTerminal(world as unknown as CliEnvironment), written: () => written }
}

/** What a markdown text looks like, with `[bold|…]` in place of a terminal's codes. */
async function rendered(pieces: readonly string[], flags: { raw?: boolean } = {}): Promise<string> {
  let shown = ''
  const { world } = worldOf()
  const out = (text: string, ...styles: readonly Style[]): void => {
    shown += styles.length === 0 ? text : `[${styles.join(' ')}|${text}]`
  }
  const writer = createAnswerWriter(flags, { ...world, out })
  for (const piece of pieces) await writer.write(piece)
  await writer.end()
  return shown
}

const esc = '\u001b'
const hostile = [
  `${esc}[2J${esc}[H`,
  `${esc}]0;title\u0007`,
  `${esc}]52;c;ZXZpbA==\u0007`,
  `${esc}]8;;https://evil.example\u0007bank${esc}]8;;\u0007`,
  '\u009b31m',
  'paid 9\b1',
  'nothing\rsomething else',
  '\u202egnp.exe',
]

describe('inertText', () => {
  test.each(hostile)('error: %j does nothing', (text) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
    expect(inertText(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  test('default: signs stand in the place of controls; text, lines and tabs stay', () => {
    expect(inertText(`a${esc}[31mb\u007f\u0085`)).toBe('a␛[31mb␡\ufffd')
    expect(inertText('Grüße 你好 👋🏽\r\n\tשלום')).toBe('Grüße 你好 👋🏽\n\tשלום')
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 60 })])('behavior: nothing is left to do', (text) => {
    expect(inertText(inertText(text))).toBe(inertText(text))
    expect(inertText(text)).not.toMatch(/[^\P{Cc}\n\t]/u)
  })
})

describe('atTerminal', () => {
  test('default: styles are added after the text was made inert', () => {
    const { world, written } = worldOf()
    world.out(`a${esc}b`, 'bold', 'green')
    world.err('c\u009b', 'red')
    world.status(`d${esc}`)
    expect(written()).toBe('\u001b[1m\u001b[32ma␛b\u001b[39m\u001b[22m\u001b[31mc\ufffd\u001b[39md␛')
  })

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('behavior: no styles with %o', (env) => {
    const { world, written } = worldOf({ env })
    world.out(`a${esc}`, 'bold')
    world.err('b', 'red')
    expect(written()).toBe('a␛b')
  })

  test('behavior: where nobody watches, answers stay byte for byte; what is said about them is inert all the same', () => {
    const { world, written } = worldOf({ isOutTerminal: false, isErrTerminal: false })
    world.out(`a${esc}\r\n`, 'bold')
    world.err(`b${esc}`, 'red')
    expect(written()).toBe(`a${esc}\r\nb␛`)
  })
})

describe('createAnswerWriter', () => {
  test('default: markdown is laid out', async () => {
    const text = [
      '# Plan\n\nUse **bold** and `code`, see [docs](https://docs.example) or <https://og.example>.\n',
      '1. first\n2. second\n   - inner\n- [x] done\n\n> quoted *text*\n\n```ts\nconst a = 1\n\nlet b\n```\n\n---\n\n',
      '| a | b |\n|---|---|\n| 1 | **two** |\n\n<b>html</b>',
    ].join('\n')
    expect(await rendered([text])).toMatchInlineSnapshot(`
      "[bold underline|Plan]

      Use [bold|bold] and [cyan|code], see [underline|docs][dim| (https://docs.example)] or [underline|https://og.example].

      1. first
      2. second
         • inner
      • [x] done

      [dim|│ ]quoted [italic|text]

        [cyan|const a = 1]
        
        [cyan|let b]

      [dim|────────────────────────]

      [bold|a][dim| │ ][bold|b]  
      [dim|──┼────]
      1[dim| │ ][bold|two]

      <b>html</b>
      "
    `)
  })

  test('behavior: streamed in pieces of any size it looks the same', async () => {
    const text = 'One *two*.\n\n- a\n- b\n\n    code\n\n```\nx\n\ny\n```\n\nEnd **now**.'
    const whole = await rendered([text])
    for (const size of [1, 3, 7]) {
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
      expect(await rendered(pieces)).toBe(whole)
    }
  })

  test('behavior: raw is raw', async () => {
    expect(await rendered(['# a\n', '**b**'], { raw: true })).toBe('# a\n**b**\n')
  })

  test('error: hostile markdown is text', async () => {
    const { world, written } = worldOf()
    const writer = createAnswerWriter({}, world)
    for (const text of hostile) await writer.write(`[${text}](https://${text}) \`${text}\`\n\n# ${text}\n\n`)
    await writer.end()
    // Only the codes of our own styles are left.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    const codes = new Set(written().match(/\u001b[^m]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g))
    expect([...codes].sort()).toEqual([1, 2, 22, 24, 36, 39, 4].map((code) => `${esc}[${code}m`).sort())
  })

  test('error: nesting without end is printed as it is', async () => {
    const text = '>'.repeat(20_000)
    expect(await rendered([text])).toBe(`${text}\n`)
    const long = `${'a '.repeat(40_000)}**b**`
    expect(await rendered([long])).toBe(`${long}\n`)
  })
})

describe('wholeBlocksOf', () => {
  test.each([
    ['a', 0],
    ['a\n\n', 0],
    ['a\n\nb', 3],
    ['a\n\n  b', 0],
    ['```\na\n\nb', 0],
    ['```\na\n\nb\n```\n\nc', 14],
    ['~~~~\n```\n\n~~~\n\nx', 0],
  ])('%j', (text, length) => {
    expect(wholeBlocksOf(text)).toBe(length)
  })
})

describe('createSpinner', () => {
  const shownOn = async (
    work: (spin: ReturnType<typeof createSpinner>) => Promise<void>,
    columns = 80,
  ): Promise<string> => {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns,
      cursorTo: () => true,
      clearLine: () => true,
    })
    const moved = Object.assign(stream, { moveCursor: () => true })
    let shown = ''
    stream.on('data', (chunk) => {
      shown += String(chunk)
    })
    const spin = createSpinner(moved)
    await work(spin)
    spin(undefined)
    return shown
  }
  const loaded = () => import('ora').then(() => new Promise((resolve) => setTimeout(resolve, 20)))

  test('default: says what is happening', async () => {
    const shown = await shownOn(async (spin) => {
      spin('Attesting')
      await loaded()
      spin('Paying')
      await loaded()
    })
    expect(shown).toContain('Attesting')
    expect(shown).toContain('Paying')
  })

  test('behavior: a terminal without a width shows nothing', async () => {
    const work = async (spin: ReturnType<typeof createSpinner>): Promise<void> => {
      spin('Attesting')
      await loaded()
    }
    expect(await shownOn(work, 0)).toBe('')
  })

  test('behavior: what was over before it could be shown is not shown', async () => {
    const shown = await shownOn(async (spin) => {
      spin('Attesting')
      spin(undefined)
      await loaded()
    })
    expect(shown).toBe('')
  })
})
