import type { Style } from './terminal/style.js'

/** What the program takes from the world; `main.ts` gives it the real one. */
export interface CliEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Answers. */
  readonly out: (text: string, ...styles: readonly Style[]) => void
  /** What is known about them, and everything that went wrong. */
  readonly err: (text: string, ...styles: readonly Style[]) => void
  readonly isOutTerminal: boolean
  readonly isErrTerminal: boolean
  /** Whether somebody sits at a terminal who can be asked. */
  readonly isInteractive: boolean
  /** Says what is happening while somebody waits; `undefined` when nothing is. */
  readonly status: (text: string | undefined) => void
  /** Asks for a line; `undefined` at the end of the input. */
  readonly ask: (question: string) => Promise<string | undefined>
  /** Asks for a line that is not shown; the next line of standard input where nobody sits at a terminal. */
  readonly askSecret: (question: string) => Promise<string>
  /** Lets somebody choose; only where `isInteractive`. */
  readonly choose: (question: string, choices: readonly string[]) => Promise<string>
  readonly readFile: (path: string) => Promise<string>
  readonly readBytes: (path: string) => Promise<Uint8Array>
  /** Names in a folder, none when it is missing. */
  readonly listFolder: (path: string) => Promise<readonly string[]>
  /** Writes a file, and its folder where it is missing. With `isSecret` only its owner may read it. */
  readonly writeFile: (path: string, text: string, options?: { readonly isSecret: boolean }) => Promise<void>
  readonly removeFile: (path: string) => Promise<void>
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** Unix seconds. */
  readonly now: () => bigint
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Resolves when the user asks the program to end (Ctrl-C). */
  readonly interrupted: Promise<void>
}
