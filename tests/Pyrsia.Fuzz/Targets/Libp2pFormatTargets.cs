using System.Buffers;
using System.Security.Cryptography;
using Pyrsia.Libp2p;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Fuzz.Targets;

/// <summary>Names, addresses and keys of libp2p.</summary>
internal static class Libp2pFormatTargets
{
    public static KeyPair Peer { get; } = KeyPair.FromSeed(TestNetwork.Seed("fuzz", "peer"));

    public static IReadOnlyList<Multiaddr> Addresses { get; } =
    [
        .. new[]
        {
            "/ip4/127.0.0.1/tcp/4001", $"/ip6/2001:db8::1/tcp/4001/p2p/{Peer.PeerId}", "/dns4/node.example/tcp/443/wss", "/ip4/10.0.0.1/udp/9/quic-v1/webtransport/certhash/uEiAsGPzpiPGQzSlVHRXrUCT5EkTV7YFrV4VZ3hpEKTd_zg",
            $"/ip4/1.2.3.4/tcp/1/p2p/{Peer.PeerId}/p2p-circuit", "/memory/7", "/ip6zone/eth0/ip6/fe80::1/tcp/1",
        }.Select(Multiaddr.Parse),
    ];

    private static byte[] SwarmKey { get; } = Promise.Utf8("/key/swarm/psk/1.0.0/\n/base16/\n1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389\n");

