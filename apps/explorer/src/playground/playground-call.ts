import type { ChatResult } from '@og/client'
import type { JsonObject } from '@og/settlement'
import type { Step } from '../components/step-list.js'

/** A call of the playground as it stands now. */
export interface PlaygroundCall {
  readonly stages: readonly Step[]
  readonly text: string
  readonly result: ChatResult | null
  readonly receipt: JsonObject | null
  readonly problem: string | null
  readonly isOver: boolean
}

/** A call before anything happened. */
export const startingCall: PlaygroundCall = {
  stages: [],
  text: '',
  result: null,
  receipt: null,
  problem: null,
  isOver: false,
}
