import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../json.js'
import type { UpstreamEndpoint, UpstreamEvent } from '../upstream.js'
import { scriptedUpstream } from './scripted-upstream.js'

const { signal } = new AbortController()

interface Played {
  readonly text: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: JsonValue }[]
  readonly reason: string
  readonly events: readonly UpstreamEvent[]
}

async function play(endpoint: UpstreamEndpoint, members: JsonObject): Promise<Played> {
  const body = { model: 'any', ...members }
  const { events } = await scriptedUpstream().send({ endpoint, model: 'any', body }, { signal })
  const list: UpstreamEvent[] = []
  const calls: { id: string; name: string; text: string }[] = []
  let text = ''
  let reason = ''
  for await (const event of events) {
    list.push(event)
    if (event.type === 'text-delta') text += event.text
    if (event.type === 'finish') reason = event.reason
    if (event.type !== 'tool-call-delta') continue
    if (event.id !== undefined) calls.push({ id: event.id, name: event.name ?? '', text: '' })
    const call = calls[event.index]
    if (call) call.text += event.arguments
  }
  return {
    text,
    reason,
    events: list,
    calls: calls.map((call) => ({ id: call.id, name: call.name, arguments: JSON.parse(call.text) })),
  }
}

const complete = (prompt: string, members: JsonObject = {}): Promise<Played> =>
  play('completions', { prompt, ...members })
const chat = (messages: readonly JsonObject[], members: JsonObject = {}): Promise<Played> =>
  play('chat.completions', { messages, ...members })
const user = (content: string): JsonObject => ({ role: 'user', content })

const weather: JsonObject = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: "The city to find the weather for, e.g. 'San Francisco'" },
        state: { type: 'string', description: 'the two-letter abbreviation for the state that the city is in' },
        unit: { type: 'string', description: 'The unit to fetch the temperature in', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city', 'state', 'unit'],
    },
  },
}
const smallTalk = [
  { role: 'system', content: 'You are a AI assistant that helps the user with tasks. Use tools if necessary.' },
  user('Hi! How are you doing today?'),
  { role: 'assistant', content: "I'm doing well! How can I help you?" },
]
const tools = { tools: [weather] }

