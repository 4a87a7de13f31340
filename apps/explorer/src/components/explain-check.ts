import type { ReceiptCode } from '@og/settlement'
import type { PolicyRejectionCode, QuoteRejectionCode } from '@og/tee-verify'

/** Codes of `verifyReceipt` itself, of its look at the chain and of the payment in the file. */
type BundleCode =
  | 'NOT_INCLUDED'
  | 'CHECKPOINT_SIGNATURE'
  | 'IN_THE_FUTURE'
  | 'ATTESTATION_MISSING'
  | 'ATTESTATION'
  | 'MALFORMED'
  | 'WRONG_NONCE'
  | 'NOT_ON_CHAIN'
  | 'OTHER_CHECKPOINT'
  | 'NO_INCLUSION'
  | 'WRONG_CHAIN'
  | 'OTHER_CONTRACT'
  | 'CHAIN_UNAVAILABLE'
  | 'PAYMENT'
  | 'PAYMENT_TERMS'
  | 'SCHEME'
  | 'OFFER_CHANGED'
  | 'request_binding_mismatch'
  | 'request_binding_missing'
  | 'invalid_exact_evm_signature'
  | 'invalid_permit2_signature'
  | 'voucher_signature'
  | 'channel_mismatch'

/** What it means that a check failed, by code: what was compared, and who would have to have done what. */
const meanings: Readonly<Record<ReceiptCode | QuoteRejectionCode | PolicyRejectionCode | BundleCode, string>> = {
  RECEIPT_SIGNATURE:
    'The key that the attested manifest names did not sign this receipt: it is made up, or a field of it was changed.',
  REQUEST_COMMITMENT:
    'The receipt is for another request than the one given here: it was changed after signing, or files were mixed up.',
  RESPONSE_COMMITMENT:
    'The node signed another answer than the one given here: it was changed after signing, or files were mixed up.',
  UPSTREAM_REQUEST_COMMITMENT: 'What was sent to the provider is not what the node committed to.',
  TERMS_HASH: 'Price, model, usage or payer are not those that the node signed: one of them was changed.',
  WRONG_NODE: 'The receipt names another node than its own manifest.',
  WRONG_LOG: 'The receipt belongs to another log than its node.',
  WRONG_MODE: 'The node is of another mode than the receipt says: a VANILLA node cannot speak for an enclave.',
  WRONG_DOMAIN: 'The receipt is for another chain or contract.',
  WRONG_SETTLEMENT: 'The call was to be settled in another way than was asked for.',
  WRONG_PAYEE: 'The money goes to an account that the attested manifest does not name.',
  WRONG_ASSET: 'Paid in another token than was offered.',
  WRONG_NETWORK: 'Paid on another chain than was offered.',
  PAYMENT_HASH: 'The payment in the file is another one than the receipt names.',
  PAYMENT: 'The payment in the file is not valid, or not the payer’s.',
  PAYMENT_TERMS:
    'The payment in the file is on another chain, in another token or to another account than the terms say.',
  PAYER: 'Somebody else paid than the terms say.',
  AUTHORIZED: 'The payer signed another amount than the terms say.',
  CHARGE_EXCEEDS_AUTHORIZED: 'More was charged than the payer signed for.',
  CHARGE_NOT_OFFER: 'The charge is not what the signed offer and the counted tokens amount to.',
  OUTCOME_CHARGE: 'A call that failed was charged, or one that succeeded was charged nothing.',
  USAGE: 'The counted tokens contradict each other or the answer.',
  OFFER_SIGNATURE: 'The offer was not signed by this node: its price is made up.',
  OFFER_HASH: 'The receipt is for another offer than the one in the file.',
  OFFER_EXPIRED: 'The offer was not valid when the call came in.',
  OFFER_NODE: 'The offer is another node’s.',
  OFFER_PAYMENT: 'The offer wants to be paid in a way that the attested manifest does not name.',
  OUTSIDE_VALIDITY: 'The node’s keys were not valid at that time.',
  IN_THE_FUTURE: 'The receipt is from the future by this computer’s clock.',
  TIME_ORDER: 'The times in it contradict each other.',
  MODEL_REQUESTED: 'The request asks for another model than the terms say.',
  MODEL_ANSWERED: 'The answer names another model than the terms say.',
  NOT_INCLUDED: 'The proof does not lead from this receipt to the checkpoint: the receipt is not in that log.',
  CHECKPOINT_SIGNATURE: 'The checkpoint was not signed by this node.',
  ATTESTATION:
    'The quote does not show an enclave that is believed here. A receipt of a development network passes only with the simulator’s word.',
  ATTESTATION_MISSING: 'A TEE receipt without a quote is a VANILLA one.',
  ATTEMPT: 'It is the receipt of another attempt at the same call.',
  UNKNOWN_SCHEME: 'It was paid in a way that this page does not know.',
  OUTCOME: 'The receipt says that the call ended in another way than the answer shows.',
  SETTLEMENT_NOT_OFFERED: 'The node’s offer does not have this way of settling.',
  MALFORMED: 'The quote, or what Intel says about its platform, cannot be read.',
  WRONG_NONCE: 'The quote was made for another question than the one in the file: it may be an old one.',
  NOT_ON_CHAIN: 'The chain that was asked does not have this record: it never arrived there, or it is another chain.',
  OTHER_CHECKPOINT: 'The node published another head of its log than the one in the file: one of the two is a lie.',
  NO_INCLUSION: 'A batched record is found by its place in the log, and the file does not say that place yet.',
  OTHER_CONTRACT:
    'The receipt is for another contract than this network’s: anybody can deploy one that says what he likes.',
  WRONG_CHAIN: 'The chain that was asked is not the one on which the node records.',
  CHAIN_UNAVAILABLE: 'The chain did not answer. This says nothing against the receipt: try again.',
  SCHEME: 'The payment is of another kind than the terms say.',
  OFFER_CHANGED: 'The payer agreed to another offer than the one in the file.',
  request_binding_mismatch: 'The payer signed for another request than the one given here.',
  request_binding_missing: 'The payment claims to be bound to a request, and does not show to which.',
  invalid_exact_evm_signature: 'The payment is not signed by the account that is said to have paid.',
  invalid_permit2_signature: 'The payment is not signed by the account that is said to have paid.',
  channel_mismatch: 'The channel of the payment pays in another token or to another account than the payment says.',
  voucher_signature: 'The voucher is not signed by the owner of its channel.',
  // The quote: is it a genuine one?
  INVALID_TIME: 'The time at which the quote is judged makes no sense.',
  CHAIN_SHAPE: 'The quote does not bring the three certificates that every genuine one has.',
  ROOT_NOT_TRUSTED:
    'The hardware’s certificates do not lead to the root that was chosen above. A receipt of a development network passes only with the simulator’s word.',
  CERTIFICATE_ROLE: 'A certificate is used for something that it was not issued for.',
  CERTIFICATE_ISSUER: 'A certificate was not issued by the one above it.',
  CERTIFICATE_EXPIRED: 'A certificate of the hardware had run out by then.',
  CERTIFICATE_NOT_YET_VALID: 'A certificate of the hardware was not valid yet.',
  CERTIFICATE_SIGNATURE: 'A certificate of the hardware is forged.',
  CERTIFICATE_REVOKED: 'The vendor took the hardware’s certificate back: its keys may be known to somebody.',
  CRL_ISSUER: 'The list of revoked certificates is not the vendor’s.',
  CRL_EXPIRED: 'The list of revoked certificates is too old to say anything.',
  CRL_NOT_YET_VALID: 'The list of revoked certificates is from the future.',
  CRL_SIGNATURE: 'The list of revoked certificates is forged.',
  TCB_INFO_EXPIRED: 'What the vendor says of the platform’s patch level is too old.',
  TCB_INFO_NOT_YET_VALID: 'What the vendor says of the platform’s patch level is from the future.',
  TCB_INFO_SIGNATURE: 'What is said of the platform’s patch level was not signed by the vendor.',
  QE_IDENTITY_EXPIRED: 'What the vendor says of its quoting enclave is too old.',
  QE_IDENTITY_NOT_YET_VALID: 'What the vendor says of its quoting enclave is from the future.',
  QE_IDENTITY_SIGNATURE: 'What is said of the quoting enclave was not signed by the vendor.',
  COLLATERAL_ROLLED_BACK:
    'The vendor’s statements are older than some that were seen before: known holes could be hidden.',
  COLLATERAL_TYPE_MISMATCH: 'The vendor’s statements are about another kind of hardware.',
  FMSPC_MISMATCH: 'The vendor’s statements are about another platform.',
  PCE_ID_MISMATCH: 'The vendor’s statements are about another platform.',
  QE_REPORT_SIGNATURE: 'The quoting enclave’s report is not signed by the hardware.',
  ATTESTATION_KEY_MISMATCH: 'The quote is signed with a key that the quoting enclave did not vouch for.',
  QE_IDENTITY_MISMATCH: 'The quote was made by another quoting enclave than the vendor’s.',
  TDX_MODULE_MISMATCH: 'The machine runs a TDX module that the vendor does not know.',
  QUOTE_SIGNATURE: 'The quote was changed after the hardware signed it.',
  TCB_NOT_SUPPORTED: 'The platform’s patch level is one that the vendor does not know.',
  TCB_REVOKED: 'The platform’s patch level has known holes, and the vendor withdrew it.',
  // The quote: is it one that is accepted here?
  QUOTE_REJECTED: 'The quote is not genuine, so nothing it says counts.',
  BAD_POLICY: 'What is demanded of quotes here contradicts itself.',
  VERDICT_EXPIRED: 'The quote was judged too long ago.',
  TRUST_ROOT_NOT_ALLOWED: 'The quote is genuine under a root that is not believed here.',
  TCB_STATUS_NOT_ALLOWED: 'The platform lacks patches: its secrets may be read through known holes.',
  COLLATERAL_TOO_OLD: 'The vendor’s statements are older than is accepted here.',
  TD_DEBUG: 'The enclave runs under a debugger: it has no secrets.',
  TD_ATTRIBUTES_NOT_ALLOWED: 'The enclave has rights that an enclave with secrets should not have.',
  XFAM_NOT_ALLOWED: 'The enclave uses features of the processor that are not accepted here.',
  SERVICE_TD_NOT_ALLOWED: 'Another machine is bound to the enclave and may move it.',
  MEASUREMENT_MISMATCH: 'The code that runs there is none of the known releases.',
  REPORT_DATA_MISMATCH: 'The quote is genuine, but for other keys: it was taken from another machine.',
  HARDWARE_NOT_ALLOWED: 'The machine is none that is accepted here.',
}

/** What a failed check means, in a sentence; empty for a code that says all by itself. */
export function explanationOf(code: string): string {
  return isExplained(code) ? meanings[code] : ''
}

function isExplained(code: string): code is keyof typeof meanings {
  return Object.hasOwn(meanings, code)
}
