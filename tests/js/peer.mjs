// A js-libp2p peer for the interop tests: one JSON command a line on stdin, one JSON event a line on stdout.
// Commands: dial, ping, echo, perf, reset, serve, connections, table, provide, find, subscribe, unsubscribe, mesh, publish, prune, stop. Each is {"id":N,"cmd":...}; the answer is {"id":N,"ok":...} or {"id":N,"error":...}.
// Arguments: Kademlia protocol, kind of key, transport (tcp, ws, quic), security protocol (/noise, /tls/1.0.0, /plaintext/2.0.0), and any of
// relay=RESERVATIONS,BYTES,SECONDS to be a relay, over=ADDRESS to listen over one, listen=ADDRESS, announce=ADDRESS instead of where it listens, nat=autonat,autonat-v2,dcutr to speak these,
// psk=HEXADECIMAL to be in the private network of that key, mdns=PORT to look for peers by multicast DNS on that port, gossip=PEERS for meshes of as many, with a quick heart and peer exchange.
import { createInterface } from 'node:readline'
import { createHash } from 'node:crypto'
import { createLibp2p } from 'libp2p'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { noise } from '@libp2p/noise'
import { tls } from '@libp2p/tls'
import { plaintext } from '@libp2p/plaintext'
import { yamux } from '@libp2p/yamux'
import { identify, identifyPush } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { gossipsub } from '@libp2p/gossipsub'
import { preSharedKey } from '@libp2p/pnet'
import { mdns } from '@libp2p/mdns'
import { autoNAT } from '@libp2p/autonat'
import { autoNATv2 } from '@libp2p/autonat-v2'
import { dcutr } from '@libp2p/dcutr'
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'

const ECHO = '/interop/echo/1.0.0'
const RESET = '/interop/reset/1.0.0'
const PERF = '/perf/1.0.0'
const kadProtocol = process.argv[2] ?? '/pyrsia/kad/1.0.0'
const keyType = process.argv[3] ?? 'Ed25519'
const transport = process.argv[4] ?? 'tcp'
const transports = {
  tcp: { at: '/ip4/127.0.0.1/tcp/0', make: () => tcp() },
  ws: { at: '/ip4/127.0.0.1/tcp/0/ws', make: () => webSockets() },
  // A library of its own, which only some platforms have: loaded when it is wanted.
  quic: { at: '/ip4/127.0.0.1/udp/0/quic-v1', make: async () => (await import('@chainsafe/libp2p-quic')).quic() }
}
const security = process.argv[5] ?? '/noise'
const securities = { '/noise': noise, '/tls/1.0.0': tls, '/plaintext/2.0.0': plaintext }
const more = Object.fromEntries(process.argv.slice(6).map((argument) => argument.split('=')))
const [maxReservations, dataLimit, seconds] = more.relay?.split(',').map(Number) ?? []
const nat = more.nat?.split(',') ?? []
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n')

// What multicast DNS finds, as such: to the node a connection that comes in is a discovery too, and later ones of that peer are none.
const discovery = (port) => (components) => {
  const found = mdns({ port, interval: 1000 })(components)
  found.addEventListener('peer', (e) => say({ event: 'discovery', peer: e.detail.id.toString(), addresses: e.detail.multiaddrs.map(String) }))
  return found
}