    private static byte[] DnsQuestion { get; } = DnsMessage.TryAsk(7, "_dnsaddr.example.org", out var question) ? question : [];

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("multiaddr", () => [.. Addresses.Select(a => a.Bytes.ToArray())], input =>
        {
            if (!Multiaddr.TryDecode(input, out var address)) return;
            Promise.OneSpelling(input, address.Bytes.Span);
            Promise.Holds(Multiaddr.TryParse(address.ToString(), out var again) && again.Equals(address), "the text form names the same address");
        }),
        new("multiaddr-text", () => [.. Addresses.Select(a => Promise.Utf8(a.ToString()))], input =>
        {
            if (Multiaddr.TryParse(Promise.Text(input), out var address)) Promise.Holds(Multiaddr.TryDecode(address.Bytes.Span, out var again) && again.Equals(address), "the binary form decodes");
        }),
        new("peer-id", () => [Peer.PeerId.Bytes.ToArray(), Multihash.OfSha256("key"u8).Bytes.ToArray()], input =>
        {
            if (!PeerId.TryDecode(input, out var id)) return;
            Promise.OneSpelling(input, id.Bytes.Span);
            Promise.Holds(PeerId.TryParse(id.ToString(), out var again) && again == id, "base58 names the same peer");
            Promise.Holds(PeerId.TryParse(id.ToCidString(), out again) && again == id, "the CID names the same peer");
            _ = id.TryGetPublicKey(out _);
        }),
        new("peer-id-text", () => Promise.Texts(Peer.PeerId.ToString(), Peer.PeerId.ToCidString(), Multihash.OfSha256("key"u8).ToString()), input =>
        {
            if (PeerId.TryParse(Promise.Text(input), out var id)) Promise.Holds(PeerId.TryDecode(id.Bytes.Span, out var again) && again == id, "the binary form decodes");
        }),
        new("swarm-key", () => [SwarmKey, Promise.Utf8("/key/swarm/psk/1.0.0/\n/base64/\nGydVZHPphdRizVEZeppGx2AJVJ6sZHTyBsTuCET2g4k="), Promise.Utf8("/key/swarm/psk/1.0.0/\r\n/bin/\r\n0123456789abcdef0123456789abcdef")], input =>
        {
            if (PreSharedKey.TryDecode(input, out var key)) Promise.Holds(PreSharedKey.TryDecode(key.Encode(), out var again) && again.Bytes.SequenceEqual(key.Bytes), "what was decoded encodes and decodes");
        }),
        new("multihash", () => [Multihash.OfSha256("x"u8).Bytes.ToArray(), Multihash.Create(0, "abc"u8).Bytes.ToArray(), Multihash.Create(0x13, new byte[64]).Bytes.ToArray()], input =>
        {
            if (!Multihash.TryDecode(input, out var hash)) return;
            Promise.OneSpelling(input, hash.Bytes.Span);
            Promise.OneSpelling(input, Multihash.Create(hash.Code, hash.Digest).Bytes.Span);
        }),
        new("cid", () => [Cid.V0(Multihash.OfSha256("x"u8)).ToBytes(), Cid.V1(Cid.Raw, Multihash.OfSha256("x"u8)).ToBytes()], input =>
        {
            if (Cid.TryDecode(input, out var cid)) Promise.OneSpelling(input, cid.ToBytes());
            if (Cid.TryParse(Promise.Text(input), out cid)) Promise.Holds(Cid.TryParse(cid.ToString(), out var again) && again == cid, "the text names the same content");
        }),
        new("multibase", () => Promise.Texts(Multibase.EncodeBase32("some bytes"u8), Multibase.EncodeBase64Url("some bytes"u8), "z" + Base58.Encode("some bytes"u8), "f00ff10", Cid.V1(Cid.Raw, Multihash.OfSha256("x"u8)).ToString()), input =>
        {
            var text = Promise.Text(input);
            if (Multibase.TryDecode(text, out var bytes)) Promise.Holds(Multibase.TryDecode(Multibase.EncodeBase64Url(bytes), out var again) && again.AsSpan().SequenceEqual(bytes) || bytes.Length * 4 / 3 > Multibase.MaxTextLength - 4, "what was decoded encodes and decodes");
            if (Base58.TryDecode(text, out bytes)) Promise.OneSpelling(text, Base58.Encode(bytes));
            if (Base32.TryDecode(text, out bytes)) Promise.OneSpelling(text.ToLowerInvariant(), Base32.Encode(bytes));
        }),
        new("public-key", PublicKeys, CheckPublicKey),
        new("dns-answer", () => [DnsAnswer("text", new string('x', 300)), DnsAnswer()], input => _ = DnsMessage.Read(DnsQuestion, input, out _)),
        new("multistream", () => [Line("/multistream/1.0.0"), Line("na"), Line("/pyrsia/kad/1.0.0"), [.. Line("/multistream/1.0.0"), .. Line("/noise")]], input =>
        {
            if (MultistreamMessage.Read(input, out var line, out var consumed) == OperationStatus.Done) Promise.OneSpelling(input.AsSpan(0, consumed), Line(line));
        }),
    ];

    /// <summary>The question repeated, then a record for each text, its name a pointer into the question.</summary>
    private static byte[] DnsAnswer(params string[] texts)
    {
        byte[] message = [.. DnsQuestion];
        (message[2], message[7]) = (0x81, (byte)texts.Length);
        return
        [
            .. message,
            .. texts.SelectMany(text =>
            {
                var strings = Promise.Utf8(text).Chunk(255).SelectMany(part => part.Prepend((byte)part.Length)).ToArray();
                return (byte[])[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, (byte)(strings.Length >> 8), (byte)(strings.Length & 0xff), .. strings];
            }),
        ];
    }

    private static byte[] Line(string line)
    {
        var writer = new ArrayBufferWriter<byte>();
        MultistreamMessage.Append(writer, line);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Type, length of the signature, signature, key data: the protobuf around a key is canonical and would hide the key from the mutations.</summary>
    private static List<byte[]> PublicKeys()
    {
        using var network = new TestNetwork();
        using var rsa = RSA.Create(new RSAParameters { Modulus = [0xc1, .. Enumerable.Range(0, 255).Select(i => (byte)((i * 37 % 256) | 1))], Exponent = [1, 0, 1] });
        var signature = Peer.Sign("message"u8);
        return
        [
            [(byte)KeyType.Ed25519, 64, .. signature, .. Peer.PublicKey.Data.Span],
            [(byte)KeyType.Ecdsa, 8, 0x30, 6, 2, 1, 1, 2, 1, 1, .. network.BuilderKeys[0].PublicKey.Spki],
            [(byte)KeyType.Rsa, 0, .. rsa.ExportSubjectPublicKeyInfo()],
            [(byte)KeyType.Secp256k1, 0, 2, .. new byte[32]],
        ];
    }

    private static void CheckPublicKey(byte[] input)
    {
        if (Libp2pPublicKey.TryDecode(input, out var whole)) Promise.OneSpelling(input, whole.Encode());
        if (input.Length < 2 || input.Length < 2 + input[1]) return;
        var encoded = new Libp2pPublicKey((KeyType)(input[0] % 4), input[(2 + input[1])..]).Encode();
        if (!Libp2pPublicKey.TryDecode(encoded, out var key)) return;
        Promise.OneSpelling(encoded, key.Encode());
        _ = key.Verify("message"u8, input.AsSpan(2, input[1]));
        _ = PeerId.FromPublicKey(key);
    }
}
