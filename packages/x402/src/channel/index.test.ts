import { expect, test } from 'vitest'
import * as channel from './index.js'

test('behavior: the names of the entry', () => {
  expect(Object.keys(channel)).toMatchInlineSnapshot()
})
