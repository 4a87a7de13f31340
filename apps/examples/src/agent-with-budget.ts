// An agent that works until its budget is gone. The policy is in the client: no prompt can talk it into paying more.
import { ClientError, createClient } from '@og/client'
import { baseUrl, privateKey } from './network.js'
import { weatherTool } from './weather-tool.js'

const client = createClient({ privateKey, baseUrl, spend: { maxPerCall: 5_000n, maxPerHour: 6_000n } })

for (let task = 1; task <= 20; task += 1) {
  try {
    const result = await client.llmChat({
      model: 'openai/gpt-4.1-mini',
      messages: [{ role: 'user', content: 'Can you tell me what the temperature will be in Dallas, in fahrenheit?' }],
      tools: [weatherTool],
      maxTokens: 200,
    })
    console.log(`task ${task}:`, result.turns.length, 'turns,', result.chatOutput.content)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    console.log(`task ${task}: stopped by the owner's policy (${error.code}, ${error.reason})`)
    break
  }
}
for (const total of client.spend.totals()) console.log('spent', total)
