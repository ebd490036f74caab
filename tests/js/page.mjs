// A js-libp2p peer in a web page, for the interop tests; bundled by esbuild. The page's query says what it does:
// address=MULTIADDR is dialed and pinged; echo=BYTES are sent over an echo stream and compared with what comes back;
// digest=SHA256 in hexadecimal is content of one chunk, which is fetched from a node and hashed. What came of it is posted to /result as JSON.
import { createLibp2p } from 'libp2p'
import { webSockets } from '@libp2p/websockets'
import { noise } from '@libp2p/noise'
import { yamux } from '@libp2p/yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'

const CHUNKS = 2 // kind of an exchange request
const asked = new URLSearchParams(location.search)

const concat = (parts) => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) { out.set(part, at); at += part.byteLength }
  return out
}

// What the other end answers to these bytes, which are all that is sent.
const exchange = async (node, address, protocol, bytes) => {
  const stream = await node.dialProtocol(address, protocol)
  const received = []
  const reading = (async () => { for await (const chunk of stream) received.push(chunk.subarray()) })()
  for (let at = 0; at < bytes.length; at += 50000) {
    if (!stream.send(bytes.slice(at, at + 50000))) await stream.onDrain()
  }
  await stream.close()
  await reading
  return concat(received)
}

const chunkRequest = (digest) => {
  const request = new Uint8Array(41)
  request[0] = CHUNKS
  for (let i = 0; i < 32; i++) request[1 + i] = parseInt(digest.slice(2 * i, 2 * i + 2), 16)
  new DataView(request.buffer).setUint32(37, 1)
  return request
}

const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')

const run = async () => {
  // A browser's peer dials no private address by default; the test's are loopback.
  const node = await createLibp2p({
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping() }
  })
  const address = multiaddr(asked.get('address'))
  const connection = await node.dial(address)
  const result = { id: node.peerId.toString(), peer: connection.remotePeer.toString(), rtt: await node.services.ping.ping(address) }
  if (asked.has('echo')) {
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(65536, Number(asked.get('echo')))))
    const all = concat(Array.from({ length: Math.ceil(Number(asked.get('echo')) / bytes.length) }, () => bytes)).subarray(0, Number(asked.get('echo')))
    const back = await exchange(node, address, '/interop/echo/1.0.0', all)
    result.echoed = back.length === all.length && back.every((b, i) => b === all[i])
  }
  if (asked.has('digest')) {
    const answer = await exchange(node, address, '/pyrsia/exchange/1.0.0', chunkRequest(asked.get('digest')))
    result.digest = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', answer.subarray(5))))
  }
  return result
}

const result = await run().catch((error) => ({ error: error.message ?? `a failed ${error.type}` }))
await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
