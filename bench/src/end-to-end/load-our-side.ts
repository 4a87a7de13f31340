import { buildModule } from '../x402/build-module.js'
import type { createOurSide } from './our-side.js'

/**
 * Loads our side as it is published, and says how to remove it again: the runner that starts this program names every function as it is
 * created, which would be measured otherwise. The peer's packages come as they are installed.
 */
export async function loadOurSide(): Promise<{
  readonly createOurSide: typeof createOurSide
  readonly dispose: () => void
}> {
  const built = await buildModule(new URL('./our-side.ts', import.meta.url))
  try {
    const loaded: { readonly createOurSide: typeof createOurSide } = await import(built.url.href)
    return { createOurSide: loaded.createOurSide, dispose: built.dispose }
  } catch (error) {
    built.dispose()
    throw error
  }
}
