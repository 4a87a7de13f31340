import type { ReactNode } from 'react'

/** A small bar chart. Every bar is also told in words. */
export function Bars(props: {
  readonly label: string
  readonly bars: readonly { readonly name: string; readonly value: number; readonly text: string }[]
}): ReactNode {
  const { bars, label } = props
  const most = Math.max(...bars.map(({ value }) => value), 1e-12)
  const width = 100 / Math.max(bars.length, 1)
  return (
    <figure className="bars">
      <svg viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={label}>
        {bars.map(({ name, value, text }, index) => {
          const height = Math.max((value / most) * 30, value > 0 ? 1 : 0.3)
          return (
            <rect key={name} x={index * width + width * 0.1} y={32 - height} width={width * 0.8} height={height}>
              <title>{`${name}: ${text}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>
        {bars.length === 0 ? `${label}: none yet` : label}
        {bars.length > 0 && <strong>{wordsOf(bars)}</strong>}
      </figcaption>
    </figure>
  )
}

/** Few bars are named; of many, the last one is told. */
function wordsOf(bars: readonly { readonly name: string; readonly text: string }[]): string {
  if (bars.length <= 3) return bars.map(({ name, text }) => `${name} ${text}`).join(' · ')
  return `last ${bars.at(-1)?.text ?? ''}`
}
