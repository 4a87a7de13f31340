import { createHash } from 'node:crypto'
import { canonicalize, type JsonObject } from '@og/settlement'

/** What dstack is told to run: the compose file and the options that are measured with it. */
export function appComposeOf(dockerComposeFile: string): JsonObject {
  return {
    manifest_version: 2,
    name: 'og-gateway',
    runner: 'docker-compose',
    docker_compose_file: dockerComposeFile,
    kms_enabled: false,
    gateway_enabled: false,
    local_key_provider_enabled: false,
    key_provider_id: '',
    public_logs: false,
    public_sysinfo: false,
    allowed_envs: ['OG_RELAYER_KEY', 'OG_FACILITATOR_TOKEN'],
    no_instance_id: false,
    secure_time: true,
  }
}

/** The compose hash that dstack extends into RTMR3: SHA-256 of the application's JSON, members sorted, without spaces. */
export function composeHashOf(appCompose: JsonObject): string {
  return `0x${createHash('sha256').update(canonicalize(appCompose), 'utf8').digest('hex')}`
}

/** The release as it is published. Measurements stand in it only where they were computed from a built image, and here none was. */
export function releasesOf(dockerComposeFile: string): JsonObject {
  const appCompose = appComposeOf(dockerComposeFile)
  return {
    format: 'og-compose-hashes-1',
    product: 'og-gateway',
    releases: [{ name: 'og-gateway 0.0.0', composeHash: composeHashOf(appCompose), appCompose, measurements: null }],
  }
}

/** The file of the releases, byte for byte. */
export function releasesTextOf(dockerComposeFile: string): string {
  return `${JSON.stringify(releasesOf(dockerComposeFile), null, 2)}\n`
}