describe('scriptedUpstream', () => {
  test('default', async () => {
    const upstream = scriptedUpstream()
    expect(upstream).toMatchObject({ id: 'scripted', host: 'scripted', label: 'scripted' })
    const body = { model: 'openai/gpt-4o', prompt: 'Say exactly: one two', max_tokens: 50, secret_extension: 1 }
    const { requestBytes, modelAnswered, events } = await upstream.send(
      { endpoint: 'completions', model: 'gpt-4o', body },
      { signal },
    )
    const list: UpstreamEvent[] = []
    for await (const event of events) list.push(event)
    expect(modelAnswered).toBe('scripted-1')
    expect(JSON.parse(new TextDecoder().decode(requestBytes))).toEqual({
      model: 'gpt-4o',
      prompt: 'Say exactly: one two',
      max_tokens: 50,
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(list).toEqual([
      { type: 'text-delta', text: 'one' },
      { type: 'text-delta', text: ' two' },
      { type: 'finish', reason: 'stop' },
      { type: 'usage', usage: { promptTokens: 5, cachedPromptTokens: 0, completionTokens: 2, reasoningTokens: 0 } },
    ])
  })

  test('behavior: the same request gets the same answer', async () => {
    const ask = (): Promise<Played> => chat([...smallTalk, user('How is the weather in Dallas?')], tools)
    expect(await ask()).toEqual(await ask())
  })
})

describe('translation', () => {
  test('default', async () => {
    const { text, reason } = await complete("Translate the following English text to French: 'Hello, how are you?'", {
      max_tokens: 50,
      temperature: 0,
    })
    expect(text).toBe('Bonjour, comment ça va ?')
    expect(reason).toBe('stop')
  })

  test.each([
    ['Translate to Spanish: "Good morning. How are you?"', 'Buenos días. ¿Cómo estás?'],
    ["Translate 'Thank you very much!' into German", 'Vielen Dank!'],
    ['How do you say "see you tomorrow" in Italian?', 'a domani'],
    ['Translate good night to French', 'bonne nuit'],
    ["Translate to English: 'Bonjour, où est la gare?'", 'Hello, where is the station?'],
    ["Translate to French: 'Hello, Xq7-random, thank you.'", 'Bonjour, Xq7-random, merci.'],
  ])('behavior: %s', async (prompt, expected) => {
    expect((await complete(prompt)).text).toBe(expected)
  })

  test('behavior: says so when it lacks the language', async () => {
    expect((await complete("Translate to Klingon: 'Hello'")).text).toContain('does not have this language')
  })
})

describe('names', () => {
  const question = user('Hello! How are you doing? Can you repeat my name?')

  test.each(['HAL', 'Zb-19_qux', 'Ångström'])('default: the name of the system message, %s', async (name) => {
    const { text } = await chat([{ role: 'system', content: 'You are a helpful AI assistant.', name }, question])
    expect(text).toBe(`Hello! I am doing well, thank you. Your name is ${name}.`)
  })

  test('behavior: without a name there is none to repeat', async () => {
    const { text } = await chat([{ role: 'system', content: 'You are a helpful AI assistant.' }, question])
    expect(text).toContain('You have not told me your name.')
    expect(text).not.toContain('HAL')
  })

  test('behavior: what the user said goes first', async () => {
    const { text } = await chat([
      { role: 'system', content: 'x', name: 'HAL' },
      user('My name is Grace.'),
      { role: 'assistant', content: 'Hi' },
      user('What is my name?'),
    ])
    expect(text).toBe('Your name is Grace.')
  })
})

describe('tools', () => {
  const dallas = user('Can you tell me what the temperate will be in Dallas, in fahrenheit?')

  test('default', async () => {
    const { calls, reason, text } = await chat([...smallTalk, dallas], tools)
    expect(calls).toEqual([
      { id: 'call_4_0', name: 'get_current_weather', arguments: { city: 'Dallas', state: 'TX', unit: 'fahrenheit' } },
    ])
    expect(reason).toBe('tool_calls')
    expect(text).toBe('')
  })

  test.each<[string, JsonValue]>([
    ['What is the temperature in Seattle in celsius?', { city: 'Seattle', state: 'WA', unit: 'celsius' }],
    ['How hot is it in New York, in fahrenheit?', { city: 'New York', state: 'NY', unit: 'fahrenheit' }],
    ['Weather in Portland, Maine please', { city: 'Portland', state: 'ME', unit: 'fahrenheit' }],
    ['weather for Springfield, IL', { city: 'Springfield', state: 'IL', unit: 'fahrenheit' }],
    ['And the weather in Paris?', { city: 'Paris', state: 'FR', unit: 'celsius' }],
  ])('behavior: %s', async (question, expected) => {
    expect((await chat([...smallTalk, user(question)], tools)).calls.map((call) => call.arguments)).toEqual([expected])
  })

  test('behavior: two cities are two calls, one when calls must not be parallel', async () => {
    const messages = [...smallTalk, user('Compare the weather in Boston and Miami.')]
    expect((await chat(messages, tools)).calls.map((call) => call.arguments)).toMatchObject([
      { city: 'Boston', state: 'MA' },
      { city: 'Miami', state: 'FL' },
    ])
    expect((await chat(messages, { ...tools, parallel_tool_calls: false })).calls).toHaveLength(1)
  })

  test.each<[string, readonly JsonObject[], JsonObject]>([
    ['no tools are offered', [...smallTalk, dallas], {}],
    ['tool_choice is none', [...smallTalk, dallas], { ...tools, tool_choice: 'none' }],
    ['the talk is about something else', smallTalk.slice(0, 2), tools],
    ['the last message is not from the user', smallTalk, tools],
  ])('behavior: no call when %s', async (_name, messages, members) => {
    const { calls, reason } = await chat(messages, members)
    expect(calls).toEqual([])
    expect(reason).toBe('stop')
  })

  test('behavior: asks for what it was not told, unless a call is forced', async () => {
    expect((await chat([user('What is the weather?')], tools)).text).toBe(
      'To call get_current_weather I need to know: city, state.',
    )
    expect((await chat([user('Hm.')], { ...tools, tool_choice: 'required' })).calls).toHaveLength(1)
    const named = { ...tools, tool_choice: { type: 'function', function: { name: 'get_current_weather' } } }
    expect((await chat([user('Hm.')], named)).calls).toHaveLength(1)
  })

  test('behavior: chooses among tools by what they are called', async () => {
    const add = {
      type: 'function',
      function: {
        name: 'add',
        parameters: {
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number' } },
          required: ['a', 'b'],
        },
      },
    }
    const { calls } = await chat([user('Please add 1,250 and 4.5')], { tools: [weather, add] })
    expect(calls.map(({ name, arguments: values }) => [name, values])).toEqual([['add', { a: 1250, b: 4.5 }]])
  })

  test.each(['83.7', '{"temperature":"-12.25","sky":"xq-random"}', 'no such city'])(
    'behavior: the answer contains what the tool returned: %s',
    async (content) => {
      const call = { id: 'c1', type: 'function', function: { name: 'get_current_weather', arguments: '{}' } }
      const { text, calls } = await chat(
        [
          ...smallTalk,
          dallas,
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'c1', content },
        ],
        tools,
      )
      expect(text).toBe(`According to the tool, get_current_weather returned: ${content}`)
      expect(calls).toEqual([])
    },
  )

  test('behavior: results of several tools, each by its call', async () => {
    const call = (id: string, name: string): JsonObject => ({
      id,
      type: 'function',
      function: { name, arguments: '{}' },
    })
    const messages = [
      user('x'),
      { role: 'assistant', content: null, tool_calls: [call('a', 'f'), call('b', 'g')] },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'tool', tool_call_id: 'a', content: '1' },
    ]
    expect((await chat(messages)).text).toBe('According to the tools:\ng returned: 2\nf returned: 1')
  })

  test('error: schemas that refer to themselves stay cheap', async () => {
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, { $ref: '#' }]))
    const tool = { type: 'function', function: { name: 'loop', parameters: { type: 'object', properties } } }
    const started = performance.now()
    await chat([user('loop')], { tools: [tool], tool_choice: 'required' })
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('Solidity', () => {
  const transfer = (body: string, head = 'function transfer(address to, uint256 amount) public'): string =>
    `Analyze this Solidity smart contract function for security vulnerabilities:\n\n${head} {\n${body}\n}\n`
  const require = 'require(balanceOf[msg.sender] >= amount, "Insufficient balance");\n'
  const move = 'balanceOf[msg.sender] -= amount;\nbalanceOf[to] += amount;'

  test('default', async () => {
    const { text, reason } = await complete(transfer(require + move), { max_tokens: 500 })
    expect(text).toContain('transfer(address to, uint256 amount)')
    expect(text).toContain('zero address check: `to`')
    expect(text).toContain('the check before the subtraction prevents it')
    expect(text).toContain('No event')
    expect(text).not.toContain('access control')
    expect(reason).toBe('stop')
  })

  test('behavior: without the balance check it reports the underflow', async () => {
    const { text } = await complete(transfer(move))
    expect(text).toContain('Underflow: the subtraction has no balance check')
  })

  test('behavior: what has been repaired is not reported', async () => {
    const head = 'pragma solidity ^0.8.20;\nfunction transfer(address to, uint256 amount) public returns (bool)'
    const repaired = `require(to != address(0));\n${require}${move}\nemit Transfer(msg.sender, to, amount);\nreturn true;`
    const { text } = await complete(transfer(repaired, head))
    for (const absent of ['zero address', 'No event', 'ERC-20', 'Overflow']) expect(text).not.toContain(absent)
  })

  test('behavior: access control and reentrancy', async () => {
    const open = await complete(
      'function mint(address account, uint256 n) external { require(account != address(0)); supply += n; }',
    )
    expect(open.text).toContain('Missing access control: anyone may call `mint`')
    const guarded = await complete(
      'function mint(address account, uint256 n) external onlyOwner { require(account != address(0)); supply += n; }',
    )
    expect(guarded.text).not.toContain('access control')
    const pays = await complete(
      "function withdraw() public { (bool ok,) = msg.sender.call{value: due[msg.sender]}(''); require(ok); due[msg.sender] = 0; }",
    )
    expect(pays.text).toContain('Reentrancy')
  })
})

describe('patients', () => {
  const system = {
    role: 'system',
    content: 'You are a medical assistant. Analyze patient symptoms and provide preliminary guidance.',
  }

  test('default', async () => {
    const { text, reason } = await chat(
      [
        system,
        user(
          'Patient: 45-year-old male, presenting with chest pain and shortness of breath. Blood pressure: 140/90. What are the potential causes?',
        ),
      ],
      { max_tokens: 300, temperature: 0.1 },
    )
    for (const part of [
      '45-year-old male',
      '140/90',
      'stage 2',
      'acute coronary syndrome',
      'pulmonary embolism',
      'emergency',
      'not a diagnosis',
    ])
      expect(text).toContain(part)
    expect(reason).toBe('stop')
  })

  test('behavior: other numbers and symptoms', async () => {
    const { text } = await chat([
      system,
      user('Patient: 23 year old female with a sore throat and no fever. Blood pressure 112/71.'),
    ])
    for (const part of ['23-year-old female', '112/71 mmHg, normal', 'sore throat', 'streptococcal'])
      expect(text).toContain(part)
    expect(text).not.toContain('emergency')
    expect(text).not.toContain('influenza')
  })
})

describe('loans', () => {
  const prompt = (income: string, score: number, ratio: string, amount: string): string =>
    `Assess this loan application for approval:\nIncome: $${income}\nCredit Score: ${score}\nDebt-to-Income Ratio: ${ratio}\nRequested Loan: $${amount}\nProvide risk assessment and recommendation.`

  test('default', async () => {
    const { text, reason } = await complete(prompt('75000', 720, '0.35', '250000'), { max_tokens: 250 })
    for (const part of [
      'moderate risk',
      '$75,000',
      '720 (good)',
      '35%',
      '$250,000',
      '3.33 times',
      'approve with conditions',
    ])
      expect(text).toContain(part)
    expect(reason).toBe('stop')
  })

  test.each([
    ['200000', 800, '20%', '300000', 'low risk', 'approve.'],
    ['30,000', 550, '0.52', '400k', 'high risk', 'decline'],
  ])('behavior: %s, %i, %s, %s', async (income, score, ratio, amount, risk, recommendation) => {
    const { text } = await complete(prompt(income, score, ratio, amount))
    expect(text).toContain(risk)
    expect(text).toContain(recommendation)
  })

  test('error: names what is missing', async () => {
    expect((await complete('Assess this loan: income 5000')).text).toContain(
      'credit score, debt-to-income ratio, loan amount not given',
    )
  })
})

describe('limits and formats', () => {
  test('behavior: max_tokens cuts at 4 bytes a token, never inside a character', async () => {
    const { text, reason, events } = await complete('Say exactly: ééééé', { max_tokens: 2 })
    expect(text).toBe('éééé')
    expect(reason).toBe('length')
    expect(events.at(-1)).toMatchObject({ usage: { completionTokens: 2 } })
    expect((await complete('Say exactly: 12345678', { max_tokens: 2 })).reason).toBe('stop')
  })

  test('behavior: a call that does not fit is not begun', async () => {
    const { calls, reason } = await chat([user('Weather in Dallas?')], { ...tools, max_tokens: 3 })
    expect(calls).toEqual([])
    expect(reason).toBe('length')
  })

  test('behavior: stop sequences', async () => {
    expect((await complete('Say exactly: one two three', { stop: ' three' })).text).toBe('one two')
    expect(await complete('Say exactly: one two three', { stop: ['zero', 'two', 'one t'] })).toMatchObject({
      text: '',
      reason: 'stop',
    })
  })

  test('behavior: JSON for a schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer' },
        mood: { enum: ['sad', 'happy'] },
        tags: { type: 'array', items: { type: 'string' } },
        home: { anyOf: [{ $ref: '#/$defs/home' }, { type: 'null' }] },
      },
      required: ['name', 'age', 'mood', 'tags', 'home'],
      $defs: { home: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    }
    const { text } = await chat([user('My name is Ada, I am 36, happy, and live in Berlin.')], {
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    })
    expect(JSON.parse(text)).toMatchObject({ name: 'Ada', age: 36, mood: 'happy', home: { city: 'Berlin' } })
    expect(
      JSON.parse((await chat([user('Say exactly: x')], { response_format: { type: 'json_object' } })).text),
    ).toEqual({ answer: 'x' })
  })

  test.each([
    ['What is 12 * 7?', '12 * 7 = 84'],
    ['Calculate 0.1 + 0.2', '0.1 + 0.2 = 0.3'],
    ['What is 5 / 0?', 'Division by zero has no result.'],
    ['Reply with "pong"', 'pong'],
    ['qz-93 random words', 'The scripted model has no rule for this and repeats it: qz-93 random words'],
    ['', 'The scripted model was given nothing to answer.'],
  ])('behavior: %j', async (prompt, expected) => {
    expect((await complete(prompt)).text).toBe(expected)
  })

  test('behavior: content in parts is read as text', async () => {
    expect(
      (
        await chat([
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Say exactly:' },
              { type: 'text', text: ' parts' },
            ],
          },
        ])
      ).text,
    ).toBe('parts')
  })

  test('error: hostile texts stay cheap', async () => {
    const started = performance.now()
    for (const filler of [' ', '"', '(', 'function ', 'in A', '1', 'translate ', ', ', 'pragma solidity ']) {
      await complete(`translate say ${filler.repeat(40_000)}`)
      await chat([user(`weather in ${filler.repeat(40_000)}`)], tools)
    }
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('aborting', () => {
  const request = { endpoint: 'completions', model: 'm', body: { model: 'm', prompt: 'Say exactly: a b c d' } } as const

  test('default', async () => {
    const controller = new AbortController()
    const { events } = await scriptedUpstream().send(request, { signal: controller.signal })
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of events) {
        if (event.type === 'text-delta') seen.push(event.text)
        if (seen.length === 2) controller.abort()
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    expect(seen).toEqual(['a', ' b'])
    await expect(scriptedUpstream().send(request, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })

  test('behavior: pause makes it slow', async () => {
    let pauses = 0
    const upstream = scriptedUpstream({
      pause: async () => {
        pauses += 1
      },
    })
    for await (const _event of (await upstream.send(request, { signal })).events);
    expect(pauses).toBe(6)
  })
})
