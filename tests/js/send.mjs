// The js-libp2p side of the transport benchmark, yamux over TCP as ours; by TLS where /tls/1.0.0 stands behind, else by noise.
// usage: node send.mjs serve   prints its address, then sends as many bytes (8 bytes, little endian) as each stream asks for
//        node send.mjs fetch   prints "ready", and for each line of its input
//                              "fetch ADDRESS BYTES"  fetches that many: seconds
//                              "ping ADDRESS COUNT"   pings so often on one stream, and on a new one each: two medians in microseconds
//                              "dial ADDRESS COUNT"   connects and disconnects so often: seconds
// Both end with their input.
import { createInterface } from 'node:readline'
import { createLibp2p } from 'libp2p'
import { tcp } from '@libp2p/tcp'
import { noise } from '@libp2p/noise'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'

const SEND = '/benchmark/send/1.0.0'
const PING = '/ipfs/ping/1.0.0'
const PING_LENGTH = 32
const WRITE = 64 * 1024 // js-libp2p splits larger writes into frames of this size anyway
const serving = process.argv[2] === 'serve'

const node = await createLibp2p({
  addresses: { listen: serving ? ['/ip4/127.0.0.1/tcp/0'] : [] },
  transports: [tcp()],
  connectionEncrypters: [process.argv[3] === '/tls/1.0.0' ? tls() : noise()],
  streamMuxers: [yamux()],
  connectionManager: { inboundConnectionThreshold: Infinity }, // it is dialed more often than a stranger may
  connectionMonitor: { enabled: false }, // its pings are counted among ours
  services: { identify: identify(), ping: ping() }
})

const asked = async (stream) => {
  const parts = []
  for await (const chunk of stream) {
    parts.push(Buffer.from(chunk.subarray()))
    const all = Buffer.concat(parts)
    if (all.length >= 8) return Number(all.readBigUInt64LE())
  }
  throw new Error('the stream ended before it asked for anything')
}

await node.handle(SEND, async (stream) => {
  const block = new Uint8Array(WRITE)
  for (let left = await asked(stream); left > 0; left -= WRITE) {
    if (!stream.send(left < WRITE ? block.subarray(0, left) : block)) await stream.onDrain()
  }
  await stream.close()
})

const fetchOnce = async (address, bytes) => {
  const stream = await node.dialProtocol(multiaddr(address), SEND)
  const request = Buffer.alloc(8)
  request.writeBigUInt64LE(BigInt(bytes))
  const start = process.hrtime.bigint()
  stream.send(request)
  let received = 0
  for await (const chunk of stream) received += chunk.byteLength
  if (received !== bytes) throw new Error(`${received} bytes came, not ${bytes}`)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  await stream.close()
  return seconds
}

const since = (start) => Number(process.hrtime.bigint() - start) / 1e9

const median = async (count, once) => {
  const runs = []
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint()
    await once()
    runs.push(since(start) * 1e6)
  }
  return runs.sort((a, b) => a - b)[Math.floor(count / 2)]
}

const pingOnce = async (stream, answers) => {
  stream.send(new Uint8Array(PING_LENGTH))
  for (let received = 0; received < PING_LENGTH;) received += (await answers.next()).value.byteLength
}

const pings = async (address, count) => {
  const stream = await node.dialProtocol(multiaddr(address), PING)
  const answers = stream[Symbol.asyncIterator]()
  await median(count, () => pingOnce(stream, answers))
  const same = await median(count, () => pingOnce(stream, answers))
  await stream.close()
  const anew = await median(count, async () => {
    const own = await node.dialProtocol(multiaddr(address), PING)
    await pingOnce(own, own[Symbol.asyncIterator]())
    await own.close()
  })
  return `${same} ${anew}`
}

const dials = async (address, count) => {
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) await (await node.dial(multiaddr(address))).close()
  return since(start)
}

const commands = { fetch: fetchOnce, ping: pings, dial: dials }

console.log(serving ? node.getMultiaddrs()[0].toString() : 'ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [command, address, count] = line.split(' ')
  console.log(await commands[command](address, Number(count)))
}
process.exit(0)
