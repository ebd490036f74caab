// The sending or the receiving end of a transport measurement with js-libp2p, in a process of its own.
//   throughput.mjs serve            prints its multiaddr; sends as many bytes as a stream asks for (u64 little endian)
//   throughput.mjs fetch ADDR N     prints the seconds that N bytes took
import { createLibp2p } from 'libp2p'
import { tcp } from '@libp2p/tcp'
import { noise } from '@libp2p/noise'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'

const PROTOCOL = '/benchmark/send/1.0.0'
const CHUNK = new Uint8Array(256 * 1024)

const [, , role, address, size] = process.argv
const node = await createLibp2p({
  addresses: { listen: role === 'serve' ? ['/ip4/127.0.0.1/tcp/0'] : [] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()]
})

const send = async stream => {
  let asked
  for await (const data of stream) {
    asked = Number(new DataView(data.subarray().slice().buffer).getBigUint64(0, true))
    break
  }
  for (let left = asked; left > 0; left -= CHUNK.length) {
    if (!stream.send(left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left))) await stream.onDrain()
  }
  await stream.close()
}

if (role === 'serve') {
  await node.handle(PROTOCOL, send)
  console.log(node.getMultiaddrs()[0].toString())
  process.stdin.resume()
  process.stdin.on('end', () => process.exit(0))
} else {
  const wanted = Number(size)
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL)
  const ask = new Uint8Array(8)
  new DataView(ask.buffer).setBigUint64(0, BigInt(wanted), true)
  const start = process.hrtime.bigint()
  stream.send(ask)
  let received = 0
  for await (const data of stream) {
    received += data.byteLength
    if (received >= wanted) break
  }
  console.log(Number(process.hrtime.bigint() - start) / 1e9)
  process.exit(received >= wanted ? 0 : 1)
}
