import type { ReactNode } from 'react'

/** A table with named columns; where it is too wide, it scrolls by itself. */
export function Table(props: { readonly columns: readonly string[]; readonly children: ReactNode }): ReactNode {
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            {props.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}
