import { expect, test } from 'vitest'
import * as client from './client/index.js'
import * as evm from './evm/index.js'
import * as facilitator from './facilitator/index.js'
import * as main from './index.js'
import * as server from './server/index.js'

test('behavior: the names of every entry', () => {
  expect({
    '.': Object.keys(main),
    './client': Object.keys(client),
    './server': Object.keys(server),
    './facilitator': Object.keys(facilitator),
    './evm': Object.keys(evm),
  }).toMatchInlineSnapshot(`
    {
      ".": [
        "isAddress",
        "isSameAddress",
        "parseAddress",
        "isHex",
        "formatAmount",
        "parseAmount",
        "parseAtomicAmount",
        "decodePaymentPayload",
        "decodePaymentRequired",
        "decodeSettleResponse",
        "encodePaymentHeader",
        "PAYMENT_REQUIRED_HEADER",
        "PAYMENT_RESPONSE_HEADER",
        "PAYMENT_SIGNATURE_HEADER",
        "evmChainId",
        "evmNetwork",
        "parseNetwork",
        "parsePaymentPayload",
        "parsePaymentRequired",
        "amountOf",
        "parsePaymentRequirements",
        "statusOfReason",
        "parseResourceInfo",
        "parseSettleResponse",
        "parseSupportedResponse",
        "parseVerifyResponse",
        "X402Error",
      ],
      "./client": [
        "createPayment",
        "refusalReasonOf",
        "settlementOf",
        "selectRequirements",
        "checkSpendPolicy",
        "wrapFetch",
      ],
      "./evm": [
        "encodeAuthorization",
        "parseAuthorization",
        "EXACT_PERMIT2_PROXY_ADDRESS",
        "PERMIT2_ADDRESS",
        "UPTO_PERMIT2_PROXY_ADDRESS",
        "exactClient",
        "uptoClient",
        "exactFacilitator",
        "uptoFacilitator",
        "nobleRecover",
        "BOUND_VALID_AFTER",
        "boundNonce",
        "checkRequestBinding",
        "offerHashOf",
        "REQUEST_BINDING_EXTENSION",
        "requestBindingExtension",
        "parseEcdsaSignature",
        "recoverSigner",
        "hashPermitAuthorization",
        "hashTokenDomain",
        "hashTransferAuthorization",
        "verifyAuthorization",
        "viemChain",
      ],
      "./facilitator": [
        "createFacilitator",
        "createFacilitatorClient",
        "createFacilitatorHandler",
      ],
      "./server": [
        "createPaymentRequired",
        "EXPOSED_HEADERS",
        "paymentRequiredResponse",
        "createPaywall",
        "matchPayment",
        "createMemoryReservationStore",
        "readPayment",
        "nonceKeyText",
      ],
    }
  `)
})
