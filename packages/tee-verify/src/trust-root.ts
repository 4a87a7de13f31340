import { decodeBase64 } from './bytes/base64.js'
import { equalBytes } from './bytes/equal-bytes.js'
import { parseCertificate } from './x509/certificate.js'

/** Whose root a verdict rests on: Intel's production root, or any other one, which is never more than a simulation. */
export type TrustRootPlatform = 'intel' | 'simulated'

/** A root certificate that quotes and collateral are verified against, byte for byte. */
export interface TrustRoot {
  readonly platform: TrustRootPlatform
  /** DER. */
  readonly certificate: Uint8Array
}

/**
 * Intel SGX Root CA, 2018-05-21 to 2049-12-31, as served at https://certificates.trustedservices.intel.com/.
 * SHA-256 44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3.
 */
const intelRootBase64 =
  'MIICjzCCAjSgAwIBAgIUImUM1lqdNInzg7SVUr9QGzknBqwwCgYIKoZIzj0EAwIwaDEaMBgGA1UEAwwRSW50ZWwgU0dYIFJvb3Qg' +
  'Q0ExGjAYBgNVBAoMEUludGVsIENvcnBvcmF0aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJBgNVBAYT' +
  'AlVTMB4XDTE4MDUyMTEwNDUxMFoXDTQ5MTIzMTIzNTk1OVowaDEaMBgGA1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoM' +
  'EUludGVsIENvcnBvcmF0aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJBgNVBAYTAlVTMFkwEwYHKoZI' +
  'zj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi71OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO4mqsyYjlBalTVYxF' +
  'P2sJBK5zlKOBuzCBuDAfBgNVHSMEGDAWgBQiZQzWWp00ifODtJVSv1AbOScGrDBSBgNVHR8ESzBJMEegRaBDhkFodHRwczovL2Nl' +
  'cnRpZmljYXRlcy50cnVzdGVkc2VydmljZXMuaW50ZWwuY29tL0ludGVsU0dYUm9vdENBLmRlcjAdBgNVHQ4EFgQUImUM1lqdNInz' +
  'g7SVUr9QGzknBqwwDgYDVR0PAQH/BAQDAgEGMBIGA1UdEwEB/wQIMAYBAf8CAQEwCgYIKoZIzj0EAwIDSQAwRgIhAOW/5QkR+S9C' +
  'iSDcNoowLuPRLsWGf/Yi7GSX94BgwTwgAiEA4J0lrHoMs+Xo5o/sX6O9QWxHRAvZUGOdRQ7cvqRXaqI='

/** Intel's production root for SGX and TDX: the default, and the only one with the label `intel`. */
export const intelRoot: TrustRoot = { platform: 'intel', certificate: decodeBase64(intelRootBase64) }

/**
 * Makes a trust root of another certificate, for simulators and tests; whatever it vouches for is labelled `simulated`.
 * @throws QuoteError `BAD_CERTIFICATE`, `BAD_DER` when the bytes are no certificate of the profile.
 */
export function simulatorRoot(certificateDer: Uint8Array): TrustRoot {
  return { platform: 'simulated', certificate: parseCertificate(certificateDer.slice()).der }
}

/** The label of a root, from its bytes alone: an object that only claims to be Intel's is not believed. */
export function platformOf(root: TrustRoot): TrustRootPlatform {
  return equalBytes(root.certificate, intelRoot.certificate) ? 'intel' : 'simulated'
}
