/** What the program takes from the world; `main.ts` gives it the real one. */
export interface CliEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether somebody sits at a terminal: prompts, colours and spinners make sense. */
  readonly isInteractive: boolean
  /** Asks for a line; `undefined` at the end of the input. */
  readonly ask: (question: string) => Promise<string | undefined>
  /** Asks for a line that is not shown; from the first line of standard input where nobody sits at a terminal. */
  readonly askSecret: (question: string) => Promise<string>
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
