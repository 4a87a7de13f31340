import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { releasesOf } from './compose-hash.js'

/** Writes `deploy/releases.json` anew: `npm run releases`, after every change of the compose file. */
const folder = fileURLToPath(new URL('../deploy/', import.meta.url))
const releases = releasesOf(readFileSync(`${folder}docker-compose.yml`, 'utf8'))
writeFileSync(`${folder}releases.json`, `${JSON.stringify(releases, null, 2)}\n`)
