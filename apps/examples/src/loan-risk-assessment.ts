// A loan is assessed in an enclave: which criteria were asked, and what was answered, can be proven later.
import { createClient } from '@og/client'
import { baseUrl, policy, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl, policy })

const loan = { applicantIncome: 75_000, creditScore: 720, debtToIncome: 0.35, loanAmount: 250_000 }
const prompt = `Assess this loan application for approval:
Income: $${loan.applicantIncome}
Credit Score: ${loan.creditScore}
Debt-to-Income Ratio: ${loan.debtToIncome}
Requested Loan: $${loan.loanAmount}

Provide risk assessment and recommendation.`

const result = await client.llmCompletion({
  model: 'gpt-4',
  prompt,
  maxTokens: 250,
  temperature: 0,
  inferenceMode: 'TEE',
})
console.log('Response:', result.completionOutput)
console.log('Payment hash:', result.paymentHash)
