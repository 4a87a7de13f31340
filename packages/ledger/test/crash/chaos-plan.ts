import type { Dice } from './dice.js'
import type { Failpoint } from './failpoint.js'

/** A few troubles on the way of one process; most end in its death. */
export function chaosPlan(dice: Dice, steps: readonly string[]): readonly Failpoint[] {
  const point = (action: Failpoint['action']): Failpoint => ({
    step: dice.pick(steps),
    count: dice.between(1, 3),
    action,
  })
  const before: Failpoint[] = []
  if (dice.percent(20)) before.push(point('throw'))
  if (dice.percent(10)) before.push(point('hang'))
  return [...before, point('kill')]
}
