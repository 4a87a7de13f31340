import type { ReactNode } from 'react'

/** A chart's figure: what it shows, the one number to remember, the picture. */
function Chart(props: { readonly label: string; readonly headline: string; readonly children: ReactNode }): ReactNode {
  return (
    <figure className="chart">
      <figcaption>
        {props.label}
        <strong>{props.headline}</strong>
      </figcaption>
      {props.children}
    </figure>
  )
}

/** Few bars stay narrow, the newest at the right. */
const leastSlots = 20

/** A small bar chart over time, oldest first. Every bar is told in words when it is pointed at. */
export function Bars(props: {
  readonly label: string
  readonly headline: string
  readonly bars: readonly { readonly name: string; readonly value: number; readonly text: string }[]
}): ReactNode {
  const { bars, label } = props
  const headline = bars.length === 0 ? 'none yet' : props.headline
  const most = Math.max(...bars.map(({ value }) => value), 1e-12)
  const width = 100 / Math.max(bars.length, leastSlots)
  return (
    <Chart label={label} headline={headline}>
      <svg viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={`${label}: ${headline}`}>
        <line className="chart-floor" x1="0" x2="100" y1="31.75" y2="31.75" />
        {bars.map(({ name, value, text }, index) => {
          const height = Math.max((value / most) * 31, value > 0 ? 1 : 0)
          const x = 100 - (bars.length - index) * width
          return (
            <rect key={name} x={x + width * 0.1} y={31.5 - height} width={width * 0.8} height={height}>
              <title>{`${name}: ${text}`}</title>
            </rect>
          )
        })}
      </svg>
    </Chart>
  )
}

/** Parts of a whole in one bar, each named below it. */
export function Shares(props: {
  readonly label: string
  readonly parts: readonly { readonly name: string; readonly value: number }[]
}): ReactNode {
  const { label, parts } = props
  const whole = parts.reduce((sum, { value }) => sum + value, 0)
  const shareOf = (value: number): string => (whole === 0 ? '0 %' : `${Math.round((value / whole) * 100)} %`)
  const most = parts.reduce((found, part) => (part.value > found.value ? part : found), { name: '', value: 0 })
  let left = 0
  return (
    <Chart label={label} headline={whole === 0 ? 'none yet' : `${shareOf(most.value)} ${most.name}`}>
      <svg className="shares" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ name, value }, index) => {
          const width = whole === 0 ? 0 : (value / whole) * 100
          const x = left
          left += width
          return <rect key={name} className={`part-${index}`} x={x} y="0" width={width} height="8" />
        })}
      </svg>
      <ul className="legend">
        {parts.map(({ name, value }, index) => (
          <li key={name} className={`part-${index}`}>
            {name} {value}
          </li>
        ))}
      </ul>
    </Chart>
  )
}
