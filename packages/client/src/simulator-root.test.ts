import { simulatedTrustRoot } from '@og/tee-verify/simulator'
import { expect, test } from 'vitest'
import { simulatorTrustRoot } from './simulator-root.js'

test('default: the root that the simulator makes', () => {
  expect(simulatorTrustRoot()).toEqual(simulatedTrustRoot())
})
