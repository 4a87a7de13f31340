/** What a Gemini model takes. Models outside the known names are taken for newer ones. */
export interface GeminiModel {
  /** Calls that go back must carry a thought signature. */
  readonly needsSignatures: boolean
  /** How thinking is asked for: by level, by a budget of tokens, or not at all. */
  readonly thinking: 'level' | 'budget' | 'none'
  /** Thinking can be turned off. */
  readonly canStopThinking: boolean
  /** Frequency and presence penalties are accepted. */
  readonly takesPenalties: boolean
}

/** What the model of this name takes, after the model pages of the Gemini API. */
export function geminiModelOf(name: string): GeminiModel {
  if (!/gemini/.test(name))
    return { needsSignatures: false, thinking: 'none', canStopThinking: true, takesPenalties: true }
  const isPro = /-pro\b/.test(name)
  if (/gemini-2\.5/.test(name)) {
    return { needsSignatures: false, thinking: 'budget', canStopThinking: !isPro, takesPenalties: false }
  }
  if (/gemini-(?:1|2|pro|exp)/.test(name)) {
    return { needsSignatures: false, thinking: 'none', canStopThinking: true, takesPenalties: true }
  }
  return { needsSignatures: true, thinking: 'level', canStopThinking: false, takesPenalties: true }
}
