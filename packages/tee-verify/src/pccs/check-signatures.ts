import { equalBytes } from '../bytes/equal-bytes.js'
import { nobleCrypto } from '../crypto/noble-crypto.js'
import { QuoteError } from '../quote-error.js'
import type { TrustRoot } from '../trust-root.js'
import { type Certificate, parseCertificate } from '../x509/certificate.js'
import { parsePemChain } from '../x509/pem.js'
import type { FetchedCollateral } from './fetched-collateral.js'

/**
 * Checks that the documents were signed under the root, so that no source can fill a cache with text of its own. It says nothing
 * about dates, roles and revocation: that, and everything else, is `verifyQuote`'s.
 * @throws QuoteError `COLLATERAL_SIGNATURE`, `COLLATERAL_MISMATCH`
 */
export function checkCollateralSignatures(fetched: FetchedCollateral, trustRoot: TrustRoot): void {
  const { collateral, responses } = fetched
  const pckCaChain = parsePemChain(responses.pckCrlIssuerChain).map((der) => parseCertificate(der))
  const root = parseCertificate(trustRoot.certificate)
  const chains = [collateral.tcbInfo.issuerChain, collateral.qeIdentity.issuerChain, pckCaChain]
  const [tcbSigner, qeSigner, pckCa] = chains.map((chain) => signerOf(chain, root))
  if (tcbSigner === undefined || qeSigner === undefined || pckCa === undefined) throw refused('a chain')
  if (pckCa.commonName.endsWith('Processor CA') !== (fetched.subject.ca === 'processor')) {
    throw new QuoteError('COLLATERAL_MISMATCH', `the PCK revocation list is by "${pckCa.commonName}"`)
  }
  expectSigned('TCB Info', collateral.tcbInfo, tcbSigner)
  expectSigned('the QE identity', collateral.qeIdentity, qeSigner)
  expectSigned('the PCK revocation list', collateral.pckCrl, pckCa)
  expectSigned('the root revocation list', collateral.rootCrl, root)
}

/** The certificate that signs, which the root itself must have signed. */
function signerOf(chain: readonly Certificate[], root: Certificate): Certificate {
  const [signer, top, ...others] = chain
  if (signer === undefined || top === undefined || others.length > 0 || !equalBytes(top.der, root.der)) {
    throw refused('an issuer chain of two certificates that ends in the trusted root')
  }
  expectSigned('an issuer chain', signer, root)
  return signer
}

function expectSigned(
  what: string,
  { signed, signature }: { readonly signed: Uint8Array; readonly signature: Uint8Array },
  { publicKey }: Certificate,
): void {
  if (!nobleCrypto.verifyP256({ publicKey, message: signed, signature })) throw refused(what)
}

function refused(what: string): QuoteError {
  return new QuoteError('COLLATERAL_SIGNATURE', `${what} is not signed under the trusted root`)
}
