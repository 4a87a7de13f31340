const disclaimer = 'This is preliminary guidance from fixed rules, not a diagnosis.'

/** Symptoms with their possible causes, the most dangerous first. */
const symptoms: ReadonlyArray<{
  readonly name: string
  readonly pattern: RegExp
  readonly causes: readonly string[]
  readonly isUrgent: boolean
}> = [
  row(
    'chest pain',
    /\bchest (?:pain|pressure|tightness)\b/i,
    'acute coronary syndrome|pulmonary embolism|aortic dissection|pericarditis|acid reflux',
    true,
  ),
  row(
    'shortness of breath',
    /\bshort(?:ness)? of breath\b|\bdyspn(?:o)?ea\b|\bbreathless/i,
    'acute coronary syndrome|pulmonary embolism|heart failure|pneumonia|asthma or COPD',
    true,
  ),
  row(
    'weakness on one side',
    /\bweakness (?:on|of) (?:one|the (?:left|right)) side\b|\bslurred speech\b|\bfac(?:e|ial) droop/i,
    'stroke|transient ischaemic attack',
    true,
  ),
  row('headache', /\bheadaches?\b/i, 'subarachnoid haemorrhage|meningitis|migraine|tension headache', false),
  row('fever', /\bfever(?:ish)?\b|\bhigh temperature\b/i, 'bacterial infection|influenza|viral infection', false),
  row('cough', /\bcough(?:ing)?\b/i, 'pneumonia|bronchitis|influenza|asthma or COPD', false),
  row(
    'abdominal pain',
    /\b(?:abdominal|stomach|belly) (?:pain|ache)\b/i,
    'appendicitis|gallstones|gastritis|gastroenteritis',
    false,
  ),
  row('nausea', /\bnausea\b|\bvomit(?:ing|s)?\b/i, 'gastroenteritis|migraine|medication side effect', false),
  row('dizziness', /\bdizz(?:y|iness)\b|\blight-?headed/i, 'arrhythmia|dehydration|inner ear disorder', false),
  row('palpitations', /\bpalpitations?\b/i, 'arrhythmia|anxiety|thyroid disorder', false),
  row('sore throat', /\bsore throat\b/i, 'streptococcal infection|viral infection', false),
  row('fatigue', /\bfatigue\b|\btired(?:ness)?\b/i, 'anaemia|thyroid disorder|sleep disorder', false),
  row('rash', /\brash\b/i, 'allergic reaction|viral infection|contact dermatitis', false),
  row('back pain', /\bback pain\b/i, 'muscle strain|disc herniation|kidney stone', false),
]

function row(name: string, pattern: RegExp, causes: string, isUrgent: boolean): (typeof symptoms)[number] {
  return { name, pattern, causes: causes.split('|'), isUrgent }
}

/** Answers a description of a patient from its numbers and symptoms; `undefined` when the text describes none. */
export function assessPatient(prompt: string, instructions: string): string | undefined {
  const isMedical = /\bpatient\b/i.test(prompt) || /\bmedical\b|\bpatient\b|\bhealth/i.test(instructions)
  if (!isMedical) return undefined
  const present = symptoms.filter((symptom) => symptom.pattern.test(prompt) && !isDenied(prompt, symptom.pattern))
  const pressure = pressureIn(prompt)
  if (present.length === 0 && !pressure) return undefined
  const isUrgent = present.some((symptom) => symptom.isUrgent) || pressure?.category === 'crisis'
  return [
    disclaimer,
    `Patient: ${personIn(prompt)}.`,
    pressure ? `Blood pressure: ${pressure.text} mmHg, ${pressure.meaning}.` : 'Blood pressure: not given.',
    present.length > 0
      ? `Symptoms: ${present.map((symptom) => symptom.name).join('; ')}.`
      : 'Symptoms: none recognised.',
    `Possible causes: ${causesOf(present, pressure).join('; ')}.`,
    isUrgent
      ? 'Urgency: emergency. Call emergency services now; ECG, oxygen saturation and blood tests are needed without delay.'
      : 'Urgency: see a doctor soon, at once if it gets worse.',
  ].join('\n')
}

/** "No fever", "denies fever". */
function isDenied(prompt: string, pattern: RegExp): boolean {
  const match = pattern.exec(prompt)
  return (
    match !== null &&
    /\b(?:no|denies|without|negative for)\s+$/i.test(prompt.slice(Math.max(0, match.index - 24), match.index))
  )
}

function personIn(prompt: string): string {
  const age =
    /\b(\d{1,3})[-\s]?(?:year|yr)s?[-\s]?old\b/i.exec(prompt)?.[1] ?? /\bage[d:]?\s*(\d{1,3})\b/i.exec(prompt)?.[1]
  const sex = /\b(male|female|man|woman|boy|girl)\b/i.exec(prompt)?.[1]?.toLowerCase()
  const known = [age ? `${age}-year-old` : undefined, sex].filter((part) => part !== undefined)
  return known.length > 0 ? known.join(' ') : 'age and sex not given'
}

interface Pressure {
  readonly text: string
  readonly category: 'crisis' | 'high' | 'elevated' | 'normal' | 'low'
  readonly meaning: string
}

/** Categories of the ACC/AHA guideline of 2017. */
function pressureIn(prompt: string): Pressure | undefined {
  const match = /\b(\d{2,3})\s*\/\s*(\d{2,3})\b/.exec(prompt)
  if (!match) return undefined
  const [systolic, diastolic] = [Number(match[1]), Number(match[2])]
  if (systolic < 50 || systolic > 300 || diastolic < 20 || diastolic > 200 || diastolic >= systolic) return undefined
  const text = `${systolic}/${diastolic}`
  if (systolic >= 180 || diastolic >= 120)
    return { text, category: 'crisis', meaning: 'in the range of a hypertensive crisis' }
  if (systolic >= 140 || diastolic >= 90)
    return { text, category: 'high', meaning: 'in the range of stage 2 hypertension' }
  if (systolic >= 130 || diastolic >= 80)
    return { text, category: 'high', meaning: 'in the range of stage 1 hypertension' }
  if (systolic < 90 || diastolic < 60) return { text, category: 'low', meaning: 'low' }
  if (systolic >= 120) return { text, category: 'elevated', meaning: 'elevated' }
  return { text, category: 'normal', meaning: 'normal' }
}

/** Causes that more symptoms share come first. */
function causesOf(present: typeof symptoms, pressure: Pressure | undefined): readonly string[] {
  const counts = new Map<string, number>()
  for (const cause of present.flatMap((symptom) => symptom.causes)) counts.set(cause, (counts.get(cause) ?? 0) + 1)
  const ranked = [...counts].sort((first, second) => second[1] - first[1]).map(([cause]) => cause)
  const fromPressure =
    pressure?.category === 'crisis' || pressure?.category === 'high' ? ['hypertension as a contributing factor'] : []
  const causes = [...ranked.slice(0, 6), ...fromPressure]
  return causes.length > 0 ? causes : ['none of the rules applies']
}
