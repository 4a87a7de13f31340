/** What the program takes from the world; `main.ts` gives it the real one. */
export interface CliEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly readFile: (path: string) => Promise<string>
  /** Writes a file, and its folder where it is missing. */
  readonly writeFile: (path: string, text: string) => Promise<void>
  /** Unix seconds. */
  readonly now: () => bigint
  /** Resolves when the user asks the program to end (Ctrl-C). */
  readonly interrupted: Promise<void>
}
