import { spawn } from 'node:child_process'
import { createClient } from '../src/index.ts'
import { simulatedMeasurements } from '@og/tee-verify/simulator'
const mode = process.argv[2] as 'TEE' | 'VANILLA'
const child = spawn(process.execPath, [...process.execArgv, new URL('node.ts', import.meta.url).pathname, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
const url = await new Promise<string>((r) => child.stdout.once('data', (d) => r(String(d).trim())))
const client = createClient({ privateKey: '0x' + '42'.repeat(32), baseUrl: url, inferenceMode: mode, trust: { platform: 'simulated', measurements: [simulatedMeasurements()] } })
const call = (i: number) => client.llmChat({ model: 'openai/gpt-4o', maxTokens: 64, messages: [{ role: 'user', content: `Repeat after me: marmot ${i}` }] })
for (let i = 0; i < 30; i++) await call(i)
const N = 200
const c0 = process.cpuUsage(); const t0 = performance.now()
for (let i = 0; i < N; i++) await call(1000 + i)
const c = process.cpuUsage(c0)
console.log(mode, 'cpu ms/call', ((c.user + c.system) / 1000 / N).toFixed(2), 'wall', ((performance.now() - t0) / N).toFixed(2))
child.kill()