const node = await createLibp2p({
  privateKey: await generateKeyPair(keyType),
  addresses: {
    listen: more.over || more.listen ? [...(more.over ? [`${more.over}/p2p-circuit`] : []), ...(more.listen ? [more.listen] : [])] : [transports[transport].at],
    announce: more.announce ? [more.announce] : []
  },
  transports: [await transports[transport].make(), circuitRelayTransport()],
  connectionEncrypters: [securities[security]()],
  streamMuxers: [yamux()],
  ...(more.psk ? { connectionProtector: preSharedKey({ psk: Buffer.from(`/key/swarm/psk/1.0.0/\n/base16/\n${more.psk}`) }) } : {}),
  peerDiscovery: more.mdns ? [discovery(Number(more.mdns))] : [],
  connectionManager: { inboundConnectionThreshold: 1000, maxIncomingPendingConnections: 1000 },
  services: {
    identify: identify(),
    identifyPush: identifyPush(),
    ping: ping(),
    ...(more.relay ? { relay: circuitRelayServer({ reservations: { maxReservations, defaultDataLimit: BigInt(dataLimit), defaultDurationLimit: seconds * 1000 } }) } : {}),
    ...(nat.includes('autonat') ? { autonat: autoNAT() } : {}),
    ...(nat.includes('autonat-v2') ? { autonatV2: autoNATv2() } : {}),
    ...(nat.includes('dcutr') ? { dcutr: dcutr() } : {}),
    pubsub: gossipsub({
      allowPublishToZeroTopicPeers: true,
      ...(more.gossip ? { D: Number(more.gossip), Dlo: Number(more.gossip), Dhi: Number(more.gossip), Dout: 0, heartbeatInterval: 200, doPX: true, scoreThresholds: { acceptPXThreshold: 0 } } : {})
    }),
    dht: kadDHT({ protocol: kadProtocol, peerInfoMapper: passthroughMapper, clientMode: false })
  }
})

const bytesOf = (chunk) => chunk instanceof Uint8Array ? chunk : chunk.subarray()

await node.handle(ECHO, async (stream) => {
  for await (const chunk of stream) {
    if (!stream.send(bytesOf(chunk).slice())) await stream.onDrain()
  }
  await stream.close()
}, { maxInboundStreams: 256, maxOutboundStreams: 256, runOnLimitedConnection: true })

// After a one it resets the stream; anything else it sends back, and waits for what the other side does then.
await node.handle(RESET, async (stream) => {
  try {
    for await (const chunk of stream) {
      if (bytesOf(chunk)[0] === 1) return stream.abort(new Error('as asked'))
      stream.send(bytesOf(chunk).slice())
    }
    say({ event: 'end', of: 'order' })
  } catch (error) {
    say({ event: 'end', of: error.name })
  }
})

// https://github.com/libp2p/specs/blob/master/perf/perf.md: eight bytes that say how much to send back, an upload until its end, then the download.
const sendZeros = async (stream, count) => {
  const block = new Uint8Array(65536)
  for (let left = count; left > 0; left -= Math.min(left, block.length)) {
    if (!stream.send(block.subarray(0, Math.min(left, block.length)))) await stream.onDrain()
  }
  await stream.close()
}

await node.handle(PERF, async (stream) => {
  const head = Buffer.alloc(8)
  let seen = 0
  for await (const chunk of stream) {
    for (const byte of bytesOf(chunk).subarray(0, Math.max(0, 8 - seen))) head[seen++] = byte
  }
  await sendZeros(stream, Number(head.readBigUInt64BE()))
}, { maxInboundStreams: 1 })

node.addEventListener('peer:identify', (e) => say({
  event: 'identify',
  peer: e.detail.peerId.toString(),
  agent: e.detail.agentVersion,
  protocols: e.detail.protocols,
  addresses: e.detail.listenAddrs.map(String),
  signedRecord: e.detail.signedPeerRecord != null
}))

node.addEventListener('self:peer:update', () => say({ event: 'self', addresses: node.getMultiaddrs().map(String) }))

node.services.pubsub.addEventListener('gossipsub:message', (e) => say({
  event: 'message', topic: e.detail.msg.topic, from: e.detail.msg.from?.toString(), via: e.detail.propagationSource.toString(), sha256: createHash('sha256').update(e.detail.msg.data).digest('hex')
}))

const random = (n, seed) => {
  const out = Buffer.alloc(n)
  let block = createHash('sha256').update(String(seed)).digest()
  for (let at = 0; at < n; at += 32) { block.copy(out, at); block = createHash('sha256').update(block).digest() }
  return out
}

const echoOnce = async (peer, size) => {
  const stream = await node.dialProtocol(peer, ECHO, { runOnLimitedConnection: true })
  const data = random(size, size)
  const received = []
  const reading = (async () => { for await (const chunk of stream) received.push(Buffer.from(bytesOf(chunk))) })()
  for (let at = 0; at < size; at += 50000) {
    if (!stream.send(data.subarray(at, Math.min(size, at + 50000)))) await stream.onDrain()
  }
  await stream.close()
  await reading
  return Buffer.concat(received).equals(data)
}

