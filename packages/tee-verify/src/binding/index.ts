export { nodeReportData } from './node-report-data.js'
export {
  type DstackHash,
  dstackReportData,
  nearReportData,
  nitridingUserData,
  nonceReportData,
  teekitReportData,
  tinfoilReportData,
} from './report-data-bindings.js'
