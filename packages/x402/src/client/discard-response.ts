/** Gives up the body of a response that nobody will read. */
export async function discardResponse(response: Response): Promise<void> {
  try {
    await response.body?.cancel()
  } catch {
    // The body is of no use; a broken connection must not hide the answer.
  }
}
