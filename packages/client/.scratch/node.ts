import { startFakeNode } from '../test/fake-node.ts'
const node = await startFakeNode({ mode: process.argv[2] as 'TEE', now: () => BigInt(Math.floor(Date.now() / 1000)) })
console.log(node.url)
