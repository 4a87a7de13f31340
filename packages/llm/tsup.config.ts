import { library } from '../../tsup.base.js'

export default library({
  index: 'src/index.ts',
  upstream: 'src/upstream/index.ts',
  openai: 'src/openai/index.ts',
  'ai-sdk': 'src/ai-sdk/index.ts',
  langchain: 'src/langchain/index.ts',
})
