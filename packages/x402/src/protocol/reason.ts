import type { ChannelReason } from '../channel/shared/channel-reason.js'

/** Why a payment is refused, in the wire's spelling of the official SDKs (`invalidReason`, `errorReason`, `error`). */
export type Reason =
  | ChannelReason
  | 'invalid_payload'
  | 'invalid_payment_requirements'
  | 'invalid_x402_version'
  | 'invalid_network'
  | 'unsupported_scheme'
  | 'unsupported_payload_type'
  | 'unexpected_verify_error'
  | 'unexpected_settle_error'
  | 'settlement_pending'
  | 'asset_not_deployed_contract'
  | 'invalid_exact_evm_scheme'
  | 'invalid_exact_evm_network_mismatch'
  | 'invalid_exact_evm_missing_eip712_domain'
  | 'invalid_exact_evm_recipient_mismatch'
  | 'invalid_exact_evm_signature'
  | 'invalid_exact_evm_payload_authorization_valid_before'
  | 'invalid_exact_evm_payload_authorization_valid_after'
  | 'invalid_exact_evm_authorization_value'
  | 'invalid_exact_evm_payload_authorization_value_mismatch'
  | 'invalid_exact_evm_transaction_failed'
  | 'invalid_exact_evm_transfer_event_mismatch'
  | 'invalid_exact_evm_token_name_mismatch'
  | 'invalid_exact_evm_token_version_mismatch'
  | 'invalid_exact_evm_eip3009_not_supported'
  | 'invalid_exact_evm_nonce_already_used'
  | 'invalid_exact_evm_insufficient_balance'
  | 'invalid_exact_evm_transaction_simulation_failed'
  | 'invalid_permit2_spender'
  | 'invalid_permit2_recipient_mismatch'
  | 'permit2_deadline_expired'
  | 'permit2_not_yet_valid'
  | 'permit2_amount_mismatch'
  | 'permit2_token_mismatch'
  | 'invalid_permit2_signature'
  | 'permit2_allowance_required'
  | 'permit2_simulation_failed'
  | 'permit2_insufficient_balance'
  | 'permit2_proxy_not_deployed'
  | 'permit2_invalid_nonce'
  | 'invalid_upto_evm_scheme'
  | 'invalid_upto_evm_network_mismatch'
  | 'invalid_upto_evm_payload_settlement_exceeds_amount'
  | 'invalid_upto_evm_transaction_failed'
  | 'upto_facilitator_mismatch'
  | 'no_matching_requirements'
  | 'request_not_allowed'
  | 'request_binding_mismatch'
  | 'request_binding_missing'
  | 'payment_in_progress'
  | 'payment_already_used'
  | 'payment_used_for_other_request'
  | 'payer_exposure_exhausted'
  | 'extension_echo_mismatch'
  | 'payment_identifier_required'
  | 'payment_identifier_malformed'
  | 'payment_identifier_conflict'
  | 'eip6492_factory_not_allowed'
  | 'smart_wallet_deployment_failed'
  | 'permit2_2612_amount_mismatch'
  | 'invalid_eip2612_extension_format'
  | 'eip2612_from_mismatch'
  | 'eip2612_asset_mismatch'
  | 'eip2612_spender_not_permit2'
  | 'eip2612_deadline_expired'

/** The failing half of a verdict on a payment. `detail` names the rule, never foreign input. */
export interface Refusal {
  readonly ok: false
  readonly code: Reason
  readonly detail: string
}

/** Builds a refusal. */
export function refusal(code: Reason, detail: string): Refusal {
  return { ok: false, code, detail }
}

/** The HTTP status that goes with a reason; 402 unless the table says otherwise. */
export function statusOfReason(reason: string): number {
  switch (reason) {
    // The payer must approve Permit2 first; official servers answer 412 here.
    case 'permit2_allowance_required':
      return 412
    case 'payment_in_progress':
    case 'payment_already_used':
    case 'payment_used_for_other_request':
    case 'payment_identifier_conflict':
    // The payment is good, for another body: paying again is not what is missing.
    case 'request_binding_mismatch':
    case 'request_binding_missing':
      return 409
    case 'payment_identifier_required':
    case 'payment_identifier_malformed':
      return 400
    case 'request_not_allowed':
      return 403
    // Money may be on its way: asking for another payment would be wrong.
    case 'settlement_pending':
      return 503
    case 'unexpected_verify_error':
    case 'unexpected_settle_error':
      return 502
    default:
      return 402
  }
}
