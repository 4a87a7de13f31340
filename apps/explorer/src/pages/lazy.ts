import { lazy } from 'react'

/** Pages that are fetched when they are opened; the first page stays small. */
export const Inference = lazy(async () => ({ default: (await import('./inference.js')).Inference }))
export const Checkpoints = lazy(async () => ({ default: (await import('./checkpoints.js')).Checkpoints }))
export const History = lazy(async () => ({ default: (await import('./history.js')).History }))
export const Nodes = lazy(async () => ({ default: (await import('./nodes.js')).Nodes }))
export const Node = lazy(async () => ({ default: (await import('./node.js')).Node }))
export const Verify = lazy(async () => ({ default: (await import('./verify.js')).Verify }))
export const Playground = lazy(async () => ({ default: (await import('./playground.js')).Playground }))
export const NetworkPage = lazy(async () => ({ default: (await import('./network.js')).NetworkPage }))
