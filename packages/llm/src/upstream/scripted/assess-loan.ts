interface LoanFacts {
  readonly income: number
  readonly creditScore: number
  readonly debtToIncome: number
  readonly amount: number
}

/** Assesses a loan application from the numbers in the prompt; `undefined` when the text is about something else. */
export function assessLoan(prompt: string): string | undefined {
  if (!/\bloan\b|\bmortgage\b/i.test(prompt) || !/\bcredit score\b|\bincome\b/i.test(prompt)) return undefined
  const facts: { readonly [Key in keyof LoanFacts]: number | undefined } = {
    income: labelled(prompt, /\b(?:annual |applicant |yearly |gross )?income\b(?! ratio)/gi),
    creditScore: labelled(prompt, /\bcredit score\b/gi),
    debtToIncome: ratio(labelled(prompt, /\bdebt[- ]to[- ]income(?: ratio)?\b|\bDTI\b/gi)),
    amount: labelled(prompt, /\brequested loan(?: amount)?\b|\bloan amount\b|\bloan of\b|\bamount requested\b/gi),
  }
  const { income, creditScore, debtToIncome, amount } = facts
  if (income === undefined || creditScore === undefined || debtToIncome === undefined || amount === undefined) {
    const missing = [
      income === undefined ? 'income' : '',
      creditScore === undefined ? 'credit score' : '',
      debtToIncome === undefined ? 'debt-to-income ratio' : '',
      amount === undefined ? 'loan amount' : '',
    ].filter((name) => name !== '')
    return `The application cannot be assessed: ${missing.join(', ')} not given.`
  }
  return assess({ income, creditScore, debtToIncome, amount })
}

/** The number that follows a label: "Income: $75,000", "credit score is 720", "loan of $250k". */
function labelled(prompt: string, label: RegExp): number | undefined {
  for (const match of prompt.matchAll(label)) {
    const rest = prompt.slice(match.index + match[0].length, match.index + match[0].length + 40)
    const value = /^[\s:=]*(?:is|of|was)?\s*[$€£]?\s*(\d[\d,]*(?:\.\d+)?)\s*(%|k\b)?/i.exec(rest)
    if (!value?.[1]) continue
    const number = Number(value[1].replaceAll(',', ''))
    if (value[2] === '%') return number / 100
    return value[2] ? number * 1000 : number
  }
  return undefined
}

/** 35 means 35 %. */
function ratio(value: number | undefined): number | undefined {
  return value !== undefined && value > 2 ? value / 100 : value
}

function assess(facts: LoanFacts): string {
  const { income, creditScore, debtToIncome, amount } = facts
  const multiple = income > 0 ? amount / income : Number.POSITIVE_INFINITY
  const credit = creditScore >= 740 ? 0 : creditScore >= 670 ? 1 : creditScore >= 580 ? 2 : 4
  const debt = debtToIncome <= 0.36 ? 0 : debtToIncome <= 0.43 ? 1 : 3
  const size = multiple <= 3 ? 0 : multiple <= 4.5 ? 1 : 3
  const points = credit + debt + size
  const risk = points <= 1 ? 'low' : points <= 3 ? 'moderate' : 'high'
  const recommendation = {
    low: 'approve.',
    moderate: 'approve with conditions: verify income and employment, and ask for reserves or a larger down payment.',
    high: 'decline, or offer a smaller amount.',
  }[risk]
  return [
    `Risk assessment: ${risk} risk.`,
    `- Income: $${money(income)} a year, of which $${money((income * debtToIncome) / 12)} a month goes to debt.`,
    `- Credit score: ${creditScore} (${['very good or better', 'good', 'fair', '', 'poor'][credit]}).`,
    `- Debt-to-income ratio: ${debtToIncome} (${Number((debtToIncome * 100).toFixed(2))}%, ${debt === 0 ? 'within' : debt === 1 ? 'slightly above' : 'far above'} the usual 36%).`,
    `- Requested loan: $${money(amount)}, ${multiple.toFixed(2)} times the income.`,
    `Recommendation: ${recommendation}`,
    'Computed by fixed rules of a scripted model.',
  ].join('\n')
}

function money(value: number): string {
  return Number(value.toFixed(2)).toLocaleString('en-US')
}
