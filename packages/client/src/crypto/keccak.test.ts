import { setTimeout as sleep } from 'node:timers/promises'
import { hexOf, portableKeccak } from '@og/settlement'
import { expect, it } from 'vitest'
import { fastKeccak } from './keccak.js'

it('default: the same hashes before and after the faster code takes over', async () => {
  const inputs = [0, 1, 135, 136, 137, 5_000].map((length) => new Uint8Array(length).map((_, index) => index))
  const expected = inputs.map((bytes) => hexOf(portableKeccak(bytes)))
  expect(inputs.map((bytes) => hexOf(fastKeccak(bytes)))).toEqual(expected)
  await sleep(100)
  expect(inputs.map((bytes) => hexOf(fastKeccak(bytes)))).toEqual(expected)
})
