// Compiles a package's contracts/*.sol with the pinned solc from npm and writes TypeScript artifacts.
// A package's own scripts/compile-contracts.mjs says what becomes an artifact:
//   node scripts/compile-contracts.mjs           writes the artifacts
//   node scripts/compile-contracts.mjs --check   recompiles and fails when a committed artifact differs
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
  // Without the metadata trailer the bytes depend on source and settings only.
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
}

function sourcesIn(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = posix.join(prefix, entry.name)
    if (entry.isDirectory()) return sourcesIn(join(folder, entry.name), name)
    return entry.name.endsWith('.sol') ? [name] : []
  })
}

function readImport(require, path) {
  try {
    return { contents: readFileSync(require.resolve(path), 'utf8') }
  } catch {
    return { error: `cannot find ${path}` }
  }
}

function compile({ require, solc, contractsFolder }) {
  const names = sourcesIn(contractsFolder).sort()
  const sources = Object.fromEntries(
    names.map((name) => [name, { content: readFileSync(join(contractsFolder, name), 'utf8') }]),
  )
  const input = JSON.stringify({ language: 'Solidity', sources, settings })
  const output = JSON.parse(solc.compile(input, { import: (path) => readImport(require, path) }))
  const isOurs = (problem) => problem.severity === 'error' || names.includes(problem.sourceLocation?.file)
  const problems = (output.errors ?? []).filter((problem) => problem.severity !== 'info' && isOurs(problem))
  if (problems.length > 0) {
    throw new Error(problems.map((problem) => problem.formattedMessage).join('\n'))
  }
  return Object.assign({}, ...Object.values(output.contracts))
}

function render({ contract, name, code }, { compiled, solc }) {
  const { abi, evm } = compiled[contract]
  const bytecode = code === 'deployed' ? evm.deployedBytecode.object : evm.bytecode.object
  const suffix = code === 'deployed' ? 'Runtime' : 'Bytecode'
  const what = code === 'deployed' ? 'Runtime code' : 'Init code'
  // Parameter names and types are enough for callers; the compiler's internal types are noise.
  const plainAbi = JSON.stringify(abi, (key, value) => (key === 'internalType' ? undefined : value), 2)
  return [
    `// Written by scripts/compile-contracts.mjs from contracts/ with solc ${solc.version()}. Do not edit.`,
    '',
    `/** ABI of ${contract}. */`,
    `export const ${name}Abi = ${plainAbi} as const`,
    '',
    `/** ${what} of ${contract}. */`,
    `export const ${name}${suffix}: \`0x\${string}\` =`,
    `  '0x${bytecode}'`,
    '',
  ].join('\n')
}

/**
 * Compiles or checks. `script` is the calling package's `import.meta.url`: its own imports are used. `artifacts` name contract, file
 * and exports, and which byte code: `init` (to deploy) or `deployed` (to place).
 */
export function compileContracts({ solc, script, outputFolder, artifacts }) {
  const require = createRequire(script)
  const root = dirname(dirname(fileURLToPath(script)))
  const output = join(root, outputFolder)
  const compiled = compile({ require, solc, contractsFolder: join(root, 'contracts') })
  const check = process.argv.includes('--check')
  const stale = []
  mkdirSync(output, { recursive: true })
  for (const artifact of artifacts) {
    const path = join(output, `${artifact.file}.ts`)
    const text = render(artifact, { compiled, solc })
    if (check) {
      if (!existsSync(path) || readFileSync(path, 'utf8') !== text) stale.push(basename(path))
    } else {
      writeFileSync(path, text)
      const bytes = compiled[artifact.contract].evm.deployedBytecode.object.length / 2
      console.log(`${artifact.contract}: ${bytes} bytes of runtime code`)
    }
  }
  if (stale.length > 0) {
    console.error(`Not what the sources compile to: ${stale.join(', ')}. Run: node scripts/compile-contracts.mjs`)
    process.exitCode = 1
  } else if (check) {
    console.log(`${artifacts.length} artifacts match their sources.`)
  }
}
