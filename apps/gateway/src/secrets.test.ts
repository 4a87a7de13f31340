import { describe, expect, test } from 'vitest'
import { createSecrets, redacted, secretsOfUrl } from './secrets.js'

const key = `0x${'5eC4e7'.repeat(10)}aBcd`

describe('E1: a secret that is known never leaves in a line', () => {
  test.each([
    ['as it is', key],
    ['without 0x', key.slice(2)],
    ['in lower case', key.slice(2).toLowerCase()],
    ['in upper case', key.slice(2).toUpperCase()],
    ['as base64 of its bytes', Buffer.from(key.slice(2), 'hex').toString('base64')],
    ['as base64 of its text', Buffer.from(key).toString('base64')],
    ['as hex of its text', Buffer.from(key).toString('hex')],
  ])('%s', (_name, spelling) => {
    const secrets = createSecrets()
    secrets.add(key)
    expect(secrets.scrub(`before ${spelling} after ${spelling}`)).toBe(`before ${redacted} after ${redacted}`)
  })

  test('also one that JSON escapes', () => {
    const secrets = createSecrets()
    secrets.add('pass"word\\1')
    expect(secrets.scrub(JSON.stringify({ at: 'pass"word\\1' }))).toBe(`{"at":"${redacted}"}`)
  })

  test('short words and absent ones are no secrets', () => {
    const secrets = createSecrets()
    secrets.add('key')
    secrets.add(undefined)
    expect(secrets.scrub('the key is undefined')).toBe('the key is undefined')
  })
})

test('E4: what is secret in the URL of an RPC', () => {
  expect(secretsOfUrl('https://user:hunter2hunter2@rpc.example/v2/AbCdEfGhIjKlMnOpQrStUv?key=canary-0815&x=1')).toEqual(
    ['hunter2hunter2', 'canary-0815', 'AbCdEfGhIjKlMnOpQrStUv'],
  )
  expect(secretsOfUrl('http://127.0.0.1:8545')).toEqual([])
})
