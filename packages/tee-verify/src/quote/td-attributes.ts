/** Names of the TDATTRIBUTES bits (Intel TDX Module ABI, TDATTRIBUTES); the index is the bit. */
export const attributeBits = {
  DEBUG: 0,
  HGS_PLUS_PROF: 4,
  PERF_PROF: 5,
  PMT_PROF: 6,
  ICSSD: 16,
  SERVTD_EXT: 17,
  LASS: 27,
  SEPT_VE_DISABLE: 28,
  MIGRATABLE: 29,
  PKS: 30,
  KL: 31,
  TPA: 62,
  PERFMON: 63,
} as const

/** The name of a TD attribute. */
export type TdAttribute = keyof typeof attributeBits

const namedBits: readonly string[] = Array.from(
  { length: 64 },
  (_, bit) => Object.entries(attributeBits).find(([, index]) => index === bit)?.[0] ?? `BIT_${bit}`,
)

/** The attributes that are set in 8 little-endian bytes: by name where a bit has one, else as `BIT_<n>`. */
export function attributeNamesOf(bytes: Uint8Array): readonly string[] {
  const names: string[] = []
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    if (((bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue
    names.push(namedBits[bit] ?? `BIT_${bit}`)
  }
  return names
}
