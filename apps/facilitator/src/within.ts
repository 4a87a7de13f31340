/** The promise's value, or the other one when it fails or takes too long. */
export async function within<T, U>(
  promise: Promise<T>,
  limit: { readonly ms: number; readonly otherwise: U },
): Promise<T | U> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(limit.otherwise), limit.ms)
  })
  try {
    return await Promise.race([promise, late])
  } catch {
    return limit.otherwise
  } finally {
    clearTimeout(timer)
  }
}
