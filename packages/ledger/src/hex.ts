/** Lower-case or checksummed hexadecimal with `0x`; stored and compared in lower case. */
export type Hex = `0x${string}`
/** A 20-byte account or contract; returned with its EIP-55 checksum. */
export type Address = `0x${string}`
