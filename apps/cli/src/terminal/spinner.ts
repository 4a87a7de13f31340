import type { Ora } from 'ora'

/** Says what is happening on one line that goes away; `undefined` when nothing is. */
export type Spinner = (text: string | undefined) => void

/** Creates a spinner on a stream that is a terminal. The library is loaded with the first text. */
export function createSpinner(stream: NodeJS.WritableStream & { readonly columns?: number }): Spinner {
  let wanted: string | undefined
  let shown: Ora | undefined
  let loading: Promise<void> | undefined

  const show = (): void => {
    if (shown === undefined) return
    if (wanted === undefined) {
      if (shown.isSpinning) shown.stop()
      return
    }
    shown.text = wanted
    if (shown.isSpinning) shown.render()
    else shown.start()
  }
  return (text) => {
    // A terminal that does not know its width (some recorders) cannot be cleared: the library would try without end.
    wanted = (stream.columns ?? 0) > 0 ? text : undefined
    if (shown !== undefined) return show()
    if (wanted === undefined || loading !== undefined) return
    loading = import('ora')
      .then(({ default: ora }) => {
        // Standard input is left alone: it may hold an answer to a question that follows.
        shown = ora({ stream, discardStdin: false, isEnabled: true, spinner: 'dots' })
        show()
      })
      .catch(() => undefined)
  }
}
