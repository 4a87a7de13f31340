import { type ReactNode, useId } from 'react'

/** A titled part of a page. */
export function Panel(props: {
  readonly title: string
  readonly note?: string
  readonly children: ReactNode
}): ReactNode {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      {props.note !== undefined && <p className="note">{props.note}</p>}
      {props.children}
    </section>
  )
}

/** What stands where nothing is yet. */
export function Empty({ children }: { readonly children: ReactNode }): ReactNode {
  return <p className="empty">{children}</p>
}

/** What went wrong, and what to do. */
export function Problem({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <p className="problem" role="alert">
      {children}
    </p>
  )
}

/** Names and values. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }): ReactNode {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
