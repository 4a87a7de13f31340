/** Ponder loads this project through Vite; packages of this repository are taken from their sources. */
export default { resolve: { conditions: ['@og/source'] } }
