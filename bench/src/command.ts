/** What the command line asks for. */
export type Command =
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'run'; readonly names: readonly string[]; readonly json: boolean }
  | { readonly kind: 'refused'; readonly reason: string }

/** Reads the arguments after `npm run bench --`. `known` are the names of the benchmarks; `all` stands for each of them. */
export function parseCommand(args: readonly string[], known: readonly string[]): Command {
  const unknownOption = args.find((argument) => argument.startsWith('-') && argument !== '--json')
  if (unknownOption !== undefined) return { kind: 'refused', reason: `unknown option ${unknownOption}` }
  const json = args.includes('--json')
  const names = args.filter((argument) => !argument.startsWith('-'))
  if (names.length === 0) return { kind: 'list', json }
  const unknown = names.find((name) => name !== 'all' && !known.includes(name))
  if (unknown !== undefined) return { kind: 'refused', reason: `unknown benchmark ${unknown}` }
  return { kind: 'run', names: names.includes('all') ? known : [...new Set(names)], json }
}
