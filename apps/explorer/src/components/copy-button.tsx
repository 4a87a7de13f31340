import { type ReactNode, useState } from 'react'

/** Copies a text; says so for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const [isCopied, setCopied] = useState(false)
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true)
        setTimeout(() => setCopied(false), 1_500)
      },
      () => undefined,
    )
  }
  return (
    <button type="button" className="copy" onClick={copy} aria-label={label}>
      {isCopied ? 'copied' : 'copy'}
    </button>
  )
}
