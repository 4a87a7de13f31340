/** What a Claude model takes. Models outside the known names are taken for newer ones. */
export interface ClaudeModel {
  /** Temperature and top_p are accepted. */
  readonly takesSampling: boolean
  /** A schema for the answer is accepted (`output_config.format`), and `strict` tools. */
  readonly takesSchema: boolean
  /** How thinking is asked for: by `effort`, by a budget of tokens, or not at all. */
  readonly thinking: 'effort' | 'budget' | 'none'
  /** Thinking can be turned off. */
  readonly canStopThinking: boolean
  /** Tokens of an answer whose request gives no limit. */
  readonly defaultMaxTokens: number
}

const newest = { takesSampling: false, takesSchema: true, thinking: 'effort', defaultMaxTokens: 8192 } as const

/** What the model of this name takes, after the model pages of Anthropic's documentation. */
export function claudeModelOf(name: string): ClaudeModel {
  const old = /claude-(?:instant|v?2|3)(?:[-.:]|$)/.exec(name)
  if (old) {
    const canThink = /claude-3-7/.test(name)
    return {
      takesSampling: true,
      takesSchema: false,
      thinking: canThink ? 'budget' : 'none',
      canStopThinking: true,
      defaultMaxTokens: 4096,
    }
  }
  const [, family = '', major = '', minor = ''] =
    /claude-(opus|sonnet|haiku|fable)-(\d)(?:-(\d)(?!\d))?/.exec(name) ?? []
  if (major !== '4') {
    const alwaysThinks = family === 'fable' || (minor === '5' && family !== 'haiku')
    return { ...newest, canStopThinking: !alwaysThinks }
  }
  const release = Number(minor)
  return {
    takesSampling: release < 7,
    takesSchema: release >= 5 || (family === 'opus' && release === 1),
    thinking: release >= 6 ? 'effort' : 'budget',
    canStopThinking: true,
    defaultMaxTokens: 8192,
  }
}
