import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  client: 'src/client/index.ts',
  server: 'src/server/index.ts',
  facilitator: 'src/facilitator/index.ts',
  evm: 'src/evm/index.ts',
  node: 'src/node/index.ts',
  hono: 'src/hono/index.ts',
  express: 'src/express/index.ts',
  extensions: 'src/extensions/index.ts',
  channel: 'src/channel/index.ts',
  storage: 'src/storage/index.ts',
})
