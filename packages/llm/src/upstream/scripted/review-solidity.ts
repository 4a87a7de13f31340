interface Finding {
  readonly severity: 'high' | 'medium' | 'low' | 'info'
  readonly text: string
}

interface SolidityFunction {
  readonly name: string
  readonly parameters: string
  /** Visibility and modifiers. */
  readonly attributes: string
  readonly body: string
}

const order = ['high', 'medium', 'low', 'info'] as const
const maxFunctions = 32

/** Reviews the Solidity functions in a prompt by fixed rules; `undefined` when there are none. */
export function reviewSolidity(prompt: string): string | undefined {
  const functions = functionsIn(prompt)
  if (functions.length === 0) return undefined
  const pragma = /pragma\s+solidity\s+[\^>=~ ]{0,8}0\.(\d{1,2})/.exec(prompt)?.[1]
  const isChecked = pragma === undefined ? undefined : Number(pragma) >= 8
  const lines = functions.map((fn) => report(fn, findingsOf(fn, isChecked)))
  return `${lines.join('\n\n')}\n\nThese are fixed rules of a scripted model, not an audit.`
}

function functionsIn(prompt: string): readonly SolidityFunction[] {
  const functions: SolidityFunction[] = []
  const header = /\bfunction\s+([A-Za-z_$][\w$]*)\s*\(([^()]{0,1000})\)([^{};]{0,400})\{/g
  for (const match of prompt.matchAll(header)) {
    if (functions.length >= maxFunctions) break
    const [whole, name = '', parameters = '', attributes = ''] = match
    functions.push({ name, parameters, attributes, body: bodyFrom(prompt, match.index + whole.length) })
  }
  return functions
}

/** The text up to the brace that closes the function. */
function bodyFrom(text: string, start: number): string {
  let depth = 1
  for (let index = start; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1
    if (text[index] === '}') depth -= 1
    if (depth === 0) return text.slice(start, index)
  }
  return text.slice(start)
}

function report(fn: SolidityFunction, findings: readonly Finding[]): string {
  const head = `Function \`${fn.name}(${fn.parameters.replace(/\s+/g, ' ').trim()})\``
  if (findings.length === 0) return `${head}: none of the rules found a problem.`
  const sorted = [...findings].sort((first, second) => order.indexOf(first.severity) - order.indexOf(second.severity))
  return `${head}:\n${sorted.map((finding, index) => `${index + 1}. [${finding.severity}] ${finding.text}`).join('\n')}`
}

function findingsOf(fn: SolidityFunction, isChecked: boolean | undefined): readonly Finding[] {
  return [...accessFindings(fn), ...callFindings(fn), ...arithmeticFindings(fn, isChecked), ...tokenFindings(fn)]
}

function accessFindings(fn: SolidityFunction): readonly Finding[] {
  const isOpen = /\b(?:public|external)\b/.test(fn.attributes)
  const isPrivileged =
    /^_?(?:mint|burn\w*From|withdraw\w*|set\w+|pause|unpause|upgrade\w*|initialize|transferOwnership|kill|destroy|sweep)/i.test(
      fn.name,
    )
  const isGuarded =
    /\bonly\w+|\binitializer\b|\bhasRole\b|requiresAuth|\bauth\b/.test(fn.attributes) ||
    /msg\.sender\s*[!=]=|[!=]=\s*msg\.sender|_checkOwner|_checkRole|hasRole/.test(fn.body)
  const findings: Finding[] = []
  const touchesOwnBalance = /\[msg\.sender\]/.test(fn.body)
  if (isOpen && isPrivileged && !isGuarded && !touchesOwnBalance) {
    findings.push({ severity: 'high', text: `Missing access control: anyone may call \`${fn.name}\`.` })
  }
  if (/tx\.origin/.test(fn.body))
    findings.push({ severity: 'high', text: '`tx.origin` is used for a decision: a contract in between can abuse it.' })
  if (/selfdestruct\s*\(/.test(fn.body))
    findings.push({ severity: 'high', text: '`selfdestruct` can remove the contract.' })
  if (/delegatecall\s*\(/.test(fn.body))
    findings.push({ severity: 'high', text: '`delegatecall` runs foreign code on this storage.' })
  return findings
}

function callFindings(fn: SolidityFunction): readonly Finding[] {
  const call = /\.call\s*[({]|\.transfer\s*\(|\.send\s*\(/.exec(fn.body)
  if (!call) return []
  const findings: Finding[] = []
  const isValueCall = call[0].startsWith('.call')
  const writesAfter = /[\w\])]\s*(?:-=|\+=|=(?!=))/.test(fn.body.slice(statementEnd(fn.body, call.index)))
  if (isValueCall && writesAfter && !/nonReentrant/.test(fn.attributes)) {
    findings.push({ severity: 'high', text: 'Reentrancy: state is written after an external call.' })
  }
  const isUnchecked = isValueCall && !/\(\s*bool\b/.test(fn.body)
  if (isUnchecked || /\.send\s*\(/.test(call[0]))
    findings.push({ severity: 'medium', text: 'The result of the external call is not checked.' })
  return findings
}

function statementEnd(body: string, from: number): number {
  const end = body.indexOf(';', from)
  return end === -1 ? body.length : end + 1
}

function arithmeticFindings(fn: SolidityFunction, isChecked: boolean | undefined): readonly Finding[] {
  const findings: Finding[] = []
  const isUnchecked = /\bunchecked\s*\{/.test(fn.body)
  const subtracts = /-=|[\w\])]\s-\s[\w(]/.test(fn.body)
  const adds = /\+=|[\w\])]\s\+\s[\w(]/.test(fn.body)
  const isGuarded = /(?:require|if)\s*\([^;]{0,300}(?:>=|<=|<|>)/.test(fn.body)
  const hasNoCheck = isUnchecked || isChecked === false
  const before = isUnchecked ? 'inside `unchecked`' : 'before Solidity 0.8'
  if (subtracts && !isGuarded) {
    findings.push(
      hasNoCheck
        ? { severity: 'high', text: `Underflow: the subtraction has no balance check and wraps around ${before}.` }
        : {
            severity: 'medium',
            text: 'Underflow: the subtraction has no balance check; it reverts from Solidity 0.8 on and wraps around before.',
          },
    )
  } else if (subtracts) {
    findings.push({ severity: 'info', text: 'Underflow: the check before the subtraction prevents it.' })
  }
  if (adds && (hasNoCheck || isChecked === undefined)) {
    findings.push({
      severity: hasNoCheck ? 'high' : 'low',
      text: isUnchecked
        ? 'Overflow: the addition is inside `unchecked`.'
        : 'Overflow: the addition is unchecked before Solidity 0.8; state the compiler version.',
    })
  }
  return findings
}

function tokenFindings(fn: SolidityFunction): readonly Finding[] {
  const findings: Finding[] = []
  const receiver = /\baddress(?:\s+payable)?\s+(\w+)/.exec(fn.parameters)?.[1]
  const checksZero = /address\s*\(\s*0(?:x0)?\s*\)/.test(fn.body)
  if (receiver && !checksZero) {
    findings.push({
      severity: 'medium',
      text: `Missing zero address check: \`${receiver}\` may be address(0), and what is sent there is lost.`,
    })
  }
  const moves = /balanceOf\s*\[|_balances\s*\[|balances\s*\[/.test(fn.body) && /-=|\+=/.test(fn.body)
  if (moves && !/\bemit\s+/.test(fn.body))
    findings.push({ severity: 'low', text: 'No event: balances change without `emit`.' })
  if (fn.name === 'transfer' && !/returns\s*\(\s*bool/.test(fn.attributes) && /\baddress\b/.test(fn.parameters)) {
    findings.push({ severity: 'low', text: 'ERC-20: `transfer` must return bool.' })
  }
  return findings
}
