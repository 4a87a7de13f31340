/**
 * Keeps the files of one build, and the last network.json that was seen. Files with a hash in their name come from here; the page and
 * network.json come from the server while it answers. Requests to anybody else (chain, nodes, indexer) are not touched.
 */
const files = __FILES__
const cacheName = 'og-explorer-__BUILD__'
const settings = './network.json'

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => isOld(name)).map((name) => caches.delete(name)))),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  const isPage = request.mode === 'navigate'
  const isSettings = url.pathname === new URL(settings, self.location.href).pathname
  if (isPage || isSettings) event.respondWith(fromServer(request, isPage ? './' : settings))
  else event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)))
})

function isOld(name) {
  return name.startsWith('og-explorer-') && name !== cacheName
}

async function fromServer(request, key) {
  const cache = await caches.open(cacheName)
  try {
    const answer = await fetch(request)
    if (answer.ok) await cache.put(key, answer.clone())
    return answer
  } catch (error) {
    const kept = await cache.match(key)
    if (kept === undefined) throw error
    return kept
  }
}
