/**
 * Makes foreign text safe to show at a terminal: what would move the cursor, change colours or titles, write to the clipboard, hide or
 * reorder text stands there as a visible sign. Line feeds and tabs stay.
 */
export function inertText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(activeCharacters, visibleSign)
}

/** Controls (C0, DELETE, C1), separators of lines, and the marks that reorder text (UAX #9). */
const activeCharacters = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** U+2400… show the controls of C0; everything else is shown as a character that is missing. */
function visibleSign(character: string): string {
  const code = character.charCodeAt(0)
  if (character === '\n' || character === '\t') return character
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}
