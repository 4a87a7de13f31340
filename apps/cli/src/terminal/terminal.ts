import type { CliEnvironment } from '../environment.js'
import { inertText } from './inert-text.js'
import { styledText } from './style.js'

/**
 * Puts the one place between the program and the terminal that knows its codes: whatever is written there is made inert first, and only the
 * styles that this program asks for are added. Where nobody watches, answers stay as they are, byte for byte.
 */
export function atTerminal<World extends CliEnvironment>(world: World): World {
  const { isOutTerminal, isErrTerminal } = world
  const isColored = !isSet(world.env['NO_COLOR']) && world.env['TERM'] !== 'dumb'
  return {
    ...world,
    out: (text, ...styles) => {
      if (!isOutTerminal) return world.out(text)
      const shown = inertText(text)
      world.out(isColored ? styledText(shown, styles) : shown)
    },
    err: (text, ...styles) => {
      const shown = inertText(text)
      world.err(isErrTerminal && isColored ? styledText(shown, styles) : shown)
    },
    status: (text) => world.status(text === undefined ? undefined : inertText(text)),
  }
}

/** Whether answers are rendered: at a terminal that shows styles. */
export function isRendered({ env, isOutTerminal }: CliEnvironment): boolean {
  return isOutTerminal && !isSet(env['NO_COLOR']) && env['TERM'] !== 'dumb'
}

/** https://no-color.org: set and not empty. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
