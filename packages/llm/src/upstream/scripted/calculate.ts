/** Answers "what is 12 * 7?"; `undefined` for any other text. */
export function calculate(prompt: string): string | undefined {
  const match =
    /\b(?:what is|what's|calculate|compute|how much is)\s+(-?\d+(?:\.\d+)?)\s*([-+*x×/÷]|plus|minus|times|divided by)\s*(-?\d+(?:\.\d+)?)/i.exec(
      prompt,
    )
  const [, first, operator, second] = match ?? []
  if (first === undefined || operator === undefined || second === undefined) return undefined
  const value = apply(Number(first), operator.toLowerCase(), Number(second))
  return value === undefined
    ? 'Division by zero has no result.'
    : `${first} ${operator} ${second} = ${Number(value.toFixed(10))}`
}

function apply(first: number, operator: string, second: number): number | undefined {
  switch (operator) {
    case '+':
    case 'plus':
      return first + second
    case '-':
    case 'minus':
      return first - second
    case '/':
    case '÷':
    case 'divided by':
      return second === 0 ? undefined : first / second
    default:
      return first * second
  }
}
