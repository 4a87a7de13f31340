import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'
import { offlinePlugin } from './server/offline-plugin.js'

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the build works from any folder of any web server.
  base: './',
  plugins: [react(), offlinePlugin()],
  resolve: { conditions: ['@og/source', ...defaultClientConditions] },
  worker: { format: 'es' },
  build: { target: 'es2022', sourcemap: false, modulePreload: { polyfill: false } },
})
