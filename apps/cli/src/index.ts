export type { CliEnvironment } from './environment.js'
export { type ExitCode, exitCodes } from './exit-code.js'
export { runCli } from './run-cli.js'
