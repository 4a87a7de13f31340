import { Argument, type Command } from 'commander'
import type { CliEnvironment } from '../environment.js'

/** Adds `og shell-completion`: a script for the shell, made from the commands themselves. */
export function addShellCompletionCommand(program: Command, environment: CliEnvironment): void {
  program
    .command('shell-completion')
    .description('print a completion script, e.g. for `eval "$(og shell-completion bash)"`')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: string) => {
      const words = wordsOf(program)
      environment.out(shell === 'fish' ? fishScript(words) : bashScript(words, shell))
    })
}

type Words = readonly { readonly path: string; readonly words: readonly string[] }[]

/** Every command with what may follow it. */
function wordsOf(command: Command, path = ''): Words {
  const words = [
    ...command.commands.map((child) => child.name()),
    ...command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long])),
    '--help',
  ]
  return [{ path, words }, ...command.commands.flatMap((child) => wordsOf(child, `${path} ${child.name()}`.trim()))]
}

function bashScript(words: Words, shell: string): string {
  const cases = words.map(({ path, words: list }) => `    "${path}") words="${list.join(' ')}" ;;`).join('\n')
  const start = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''
  return `${start}_og() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _og og
`
}

function fishScript(words: Words): string {
  return words
    .map(({ path, words: list }) => {
      const condition = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`
      return `complete -c og -n '${condition}' -a '${list.join(' ')}'`
    })
    .join('\n')
    .concat('\n')
}
