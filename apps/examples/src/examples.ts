/** An example that can be run by name. */
export interface Example {
  readonly about: string
  /** Another example that must serve meanwhile; the address that it prints is the first argument. */
  readonly needs?: string
  /** Serves until it is stopped: paid fetches over HTTP, or the MCP client that started it. */
  readonly serves?: 'http' | 'mcp'
}

/** Every example; `src/<name>.ts` is a program of its own. */
export const examples: Readonly<Record<string, Example>> = {
  completion: { about: 'a completion, VANILLA' },
  chat: { about: 'a chat with a named system message, VANILLA' },
  'chat-with-tools': { about: 'a chat whose tool runs, each turn paid' },
  'defi-contract-analysis': { about: 'a contract review in TEE mode, prompt and answer on chain' },
  'healthcare-chat': { about: 'a private chat in TEE mode' },
  'loan-risk-assessment': { about: 'an assessment in TEE mode' },
  'paid-fetch': { about: 'a fetch that pays any x402 API', needs: 'paid-server-hono' },
  'paid-server-hono': { about: 'a paid API in twenty lines, on hono', serves: 'http' },
  'paid-server-express': { about: 'a paid API in twenty lines, on express', serves: 'http' },
  'verify-quote': { about: 'a TDX quote judged check by check' },
  'prove-a-record': { about: 'a batch, an inclusion proof, and a receipt for anybody' },
  'agent-with-budget': { about: 'a tool-using agent that stops at its spend policy' },
  'audit-trail': { about: 'what an agent did, proven afterwards from receipts' },
  'openai-drop-in': { about: 'the official openai package, paid and verified' },
  'ai-sdk-chat': { about: 'a streaming web chat with the AI SDK' },
  langchain: { about: 'a LangChain model with tools' },
  'mcp-server': { about: 'paid, verified inference for MCP clients, over stdio', serves: 'mcp' },
}
