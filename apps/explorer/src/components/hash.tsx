import { type ReactNode, useState } from 'react'
import { shortHex } from '../format.js'

/** A long hexadecimal value, shortened; the button copies all of it. */
export function Hash({ value, href }: { readonly value: string; readonly href?: string }): ReactNode {
  const [isCopied, setCopied] = useState(false)
  const copy = (): void => {
    navigator.clipboard.writeText(value).then(
      () => {
        setCopied(true)
        setTimeout(() => setCopied(false), 1_500)
      },
      () => undefined,
    )
  }
  const text = <code title={value}>{shortHex(value)}</code>
  return (
    <span className="hash">
      {href === undefined ? text : <a href={href}>{text}</a>}
      <button type="button" className="copy" onClick={copy} aria-label={`Copy ${shortHex(value)}`}>
        {isCopied ? 'copied' : 'copy'}
      </button>
    </span>
  )
}
