import { expect, test } from 'vitest'
import * as gateway from './index.js'

test('the names that this app exports', () => {
  expect(Object.keys(gateway).sort()).toEqual([
    'GatewayError',
    'createJsonLog',
    'createRelay',
    'createSecrets',
    'parseConfig',
    'simulatedMeasurements',
    'startGateway',
  ])
})
