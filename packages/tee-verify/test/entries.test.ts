import { describe, expect, it } from 'vitest'
import * as binding from '../src/binding/index.js'
import * as channel from '../src/channel/index.js'
import * as eventLog from '../src/event-log/index.js'
import * as main from '../src/index.js'
import * as nitro from '../src/nitro/index.js'
import * as native from '../src/node.js'
import * as pccs from '../src/pccs/index.js'
import * as release from '../src/release/index.js'
import * as simulator from '../src/simulator/index.js'

// One file for all entries: a test file costs more than its tests.
describe('@og/tee-verify/binding', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(binding).sort()).toMatchInlineSnapshot(`
      [
        "dstackReportData",
        "nearReportData",
        "nitridingUserData",
        "nodeReportData",
        "nonceReportData",
        "teekitReportData",
        "tinfoilReportData",
      ]
    `)
  })
})

it('default: the names that the channel exports', () => {
  expect(Object.keys(channel).sort()).toEqual([
    'ChannelError',
    'KEY_ROTATED_CODE',
    'SEALED_CONTENT_TYPE',
    'SEALED_RESPONSE_HEADERS',
    'createChannelServer',
    'createSealingKey',
    'keyIdOf',
    'plainErrorOf',
    'sealFetch',
    'sealResponse',
  ])
})

describe('@og/tee-verify/event-log', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(eventLog).sort()).toMatchInlineSnapshot(`
      [
        "dstackEventType",
        "hashAppCompose",
        "hashDstackEvent",
        "isPayloadMeasured",
        "parseCcel",
        "parseDstackEventLog",
        "replayEventLog",
        "verifyEventLog",
      ]
    `)
  })
})

describe('@og/tee-verify', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
      [
        "QuoteError",
        "checkPolicy",
        "createVerifier",
        "createWebCrypto",
        "encodeCollateral",
        "intelRoot",
        "measurementsOf",
        "nobleCrypto",
        "parseCollateral",
        "parseEnclaveQuote",
        "parsePcsCollateral",
        "parseQuote",
        "reportDataFor",
        "simulatorRoot",
        "verifyEnclaveQuote",
        "verifyEnclaveQuoteAsync",
        "verifyQuote",
        "verifyQuoteAsync",
        "verifyStepNames",
      ]
    `)
  })
})

describe('@og/tee-verify/nitro', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(nitro).sort()).toMatchInlineSnapshot(`
      [
        "awsNitroRoot",
        "checkEnclavePolicy",
        "createWebP384",
        "hashPcrs",
        "nitroStepNames",
        "parseAttestationDocument",
        "simulatedNitroRoot",
        "verifyAttestationDocument",
        "verifyAttestationDocumentAsync",
        "verifyP384",
      ]
    `)
  })
})

describe('@og/tee-verify/node', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(native).sort()).toMatchInlineSnapshot(`
      [
        "QuoteError",
        "checkPolicy",
        "configfsTsmQuoteSource",
        "createNodeCrypto",
        "createVerifier",
        "encodeCollateral",
        "intelRoot",
        "measurementsOf",
        "nodeCrypto",
        "nodeP384",
        "parseCollateral",
        "parseEnclaveQuote",
        "parsePcsCollateral",
        "parseQuote",
        "readCcelEventLog",
        "reportDataFor",
        "simulatorRoot",
        "verifyEnclaveQuote",
        "verifyQuote",
      ]
    `)
  })

  it('behavior: all but the backend and what asks the kernel is in the main entry too', () => {
    const own = ['nodeCrypto', 'nodeP384', 'createNodeCrypto', 'configfsTsmQuoteSource', 'readCcelEventLog']
    const names = Object.keys(native).filter((name) => !own.includes(name))
    expect(names.filter((name) => !(name in main))).toEqual([])
  })
})

describe('@og/tee-verify/pccs', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(pccs).sort()).toMatchInlineSnapshot(`
      [
        "collateralSubjectOf",
        "createCollateralCache",
        "encodeCollateralSnapshot",
        "fetchCollateral",
        "intelPcs",
        "parseCollateralSnapshot",
        "pccsSource",
      ]
    `)
  })
})

describe('@og/tee-verify/release', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(release).sort()).toMatchInlineSnapshot(`
      [
        "canonicalReleaseList",
        "encodeReleaseList",
        "parseReleaseList",
        "signReleaseList",
        "verifyReleaseList",
      ]
    `)
  })
})

describe('@og/tee-verify/simulator', () => {
  it('behavior: exports these names', () => {
    expect(Object.keys(simulator).sort()).toMatchInlineSnapshot(`
      [
        "NITRO_SIMULATOR_SEED",
        "SIMULATOR_SEED",
        "createSimulatedEnclave",
        "createSimulatedPlatform",
        "encodeSimulatedCcel",
        "encodeSimulatedEventLog",
        "simulatedBootEvents",
        "simulatedDstackEvents",
        "simulatedMeasurements",
        "simulatedTrustRoot",
      ]
    `)
  })
})
