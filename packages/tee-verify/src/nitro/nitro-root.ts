import { decodeBase64 } from '../bytes/base64.js'
import { equalBytes } from '../bytes/equal-bytes.js'
import { parseP384Certificate } from './p384-certificate.js'

/** Whose root a verdict rests on: that of AWS Nitro, or any other one, which is never more than a simulation. */
export type NitroPlatform = 'aws-nitro' | 'simulated'

/** A root certificate that attestation documents are verified against, byte for byte. */
export interface NitroTrustRoot {
  readonly platform: NitroPlatform
  /** DER. */
  readonly certificate: Uint8Array
}

/**
 * AWS Nitro Enclaves root G1, 2019-10-28 to 2049-10-28, as AWS publishes it for verification of attestation documents.
 * SHA-256 641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b.
 */
const awsNitroRootBase64 =
  'MIICETCCAZagAwIBAgIRAPkxdWgbkK/hHUbMtOTn+FYwCgYIKoZIzj0EAwMwSTELMAkGA1UEBhMCVVMxDzANBgNVBAoMBkFtYXpv' +
  'bjEMMAoGA1UECwwDQVdTMRswGQYDVQQDDBJhd3Mubml0cm8tZW5jbGF2ZXMwHhcNMTkxMDI4MTMyODA1WhcNNDkxMDI4MTQyODA1' +
  'WjBJMQswCQYDVQQGEwJVUzEPMA0GA1UECgwGQW1hem9uMQwwCgYDVQQLDANBV1MxGzAZBgNVBAMMEmF3cy5uaXRyby1lbmNsYXZl' +
  'czB2MBAGByqGSM49AgEGBSuBBAAiA2IABPwCVOumCMHzaHDimtqQvkY4MpJzbolL//Zy2YlES1BR5TSksfbb48C8WBoyt7F2Bw7e' +
  'EtaaP+ohG2bnUs990d0JX28TcPQXCEPZ3BABIeTPYwEoCWZEh8l5YoQwTcU/9KNCMEAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4E' +
  'FgQUkCW1DdkFR+eWw5b6cp3PmanfS5YwDgYDVR0PAQH/BAQDAgGGMAoGCCqGSM49BAMDA2kAMGYCMQCjfy+Rocm9Xue4YnwWmNJV' +
  'A44fA0P5W2OpYow9OYCVRaEevL8uO1XYru5xtMPWrfMCMQCi85sWBbJwKKXdS6BptQFuZbT73o/gBh1qUxl/nNr12UO8Yfwr6wPL' +
  'b+6NIwLz3/Y='

/** The production root of AWS Nitro Enclaves: the default, and the only one with the label `aws-nitro`. */
export const awsNitroRoot: NitroTrustRoot = { platform: 'aws-nitro', certificate: decodeBase64(awsNitroRootBase64) }

/**
 * Makes a trust root of another certificate, for simulators and tests; whatever it vouches for is labelled `simulated`.
 * @throws QuoteError `BAD_CERTIFICATE`, `BAD_DER` when the bytes are no certificate of the profile.
 */
export function simulatedNitroRoot(certificateDer: Uint8Array): NitroTrustRoot {
  return { platform: 'simulated', certificate: parseP384Certificate(certificateDer.slice()).der }
}

/** The label of a root, from its bytes alone: an object that only claims to be AWS's is not believed. */
export function nitroPlatformOf(root: NitroTrustRoot): NitroPlatform {
  return equalBytes(root.certificate, awsNitroRoot.certificate) ? 'aws-nitro' : 'simulated'
}
