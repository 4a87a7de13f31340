import { type ReactNode, useState } from 'react'
import type { PathStep } from '../chain/merkle-path.js'
import { shortHex } from '../format.js'

const rowHeight = 58
const boxWidth = 140

interface PathBox {
  readonly x: number
  readonly level: number
  readonly name: string
  readonly value: string
  readonly isOwn: boolean
  /** How it comes about. */
  readonly origin: string
}

/** The way from a leaf to the root as a picture; pointing at a box shows its whole hash and how it comes about. */
export function MerklePicture(props: { readonly leafHash: string; readonly steps: readonly PathStep[] }): ReactNode {
  const { steps } = props
  const [pointed, setPointed] = useState<PathBox | null>(null)
  const boxes = boxesOf(props)
  const height = (steps.length + 1) * rowHeight
  const rowAt = (level: number): number => height - (level + 1) * rowHeight + 12
  return (
    <>
      <svg
        className="merkle"
        viewBox={`0 0 480 ${height}`}
        role="img"
        aria-label={`Merkle path of ${steps.length} steps from the record to the root`}
        onPointerLeave={() => setPointed(null)}
      >
        {boxes
          .filter(({ level }) => level < steps.length)
          .map((box) => (
            <line
              key={`${box.level} ${box.name}`}
              x1={box.x}
              y1={rowAt(box.level)}
              x2={ownX(steps, box.level + 1)}
              y2={rowAt(box.level + 1) + 30}
            />
          ))}
        {boxes.map((box) => (
          <g
            key={`${box.level} ${box.name}`}
            className={`${box.isOwn ? 'own' : 'other'}${pointed?.value === box.value ? ' pointed' : ''}`}
            transform={`translate(${box.x - boxWidth / 2} ${rowAt(box.level)})`}
            onPointerEnter={() => setPointed(box)}
          >
            <title>{`${box.name}: ${box.value}`}</title>
            <rect width={boxWidth} height={30} rx={5} />
            <text x={boxWidth / 2} y={19}>
              {shortHex(box.value)}
            </text>
          </g>
        ))}
      </svg>
      <p className="note pointed-hash">
        {pointed === null ? (
          'Point at a box to see its whole hash.'
        ) : (
          <>
            {pointed.name}, {pointed.origin}: <code>{pointed.value}</code>
          </>
        )}
      </p>
      <details>
        <summary>The same in words</summary>
        <ol>
          {boxes.map((box) => (
            <li key={`${box.level} ${box.name}`}>
              {box.name}, {box.origin}: <code className="whole">{box.value}</code>
            </li>
          ))}
        </ol>
      </details>
    </>
  )
}

/** Where the box of the way itself stands on a level. */
function ownX(steps: readonly PathStep[], level: number): number {
  const step = steps[level]
  return step === undefined ? 240 : step.siblingIs === 'right' ? 160 : 320
}

function boxesOf(props: { readonly leafHash: string; readonly steps: readonly PathStep[] }): readonly PathBox[] {
  const { leafHash, steps } = props
  return [leafHash, ...steps.map(({ parent }) => parent)].flatMap((value, level): PathBox[] => {
    const step = steps[level]
    const name = level === 0 ? 'this record' : step === undefined ? 'root' : `node of level ${level}`
    const origin = level === 0 ? 'keccak256 of 0x00 and the receipt digest' : 'keccak256 of 0x01 and the two below'
    const own = { x: ownX(steps, level), level, name, value, isOwn: true, origin }
    if (step === undefined) return [own]
    const x = step.siblingIs === 'right' ? 400 : 80
    const sibling = { x, level, name: `sibling on level ${level}`, value: step.sibling, isOwn: false }
    return [own, { ...sibling, origin: `given by the proof, ${step.siblingIs} of the way` }]
  })
}
