import type { FunctionTool } from '@og/client'
import type { JsonObject } from '@og/settlement'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { isRecord } from './read-json-file.js'
import { splitCommand } from './split-command.js'

/** Tools of programs that speak the Model Context Protocol on their standard input and output. */
export interface McpTools {
  readonly tools: readonly FunctionTool[]
  /** Ends the programs. */
  readonly close: () => Promise<void>
}

/**
 * Starts each command as an MCP server and offers its tools to the model; their calls run by themselves, and every turn is paid. A server gets
 * none of this program's environment but what any program needs (`PATH`, `HOME`, …): no key of the payer.
 * @throws UsageError for a command that cannot be started or speaks something else
 */
export async function toolsFromMcp(commands: readonly string[], environment: CliEnvironment): Promise<McpTools> {
  if (commands.length === 0) return { tools: [], close: async () => undefined }
  const [{ Client }, { StdioClientTransport }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/stdio.js'),
  ])
  const clients: InstanceType<typeof Client>[] = []
  const close = async (): Promise<void> => void (await Promise.all(clients.map((client) => client.close())))
  const tools: FunctionTool[] = []
  try {
    for (const text of commands) {
      const [command, ...args] = splitCommand(text)
      if (command === undefined) throw new UsageError('--mcp needs a command')
      const client = new Client({ name: 'og', version: '1' })
      clients.push(client)
      await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' })).catch(() => {
        throw new UsageError(`the MCP server did not start: ${text}`)
      })
      const { tools: listed } = await client.listTools()
      for (const { name, description, inputSchema } of listed) {
        if (tools.some((tool) => tool.function.name === name)) throw new UsageError(`two tools are named ${name}`)
        const described = { name, parameters: { ...inputSchema } as JsonObject }
        tools.push({
          type: 'function',
          function: description === undefined ? described : { ...described, description },
          execute: async (input) => {
            environment.status(`Running the tool ${name}`)
            return textOf(await client.callTool({ name, arguments: { ...input } }))
          },
        })
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  return { tools, close }
}

/** What the model is told of a result: its texts; other content by its kind. */
function textOf(result: unknown): string {
  const content = isRecord(result) ? result['content'] : undefined
  const texts = (Array.isArray(content) ? content : []).map((part) => {
    if (!isRecord(part)) return ''
    return part['type'] === 'text' ? String(part['text']) : `[${String(part['type'])}]`
  })
  return isRecord(result) && result['isError'] === true ? `The tool failed: ${texts.join('\n')}` : texts.join('\n')
}
