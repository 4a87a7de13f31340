/** What it means that a check failed, by code: what was compared, and who would have to have done what. */
const meanings: Readonly<Record<string, string>> = {
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
  ANCHOR_MISSING: 'The chain does not have this record.',
  NOT_ANCHORED: 'The chain does not have this record.',
  ATTESTATION:
    'The quote does not show an enclave that is believed here. A receipt of a development network passes only with the simulator’s word.',
  ATTESTATION_MISSING: 'A TEE receipt without a quote is a VANILLA one.',
  QUOTE: 'The quote does not show an enclave that is believed here.',
}

/** What a failed check means, in a sentence; empty for a code that says all by itself. */
export function explanationOf(code: string): string {
  return meanings[code] ?? ''
}
