/** A place the scripted model has heard of. */
export interface Place {
  readonly city: string
  /** Two-letter state in the United States, else the ISO 3166 country code. */
  readonly region: string
  readonly country: string
}

const unitedStates =
  'Albuquerque NM|Anchorage AK|Atlanta GA|Austin TX|Baltimore MD|Boise ID|Boston MA|Charlotte NC|Chicago IL|Cleveland OH|Columbus OH|Dallas TX|' +
  'Denver CO|Detroit MI|El Paso TX|Fort Worth TX|Honolulu HI|Houston TX|Indianapolis IN|Jacksonville FL|Kansas City MO|Las Vegas NV|Los Angeles CA|' +
  'Memphis TN|Miami FL|Milwaukee WI|Minneapolis MN|Nashville TN|New Orleans LA|New York NY|Oakland CA|Oklahoma City OK|Omaha NE|Orlando FL|' +
  'Philadelphia PA|Phoenix AZ|Pittsburgh PA|Portland OR|Sacramento CA|Salt Lake City UT|San Antonio TX|San Diego CA|San Francisco CA|San Jose CA|' +
  'Seattle WA|Tampa FL|Tucson AZ|Washington DC'

const abroad =
  'Amsterdam NL Netherlands|Athens GR Greece|Bangkok TH Thailand|Barcelona ES Spain|Beijing CN China|Berlin DE Germany|Brussels BE Belgium|' +
  'Buenos Aires AR Argentina|Cairo EG Egypt|Copenhagen DK Denmark|Delhi IN India|Dubai AE United Arab Emirates|Dublin IE Ireland|Geneva CH Switzerland|' +
  'Helsinki FI Finland|Hong Kong HK Hong Kong|Istanbul TR Turkey|Johannesburg ZA South Africa|Lagos NG Nigeria|Lisbon PT Portugal|London GB United Kingdom|' +
  'Madrid ES Spain|Melbourne AU Australia|Mexico City MX Mexico|Milan IT Italy|Montreal CA Canada|Moscow RU Russia|Mumbai IN India|Munich DE Germany|' +
  'Nairobi KE Kenya|Osaka JP Japan|Oslo NO Norway|Paris FR France|Prague CZ Czechia|Rome IT Italy|Santiago CL Chile|Sao Paulo BR Brazil|Seoul KR South Korea|' +
  'Shanghai CN China|Singapore SG Singapore|Stockholm SE Sweden|Sydney AU Australia|Taipei TW Taiwan|Tokyo JP Japan|Toronto CA Canada|Vancouver CA Canada|' +
  'Vienna AT Austria|Warsaw PL Poland|Zurich CH Switzerland'

/** Names of the United States, by abbreviation. */
export const stateNames: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'AK Alaska|AL Alabama|AR Arkansas|AZ Arizona|CA California|CO Colorado|CT Connecticut|DC District of Columbia|DE Delaware|FL Florida|GA Georgia|HI Hawaii|' +
    'IA Iowa|ID Idaho|IL Illinois|IN Indiana|KS Kansas|KY Kentucky|LA Louisiana|MA Massachusetts|MD Maryland|ME Maine|MI Michigan|MN Minnesota|MO Missouri|' +
    'MS Mississippi|MT Montana|NC North Carolina|ND North Dakota|NE Nebraska|NH New Hampshire|NJ New Jersey|NM New Mexico|NV Nevada|NY New York|OH Ohio|' +
    'OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VA Virginia|VT Vermont|' +
    'WA Washington|WI Wisconsin|WV West Virginia|WY Wyoming'
  )
    .split('|')
    .map((row) => [row.slice(0, 2), row.slice(3)]),
)

const places: ReadonlyMap<string, Place> = new Map([
  ...unitedStates.split('|').map((row): [string, Place] => {
    const city = row.slice(0, -3)
    return [city.toLowerCase(), { city, region: row.slice(-2), country: 'United States' }]
  }),
  ...abroad.split('|').map((row): [string, Place] => {
    const [, city = '', region = '', country = ''] = /^(.*?) ([A-Z]{2}) (.*)$/.exec(row) ?? []
    return [city.toLowerCase(), { city, region, country }]
  }),
])

/**
 * The places that a text names, in its order. A place that is not in the list is taken from words like "in Springfield, IL".
 */
export function placesIn(text: string): readonly Place[] {
  const tokens = [...text.matchAll(/[\p{L}.'’-]+/gu)].map((match) => match[0].replace(/[.'’-]+$/u, ''))
  const found: Place[] = []
  for (let index = 0; index < tokens.length; index += 1) {
    for (const length of [3, 2, 1]) {
      const name = tokens.slice(index, index + length).join(' ')
      const place = places.get(plain(name))
      if (!place || index + length > tokens.length) continue
      if (!found.some((other) => other.city === place.city)) found.push(statedRegion(text, place))
      index += length - 1
      break
    }
  }
  return found.length > 0 ? found : unlistedPlaces(text)
}

/** "Portland, ME" is not the Portland of the list. */
function statedRegion(text: string, place: Place): Place {
  const after = text.slice(text.toLowerCase().indexOf(place.city.toLowerCase()) + place.city.length)
  const region = after.startsWith(',') ? regionAt(after) : undefined
  return region && region !== place.region ? { city: place.city, region, country: 'United States' } : place
}

function unlistedPlaces(text: string): readonly Place[] {
  const match = /\b(?:in|at|for|near|of)\s+(\p{Lu}[\p{L}'’-]+(?:\s\p{Lu}[\p{L}'’-]+){0,2})/u.exec(text)
  const city = match?.[1]
  if (!match || !city) return []
  const region = regionAt(text.slice(match.index + match[0].length))
  return [{ city, region: region ?? '', country: region ? 'United States' : '' }]
}

/** The state that stands at the beginning of a text: ", TX", ", Texas". */
function regionAt(text: string): string | undefined {
  const stated = /^,?\s+([A-Z]{2})\b/.exec(text)?.[1]
  if (stated && stateNames[stated]) return stated
  const rest = /^,?\s+(.*)/s.exec(text)?.[1]?.toLowerCase() ?? ''
  return Object.entries(stateNames).find(([, name]) => rest.startsWith(name.toLowerCase()))?.[0]
}

function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
