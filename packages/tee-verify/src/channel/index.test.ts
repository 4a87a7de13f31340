import { expect, it } from 'vitest'
import * as entry from './index.js'

it('default: the names that the entry exports', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'ChannelError',
    'KEY_ROTATED_CODE',
    'SEALED_CONTENT_TYPE',
    'SEALED_RESPONSE_HEADERS',
    'createChannelServer',
    'createSealingKey',
    'keyIdOf',
    'plainErrorOf',
    'sealFetch',
    'sealResponse',
  ])
})
