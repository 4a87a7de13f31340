/** Bytes as 0x-prefixed hexadecimal text. */
export type Hex = `0x${string}`

/** An account or contract address. */
export type Address = `0x${string}`
