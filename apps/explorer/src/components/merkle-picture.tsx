import type { ReactNode } from 'react'
import type { PathStep } from '../chain/merkle-path.js'
import { shortHex } from '../format.js'

const rowHeight = 58
const boxWidth = 140

/** The way from a leaf to the root as a picture: hovering a box shows its whole hash. */
export function MerklePicture(props: { readonly leafHash: string; readonly steps: readonly PathStep[] }): ReactNode {
  const { leafHash, steps } = props
  const height = (steps.length + 1) * rowHeight
  const rowAt = (level: number): number => height - (level + 1) * rowHeight + 12
  return (
    <svg
      className="merkle"
      viewBox={`0 0 480 ${height}`}
      role="img"
      aria-label={`Merkle path of ${steps.length} steps from the record to the root`}
    >
      {steps.map((step, level) => {
        const ownX = step.siblingIs === 'right' ? 160 : 320
        const siblingX = step.siblingIs === 'right' ? 400 : 80
        const parentX = steps[level + 1] === undefined ? 240 : steps[level + 1]?.siblingIs === 'right' ? 160 : 320
        return (
          <g key={step.parent}>
            <line x1={ownX} y1={rowAt(level)} x2={parentX} y2={rowAt(level + 1) + 30} />
            <line x1={siblingX} y1={rowAt(level)} x2={parentX} y2={rowAt(level + 1) + 30} />
            <Box x={siblingX} y={rowAt(level)} value={step.sibling} name="sibling" />
          </g>
        )
      })}
      {[leafHash, ...steps.map(({ parent }) => parent)].map((value, level) => {
        const step = steps[level]
        const x = step === undefined ? 240 : step.siblingIs === 'right' ? 160 : 320
        const name = level === 0 ? 'this record' : step === undefined ? 'root' : 'node'
        return <Box key={value} x={x} y={rowAt(level)} value={value} name={name} isOwn />
      })}
    </svg>
  )
}

function Box(props: {
  readonly x: number
  readonly y: number
  readonly value: string
  readonly name: string
  readonly isOwn?: boolean
}): ReactNode {
  return (
    <g className={props.isOwn === true ? 'own' : 'other'} transform={`translate(${props.x - boxWidth / 2} ${props.y})`}>
      <title>{`${props.name}: ${props.value}`}</title>
      <rect width={boxWidth} height={30} rx={5} />
      <text x={boxWidth / 2} y={19}>
        {shortHex(props.value)}
      </text>
    </g>
  )
}
