import { Hono } from 'hono'
import { listCheckpoints, listEquivocations, listInferences, listNodes } from './lists.js'
import { QueryError } from './read-query.js'
import { findAnything } from './search.js'
import { readTotals } from './totals.js'

const app = new Hono()
const query = (url: string): URLSearchParams => new URL(url).searchParams

app.get('/v1/inferences', async (context) => context.json(await listInferences(query(context.req.url))))
app.get('/v1/checkpoints', async (context) => context.json(await listCheckpoints(query(context.req.url))))
app.get('/v1/nodes', async (context) => context.json(await listNodes(query(context.req.url))))
app.get('/v1/equivocations', async (context) => context.json(await listEquivocations(query(context.req.url))))
app.get('/v1/search', async (context) => context.json(await findAnything(query(context.req.url))))
app.get('/v1/totals', async (context) => context.json(await readTotals(query(context.req.url))))

app.onError((error, context) => {
  if (error instanceof QueryError) {
    const { message, param } = error
    return context.json({ error: { message, type: 'invalid_request_error', param, code: 'invalid_query' } }, 400)
  }
  throw error
})

// Ponder takes the routes from the default export of this file.
export default app
