export { createFileStorage, type FileStorageOptions, type FileSystem } from './file-storage.js'
export { createMemoryStorage, partOfStorage, type TextStorage } from './text-storage.js'
export { createWebStorage, type WebStorage, type WebStorageOptions } from './web-storage.js'
