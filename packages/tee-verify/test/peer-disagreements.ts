/** One rule by which our outcome differs from that of `@phala/dcap-qvl`, where the rule stands, and the vectors that show it. */
export interface PeerDisagreement {
  readonly rule: string
  readonly source: string
  /** What each side says of each vector: a TCB status, or `refused`. */
  readonly vectors: Readonly<Record<string, readonly [ours: string, peer: string]>>
}

/** Intel's own library, the oracle of the vectors: intel/confidential-computing.tee.dcap.qvl at d12717e. */
const qvl = 'Intel quote verification library d12717e'

function accepts(...names: readonly string[]): PeerDisagreement['vectors'] {
  return Object.fromEntries(names.map((name) => [name, ['refused', 'UpToDate']]))
}

/** Every disagreement over the vectors; a vector that is not here has the same outcome on both sides. */
export const peerDisagreements: readonly PeerDisagreement[] = [
  {
    rule: 'certificates are DER: minimal definite lengths, values in range, no critical extension that is not understood',
    source: 'X.690 §10.1, RFC 5280 §4.2, Intel SGX PCK Certificate Specification §1.3.5',
    vectors: accepts('C01', 'C03', 'C11'),
  },
  {
    rule: 'chains have exactly their certificates: three in a quote, two at each document',
    source: `${qvl}, verifyPCKCertificate and verifyTCBInfo`,
    vectors: accepts('C19', 'K03', 'K13'),
  },
  {
    rule: 'a certificate plays one role only: its name, its issuer and its key usage say which',
    source: `${qvl}, verifyPCKCertificate; RFC 5280 §4.1.2.4 and §4.2.1.3`,
    vectors: accepts('K09', 'K17', 'K19'),
  },
  {
    rule: 'a revocation list is signed by its issuer, fresh, complete, and of its issuer',
    source: `${qvl}, verifyPCKCertificate; RFC 5280 §5.1.2, §5.2.4, §5.3.3 and §6.3.3`,
    vectors: accepts('L01', 'L03', 'L05', 'L07', 'L09', 'L11', 'R05', 'R07', 'R09', 'R11'),
  },
  {
    rule: 'the quote is of the vendor of the quoting enclave, and all its sizes and types add up',
    source: 'Intel TDX DCAP Quoting Library API §A.3 and §A.4',
    vectors: accepts('F05', 'F07', 'F09', 'F11', 'G07'),
  },
  {
    rule: 'TCB Info has its exact types, ranges, counts and dates, and no member twice',
    source: `PCS API v4; RFC 8259 §4; ${qvl}, verifyTCBInfo`,
    vectors: { ...accepts('J03', 'J05', 'J07', 'J09', 'J13', 'J15', 'J27', 'T15'), T13: ['refused', 'OutOfDate'] },
  },
  {
    rule: 'TCB Info version 2 describes SGX, as Intel published it until 2023',
    source: `PCS API v3; ${qvl} accepts it for SGX`,
    vectors: { 'intel-sgx-v3': ['UpToDate', 'refused'] },
  },
  {
    rule: 'TCB Info is for the same provisioning certification enclave',
    source: `${qvl}, verifyQuote`,
    vectors: accepts('T05'),
  },
  {
    rule: 'the TDX module is signed by who TCB Info says, and of a version that TCB Info knows',
    source: `${qvl}, verifyQuote`,
    vectors: accepts('T09', 'T11'),
  },
  {
    rule: 'the QE report commits to SHA-256(key ‖ authentication data) of whatever length, then zeros',
    source: `${qvl}, verifyQuote; the zeros are stricter than Intel`,
    vectors: { P07: ['UpToDate', 'refused'], ...accepts('X09', 'X11') },
  },
  {
    rule: 'with a TDX module of major version 1 or above, SVNs 0 and 1 are compared with the level of the module only',
    source: `${qvl}, verifyQuote`,
    vectors: {
      S03: ['OutOfDate', 'refused'],
      S07: ['OutOfDateConfigurationNeeded', 'refused'],
      S09: ['OutOfDate', 'refused'],
      S11: ['TDRelaunchAdvisedConfigurationNeeded', 'refused'],
      V07: ['OutOfDate', 'refused'],
      V09: ['OutOfDateConfigurationNeeded', 'refused'],
      W01: ['TDRelaunchAdvised', 'refused'],
      W03: ['TDRelaunchAdvisedConfigurationNeeded', 'refused'],
      W05: ['OutOfDate', 'refused'],
      W07: ['OutOfDate', 'refused'],
    },
  },
  {
    rule: 'key locker is off unless the policy allows it',
    source: 'default policy of this package; Intel leaves attributes to the caller',
    vectors: accepts('D13'),
  },
]
