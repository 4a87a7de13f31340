import { type ReactNode, useEffect, useState } from 'react'

const themes = ['system', 'dark', 'light'] as const
type Theme = (typeof themes)[number]
const storageKey = 'og-explorer-theme'

function keptTheme(): Theme {
  return themes.find((theme) => theme === localStorage.getItem(storageKey)) ?? 'system'
}

/** Switches between the system's colours, dark and light. */
export function ThemeButton(): ReactNode {
  const [theme, setTheme] = useState<Theme>(keptTheme)
  useEffect(() => {
    localStorage.setItem(storageKey, theme)
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  return (
    <button type="button" className="theme" onClick={() => setTheme(next)}>
      colours: {theme}
    </button>
  )
}
