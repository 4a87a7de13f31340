import type { ReactNode } from 'react'
import { shortHex } from '../format.js'
import { CopyButton } from './copy-button.js'

/** A long hexadecimal value, shortened; the button copies all of it. */
export function Hash({ value, href }: { readonly value: string; readonly href?: string }): ReactNode {
  const text = <code title={value}>{shortHex(value)}</code>
  return (
    <span className="hash">
      {href === undefined ? text : <a href={href}>{text}</a>}
      <CopyButton text={value} label={`Copy ${shortHex(value)}`} />
    </span>
  )
}
