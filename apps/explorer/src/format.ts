/** `0x1234abcd…9f02`: enough to tell two apart. */
export function shortHex(value: string): string {
  return value.length <= 16 ? value : `${value.slice(0, 10)}…${value.slice(-4)}`
}

/** Atomic units as a decimal number, without trailing zeros. */
export function formatAmount(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** `12 s`, `3 min`, `2 h`, `5 d`. */
export function formatDuration(seconds: number): string {
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** A moment as the visitor's own calendar writes it. */
export function formatTime(unixSeconds: bigint): string {
  return new Date(Number(unixSeconds) * 1000).toLocaleString()
}
