// Paid, verified inference as a tool for MCP clients, over standard input and output. The budget is the owner's, not the caller's.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { createClient } from '@og/client'
import { z } from 'zod'
import { baseUrl, policy, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl, policy, inferenceMode: 'TEE', spend: { maxPerCall: 50_000n } })
const server = new McpServer({ name: 'og', version: '1.0.0' })

server.registerTool(
  'ask',
  {
    description:
      'Ask a language model in an attested enclave. The answer comes with its payment hash and the checks it passed.',
    inputSchema: { model: z.string().default('openai/gpt-4.1'), prompt: z.string().max(100_000) },
  },
  async ({ model, prompt }) => {
    const result = await client.llmChat({ model, messages: [{ role: 'user', content: prompt }] })
    const proof = `payment ${result.paymentHash}, ${result.verification.steps.length} checks passed (${result.verification.platform})`
    return {
      content: [
        { type: 'text', text: String(result.chatOutput.content) },
        { type: 'text', text: proof },
      ],
    }
  },
)
await server.connect(new StdioServerTransport())
