import { simulatorRoot, type TrustRoot } from '@og/tee-verify'

/**
 * Root certificate of the published simulator, DER in base64: anybody can make quotes that lead to it. It stands here as a constant, so that
 * a client holds nothing of the simulator itself; `@og/tee-verify/simulator` makes the same one.
 */
const SIMULATOR_ROOT =
  'MIIB6zCCAZCgAwIBAgIUENXfE6C4VLxf703yzCKRt1XoZmswCgYIKoZIzj0EAwIwQTEeMBwGA1UEAwwVU2ltdWxhdGVkIFNHWCBSb290' +
  'IENBMR8wHQYDVQQKDBZPcGVuR3JhZGllbnQgc2ltdWxhdG9yMB4XDTI1MDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowQTEeMBwGA1UE' +
  'AwwVU2ltdWxhdGVkIFNHWCBSb290IENBMR8wHQYDVQQKDBZPcGVuR3JhZGllbnQgc2ltdWxhdG9yMFkwEwYHKoZIzj0CAQYIKoZIzj0D' +
  'AQcDQgAELGd5iTMpynTvikZWX2aKeBVhZdfInZMmN3B0mTn59cflXrfRXoCl2jmbqDA+RGH5S/5aF2hq9gPmtzchH3P9haNmMGQwHwYD' +
  'VR0jBBgwFoAUf9XfE6C4VLxf703yzCKRt1XoZmswHQYDVR0OBBYEFH/V3xOguFS8X+9N8swikbdV6GZrMA4GA1UdDwEB/wQEAwIBBjAS' +
  'BgNVHRMBAf8ECDAGAQH/AgEBMAoGCCqGSM49BAMCA0kAMEYCIQDLntog0igPERHEd+yjCZxQhN3FnoDx5tAwt+9qGbh57wIhAO9uAMot' +
  'P85zXrS9JTTK2ddJg7bQnEhbVU2qskXdYjCN'

/** The trust root of the published simulator. */
export function simulatorTrustRoot(): TrustRoot {
  return simulatorRoot(Uint8Array.from(atob(SIMULATOR_ROOT), (character) => character.charCodeAt(0)))
}
