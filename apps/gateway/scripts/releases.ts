import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { releasesTextOf } from './compose-hash.js'

/** Writes `deploy/releases.json` anew, after every change of the compose file: `npm run pnpm -- -C apps/gateway run releases`. */
const folder = fileURLToPath(new URL('../deploy/', import.meta.url))
writeFileSync(`${folder}releases.json`, releasesTextOf(readFileSync(`${folder}docker-compose.yml`, 'utf8')))
