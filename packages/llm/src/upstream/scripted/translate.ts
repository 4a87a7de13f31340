import { quotedText } from './words.js'

const languages = ['english', 'french', 'spanish', 'german', 'italian'] as const
type Language = (typeof languages)[number]

/** Columns in the order of `languages`. */
const phrases = `
hello|bonjour|hola|hallo|ciao
hi|salut|hola|hallo|ciao
how are you|comment ça va|cómo estás|wie geht es dir|come stai
how are you doing|comment ça va|cómo estás|wie geht es dir|come stai
how are you today|comment ça va aujourd'hui|cómo estás hoy|wie geht es dir heute|come stai oggi
i am fine|je vais bien|estoy bien|mir geht es gut|sto bene
good morning|bonjour|buenos días|guten Morgen|buongiorno
good afternoon|bon après-midi|buenas tardes|guten Tag|buon pomeriggio
good evening|bonsoir|buenas tardes|guten Abend|buonasera
good night|bonne nuit|buenas noches|gute Nacht|buonanotte
goodbye|au revoir|adiós|auf Wiedersehen|arrivederci
see you soon|à bientôt|hasta pronto|bis bald|a presto
see you tomorrow|à demain|hasta mañana|bis morgen|a domani
thank you|merci|gracias|danke|grazie
thank you very much|merci beaucoup|muchas gracias|vielen Dank|grazie mille
please|s'il vous plaît|por favor|bitte|per favore
yes|oui|sí|ja|sì
no|non|no|nein|no
excuse me|excusez-moi|perdón|Entschuldigung|scusi
welcome|bienvenue|bienvenido|willkommen|benvenuto
nice to meet you|enchanté|mucho gusto|freut mich|piacere
my friend|mon ami|mi amigo|mein Freund|amico mio
good luck|bonne chance|buena suerte|viel Glück|buona fortuna
i love you|je t'aime|te quiero|ich liebe dich|ti amo
what time is it|quelle heure est-il|qué hora es|wie spät ist es|che ore sono
where is the station|où est la gare|dónde está la estación|wo ist der Bahnhof|dov'è la stazione
where is the library|où est la bibliothèque|dónde está la biblioteca|wo ist die Bibliothek|dov'è la biblioteca
the weather is nice|il fait beau|hace buen tiempo|das Wetter ist schön|fa bel tempo
i do not understand|je ne comprends pas|no entiendo|ich verstehe nicht|non capisco
i am hungry|j'ai faim|tengo hambre|ich habe Hunger|ho fame
`
  .trim()
  .split('\n')
  .map((row) => row.split('|'))

const rowsByPhrase = new Map(
  [...phrases].reverse().flatMap((row) => row.map((phrase) => [plain(phrase), row] as const)),
)

/** Answers a request to translate, or returns `undefined` for any other text. Clauses outside the phrase table stay as they are. */
export function translate(prompt: string): string | undefined {
  const isAsked = /\btranslat(?:e|ion)\b/i.test(prompt) || /\bhow (?:do|would|can) (?:you|i|we) say\b/i.test(prompt)
  if (!isAsked) return undefined
  const target = targetOf(prompt)
  const source = sourceText(prompt)
  if (source === undefined) return undefined
  if (target === undefined)
    return `The scripted model's phrase table does not have this language. The text was: ${source}`
  return translateText(source, target)
}

function targetOf(prompt: string): Language | undefined {
  const named = /\b(?:into|to|in)\s+(english|french|spanish|german|italian)\b/i.exec(prompt)?.[1]?.toLowerCase()
  return languages.find((language) => language === named)
}

function sourceText(prompt: string): string | undefined {
  const quoted = quotedText(prompt)
  if (quoted !== undefined) return quoted
  const colon = prompt.indexOf(':')
  if (colon !== -1) return prompt.slice(colon + 1).trim() || undefined
  const short = prompt.slice(0, 2000).replace(/\s+/g, ' ')
  return /\b(?:translate|say)\s+(.{1,2000}?)\s+(?:into|to|in)\s+\p{L}+[.?!]?\s*$/iu.exec(short)?.[1]
}

function translateText(text: string, target: Language): string {
  const column = languages.indexOf(target)
  const pieces = text.split(/([,.!?;:\n]+\s*)/)
  let result = ''
  for (let index = 0; index < pieces.length; index += 2) {
    const clause = pieces[index] ?? ''
    const mark = pieces[index + 1] ?? ''
    const translated = translateClause(clause, column)
    const isQuestion = mark.startsWith('?')
    if (target === 'spanish' && clause.trim() !== '' && (isQuestion || mark.startsWith('!')))
      result += isQuestion ? '¿' : '¡'
    result += translated
    // French puts a space before these marks.
    if (target === 'french' && /^[!?;:]/.test(mark)) result += ' '
    result += mark
  }
  return result
}

function translateClause(clause: string, column: number): string {
  const key = plain(clause)
  const phrase = rowsByPhrase.get(key)?.[column]
  if (!phrase) return clause
  const isCapital = /^\P{L}*\p{Lu}/u.test(clause)
  return isCapital ? phrase.charAt(0).toUpperCase() + phrase.slice(1) : phrase
}

function plain(text: string): string {
  return text
    .replace(/[¿¡]/g, '')
    .replace(/[’‘]/g, "'")
    .replace(/\bI'm\b/i, 'I am')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
}
