// Loaded before a program, it names every module that the program loads: ES modules as they are loaded, CommonJS at the end.
import { writeSync } from 'node:fs'
import { createRequire, register } from 'node:module'

const hook = `
import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  writeSync(2, 'module ' + url + '\\n')
  return next(url, context)
}`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
process.once('exit', () => {
  for (const file of Object.keys(createRequire(import.meta.url).cache)) writeSync(2, `module ${file}\n`)
})
