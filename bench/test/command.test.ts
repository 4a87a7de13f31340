import { describe, expect, test } from 'vitest'
import { parseCommand } from '../src/command.js'

const known = ['first', 'second']

describe('parseCommand', () => {
  test('default', () => {
    expect(parseCommand(['second'], known)).toEqual({ kind: 'run', names: ['second'], json: false })
    expect(parseCommand(['--json', 'first'], known)).toEqual({ kind: 'run', names: ['first'], json: true })
  })

  test('behavior: no name lists', () => {
    expect(parseCommand([], known)).toEqual({ kind: 'list', json: false })
    expect(parseCommand(['--json'], known)).toEqual({ kind: 'list', json: true })
  })

  test('behavior: all is every benchmark, none twice', () => {
    expect(parseCommand(['all'], known)).toMatchObject({ names: known })
    expect(parseCommand(['second', 'all'], known)).toMatchObject({ names: known })
    expect(parseCommand(['second', 'second'], known)).toMatchObject({ names: ['second'] })
  })

  test.each([['third'], ['constructor'], ['first', 'third'], ['all', 'third']])(
    'error: unknown name %s %s',
    (...args) => {
      expect(parseCommand(args, known)).toMatchObject({ kind: 'refused' })
    },
  )

  test('error: unknown option', () => {
    expect(parseCommand(['first', '--jsno'], known)).toEqual({ kind: 'refused', reason: 'unknown option --jsno' })
  })
})
