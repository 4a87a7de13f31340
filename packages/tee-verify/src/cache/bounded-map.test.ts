import { describe, expect, it } from 'vitest'
import { createBoundedMap } from './bounded-map.js'

describe('createBoundedMap', () => {
  it('behavior: forgets what was unused for longest', () => {
    const map = createBoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect(map.get('a')).toBe(1)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c'), map.size()]).toEqual([1, undefined, 3, 2])
  })

  it('behavior: keeps nothing without capacity, and one entry for a key that is set twice', () => {
    const none = createBoundedMap<string, number>(0)
    none.set('a', 1)
    expect([none.get('a'), none.size()]).toEqual([undefined, 0])
    const two = createBoundedMap<string, number>(2)
    for (const value of [1, 2, 3]) two.set('a', value)
    expect([two.get('a'), two.size()]).toEqual([3, 1])
  })
})
