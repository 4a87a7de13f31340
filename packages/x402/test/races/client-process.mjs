// A client process without any import of ours, so that dozens of them start quickly. It gets jobs as JSON lines:
// { port, path, payments } opens one connection per payment and sends everything but the last byte of the request,
// then says "ready"; "go" sends the last bytes at once and says what was answered.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const body = '{"q":1}'

/** Sends all of a request but its last byte. */
function prepare({ port, path, payment }) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  const answer = new Promise((resolve) => {
    socket.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    socket.on('error', (error) => resolve({ status: 0, code: error.code }))
    socket.on('close', () => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), code: /"code":"(\w+)"/.exec(text)?.[1] })
    })
  })
  const head = [`POST /${path} HTTP/1.1`, 'host: race.example', 'connection: close', `content-length: ${body.length}`]
  const sent = new Promise((resolve) => {
    socket.once('connect', () => {
      socket.write(`${[...head, `payment-signature: ${payment}`].join('\r\n')}\r\n\r\n${body.slice(0, -1)}`, resolve)
    })
  })
  return { sent, answer, go: () => socket.write(body.slice(-1)) }
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
let requests = []

// The end of stdin ends this process.
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line)
  if (job === 'go') {
    for (const { go } of requests) go()
    say(await Promise.all(requests.map(({ answer }) => answer)))
  } else {
    requests = job.payments.map((payment) => prepare({ ...job, payment }))
    await Promise.all(requests.map(({ sent }) => sent))
    say('ready')
  }
}