const cidOf = (sha256Hex) => CID.createV1(0x55, Digest.create(0x12, Buffer.from(sha256Hex, 'hex')))

const commands = {
  // An address of an id alone dials what is known of that peer.
  async dial ({ address }) {
    const connection = await node.dial(address.startsWith('/p2p/') ? peerIdFromString(address.slice(5)) : multiaddr(address))
    return { peer: connection.remotePeer.toString(), encryption: connection.encryption, multiplexer: connection.multiplexer }
  },
  async ping ({ address }) { return { rtt: await node.services.ping.ping(multiaddr(address)) } },
  async echo ({ address, sizes }) {
    const peer = multiaddr(address)
    for (const size of sizes) {
      try {
        if (!(await echoOnce(peer, size))) return { equal: false, size }
      } catch (error) {
        return { equal: false, size, error: `${error.name}: ${error.message}` }
      }
    }
    return { equal: true }
  },
  async perf ({ address, upload, download }) {
    const stream = await node.dialProtocol(multiaddr(address), PERF)
    let received = 0
    const reading = (async () => { for await (const chunk of stream) received += chunk.byteLength })()
    const head = Buffer.alloc(8)
    head.writeBigUInt64BE(BigInt(download))
    stream.send(head)
    await sendZeros(stream, upload)
    await reading
    return { received }
  },
  // Has the other side reset a stream, then resets one itself.
  async reset ({ address }) {
    const seen = []
    for (const how of [1, 2]) {
      const stream = await node.dialProtocol(multiaddr(address), RESET)
      stream.send(Uint8Array.of(how))
      try {
        for await (const chunk of stream) {
          seen.push(bytesOf(chunk)[0])
          stream.abort(new Error('as asked'))
          break
        }
        if (how === 1) seen.push('order')
      } catch (error) {
        seen.push(error.name)
      }
    }
    return { seen }
  },
  async serve ({ protocol }) { await node.handle(protocol, async (stream) => { await stream.close() }); return {} },
  async connections () { return { peers: node.getConnections().map((c) => c.remotePeer.toString()) } },
  async table () { return { size: node.services.dht.routingTable.size } },
  async provide ({ sha256 }) {
    let sent = 0
    for await (const event of node.services.dht.provide(cidOf(sha256))) if (event.name === 'PEER_RESPONSE' || event.name === 'SEND_QUERY') sent++
    return { sent }
  },
  async find ({ sha256 }) {
    const providers = []
    for await (const event of node.services.dht.findProviders(cidOf(sha256), { signal: AbortSignal.timeout(15000) })) {
      if (event.name === 'PROVIDER') for (const p of event.providers) providers.push({ peer: p.id.toString(), addresses: p.multiaddrs.map(String) })
      if (providers.length > 0) break
    }
    return { providers }
  },
  async subscribe ({ topic }) { node.services.pubsub.subscribe(topic); return {} },
  async unsubscribe ({ topic }) { node.services.pubsub.unsubscribe(topic); return {} },
  async mesh ({ topic }) { return { mesh: node.services.pubsub.getMeshPeers(topic), subscribers: node.services.pubsub.getSubscribers(topic).map(String) } },
  async publish ({ topic, size }) {
    const data = random(size, size)
    await node.services.pubsub.publish(topic, data)
    return { sha256: createHash('sha256').update(data).digest('hex') }
  },
  // Sends a prune with whatever records are given.
  async prune ({ to, topic, peers }) {
    const named = peers.map(({ peer, record }) => ({ peerID: peerIdFromString(peer).toMultihash().bytes, signedPeerRecord: Buffer.from(record, 'hex') }))
    const sent = node.services.pubsub.sendRpc(to, { subscriptions: [], messages: [], control: { ihave: [], iwant: [], graft: [], idontwant: [], prune: [{ topicID: topic, peers: named, backoff: 1 }] } })
    return { sent }
  },
  async stop () { await node.stop(); setTimeout(() => process.exit(0), 10); return {} }
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const command = JSON.parse(line)
  try {
    say({ id: command.id, ok: await commands[command.cmd](command) })
  } catch (error) {
    say({ id: command.id, error: `${error.name}: ${error.message}` })
  }
}).on('close', () => process.exit(0))

say({ event: 'ready', peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })
