/** Where a step of the build reads and writes; absolute paths. */
export interface Folders {
  readonly repository: string
  /** The folder that VitePress reads. */
  readonly site: string
}
