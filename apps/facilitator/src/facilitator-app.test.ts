import type { Facilitator } from '@og/x402/facilitator'
import { createFacilitator } from '@og/x402/facilitator'
import { describe, expect, test } from 'vitest'
import { createFacilitatorApp } from './facilitator-app.js'
import * as app from './index.js'

const empty = createFacilitator({ schemes: [] })
const appOf = (options: { facilitator?: Facilitator; isReady?: boolean } = {}) =>
  createFacilitatorApp({ facilitator: options.facilitator ?? empty, isReady: async () => options.isReady ?? true })

describe('createFacilitatorApp', () => {
  test('ready is a word about the chain, health about the process', async () => {
    expect((await appOf({ isReady: false }).request('/ready')).status).toBe(503)
    expect((await appOf({ isReady: false }).request('/health')).status).toBe(200)
    expect(await (await appOf().request('/ready')).json()).toEqual({ status: 'ready' })
  })

  test('without schemes it supports nothing', async () => {
    expect(await (await appOf().request('/supported')).json()).toMatchObject({ kinds: [] })
  })

  test('a failure inside is a 500 that says nothing of it', async () => {
    const failing: Facilitator = {
      ...empty,
      supported: () => Promise.reject(new Error('password of the database')),
    }
    const answer = await appOf({ facilitator: failing }).request('/supported')
    expect(answer.status).toBe(500)
    expect(await answer.text()).toBe(
      '{"error":{"code":"internal_error","message":"The request failed inside the facilitator."}}',
    )
  })
})

test('the names that this app exports', () => {
  expect(Object.keys(app).sort()).toEqual(['createFacilitatorApp', 'parseConfig', 'startFacilitator'])
})
