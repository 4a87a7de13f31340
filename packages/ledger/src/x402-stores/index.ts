export {
  type OpenPostgresX402StoresOptions,
  openPostgresX402Stores,
} from './open-postgres-x402-stores.js'
export { type OpenX402StoresOptions, openMemoryX402Stores, openX402Stores } from './open-x402-stores.js'
export type {
  CatalogEntry,
  CatalogFilter,
  CatalogInput,
  CatalogStore,
  SettlementQuestion,
  SettlementRecord,
  SettlementStore,
  X402StoreOptions,
  X402Stores,
  X402Swept,
} from './stores.js'
