// A contract is reviewed in an enclave, and prompt and answer stand on chain as an audit trail.
import { createClient } from '@og/client'
import { baseUrl, policy, privateKey, rpcUrl } from './network.js'

const client = createClient({ privateKey, baseUrl, policy, rpcUrl })

const contractCode = `
function transfer(address to, uint256 amount) public {
    require(balanceOf[msg.sender] >= amount, "Insufficient balance");
    balanceOf[msg.sender] -= amount;
    balanceOf[to] += amount;
}
`
const result = await client.llmCompletion({
  model: 'gpt-4',
  prompt: `Analyze this Solidity smart contract function for security vulnerabilities:\n\n${contractCode}`,
  maxTokens: 500,
  temperature: 0,
  inferenceMode: 'TEE',
  settlementMode: 'SETTLE_METADATA',
})
console.log('Response:', result.completionOutput)
console.log('Payment hash:', result.paymentHash)
const { record } = await result.settlement()
console.log(`On chain in block ${record.blockNumber} by ${record.transaction}`)
