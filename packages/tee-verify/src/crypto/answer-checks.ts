/** One question about a signature; what it is by and over depends on the backend. */
interface Check {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Runs a synchronous judgement on asynchronous cryptography: once to learn which signatures it asks for, as if all of them
 * held; then, with the answers to all of these at once, for the verdict. Only a signature that was judged can hold there.
 */
export async function judgeWithAnswers<Verdict>(
  verify: (check: Check) => Promise<boolean>,
  judge: (verify: (check: Check) => boolean) => Verdict,
): Promise<Verdict> {
  const asked: Check[] = []
  judge((check) => asked.push(check) > 0)
  const answers = await Promise.all(asked.map((check) => verify(check)))
  return judge((check) => asked.some((known, index) => answers[index] === true && isSameCheck(known, check)))
}

/** The same arrays, not equal ones: what was answered is what is asked. */
function isSameCheck(left: Check, right: Check): boolean {
  return left.message === right.message && left.publicKey === right.publicKey && left.signature === right.signature
}
