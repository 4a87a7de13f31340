import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/main.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  clean: true,
  sourcemap: true,
  // Only `og dev` needs a whole network; it is loaded when it is asked for.
  external: ['@og/devnet'],
})
