import { Component, type ReactNode } from 'react'
import { Problem } from './panel.js'

/** Keeps the header when a page breaks. React has boundaries as classes only. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError(): { readonly isBroken: boolean } {
    return { isBroken: true }
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children
    return (
      <Problem>This page broke. Reload it; if it breaks again, the data that it was given is of a new kind.</Problem>
    )
  }
}
