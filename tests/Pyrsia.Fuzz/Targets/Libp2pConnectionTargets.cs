using System.Buffers;
using System.Security.Cryptography;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;

namespace Pyrsia.Fuzz.Targets;

/// <summary>What is read step by step from a connection or a stream, and signatures of certificates.</summary>
internal static class Libp2pConnectionTargets
{
    private const int MaxMessage = 10_000;

    private static readonly byte[] CipherKey = new byte[32];

    /// <summary>What the noise messages of the corpus say, one after the other.</summary>
    private static readonly byte[][] Plaintexts = [[1, 2, 3], [], [.. Enumerable.Range(0, 300).Select(i => (byte)(i & 0xff))]];

    private static readonly string[] SignatureAlgorithms =
        ["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.3.101.112"];

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("multistream-listen", () => [[.. MultistreamSelect.Opening("/x")], [.. MultistreamSelect.Opening("/y"), .. Line("ls"), .. Line("/x"), 1, 2, 3]], input =>
        {
            var channel = new BytesChannel(input);
            using var buffer = new InputBuffer(channel);
            Ends(async () => Promise.Holds(await MultistreamSelect.ListenAsync(buffer, id => id == "/x", CancellationToken.None) == "/x", "only what is served is agreed on"));
            Promise.Holds(channel.Sent <= (MultistreamSelect.MaxProposals * 24) + 24, "answers are short and bounded");
        }),
        new("multistream-dial", () => [[.. MultistreamSelect.Opening("na"), .. Line("/y")], MultistreamSelect.Opening("/x")], input =>
        {
            using var buffer = new InputBuffer(new BytesChannel(input));
            Ends(async () => Promise.Holds(await MultistreamSelect.DialAsync(buffer, ["/x", "/y"], CancellationToken.None) is "/x" or "/y", "only what was proposed is agreed on"));
        }),
        new("noise-listen", () => [[0, 32, 9, .. new byte[31], 0, 64, .. new byte[64]], [0, 40, 9, .. new byte[39]]], input =>
        {
            var channel = new BytesChannel(input);
            using var noise = new NoiseStatic(Libp2pFormatTargets.Peer, [YamuxConnection.ProtocolId]);
            using var buffer = new InputBuffer(channel);
            Ends(async () =>
            {
                await NoiseUpgrade.ListenAsync(channel, buffer, noise, CancellationToken.None);
                Promise.Holds(false, "nobody guesses a handshake");
            });
        }),
        new("noise-transport", () => [[.. NoiseMessages().SelectMany(m => m)], NoiseMessages()[0]], input =>
        {
            var buffer = new InputBuffer(new BytesChannel(input));
            var received = new List<byte>();
            Ends(async () =>
            {
                await using var channel = new NoiseChannel(new BytesChannel([]), buffer, new NoiseCipher(CipherKey), new NoiseCipher(CipherKey)) { RemoteKey = Libp2pFormatTargets.Peer.PublicKey };
                for (var piece = await channel.ReadAsync(CancellationToken.None); !piece.IsEmpty; piece = await channel.ReadAsync(CancellationToken.None)) received.AddRange(piece.Span);
            });
            Promise.Holds(Plaintexts.SelectMany(m => m).Take(received.Count).SequenceEqual(received), "what is read was sent, in that order");
        }),
        new("stream-message", () => [[3, 1, 2, 3, 0, 1, 7], [0xac, 2, .. new byte[300]], [0x90, 0x4e, .. new byte[MaxMessage]]], input =>
        {
            using var buffer = new InputBuffer(new BytesChannel(input));
            Ends(async () =>
            {
                await using var stream = new Libp2pStream(new BytesStream(buffer), Libp2pFormatTargets.Peer.PeerId, Multiaddr.Parse("/memory/1"), "/x", null, null);
                while (await stream.ReadMessageAsync(MaxMessage, CancellationToken.None) is { } message) Promise.Holds(message.Length <= MaxMessage, "the limit holds");
            });
        }),
        new("uvarint", () => [[0], [0xac, 2], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]], input =>
        {
            if (Uvarint.Read(input, out var value, out var consumed) != OperationStatus.Done) return;
            var written = new byte[Uvarint.Length(value)];
            Uvarint.Write(written, value);
            Promise.OneSpelling(input.AsSpan(0, consumed), written);
        }),
        new("dnsaddr", () => Promise.Texts($"dnsaddr=/ip4/26.1.2.3/tcp/1/p2p/{Libp2pFormatTargets.Peer.PeerId}\ndnsaddr=/dnsaddr/a.example", "dnsaddr=/dnsaddr/b.example\nother=1"), input =>
        {
            var texts = Promise.Text(input).Split('\n');
            var lookups = 0;
            var resolver = new DnsaddrResolver((_, _) => Task.FromResult<IReadOnlyList<string>>(++lookups > 0 ? texts : []));
            var found = resolver.ResolveAsync(Multiaddr.Parse($"/dnsaddr/example/p2p/{Libp2pFormatTargets.Peer.PeerId}"), CancellationToken.None).GetAwaiter().GetResult();
            Promise.Holds(found.Count <= DnsaddrResolver.MaxAddresses && lookups <= DnsaddrResolver.MaxLookups, "addresses and look-ups are bounded");
            Promise.Holds(found.All(address => address.PeerId == Libp2pFormatTargets.Peer.PeerId), "all of them are the peer's that is wanted");
        }),
        new("certificate-signature", Signatures, input =>
        {
            if (input.Length < 2 || input.Length < 2 + input[1]) return;
            _ = CertificateSignature.Verify(SignatureAlgorithms[input[0] % SignatureAlgorithms.Length], input.AsMemory(2 + input[1]), "message"u8, input.AsSpan(2, input[1]));
        }),
    ];

    /// <summary>Runs what completes at once; the ends that are documented for a peer that does not keep to the protocol, or leaves, are none to be found.</summary>
    private static void Ends(Func<Task> run)
    {
        try
        {
            run().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is PeerProtocolException or HandshakeException or ProtocolNotSupportedException or EndOfStreamException)
        {
            // Documented.
        }
    }

    private static byte[] Line(string line)
    {
        var writer = new ArrayBufferWriter<byte>();
        MultistreamMessage.Append(writer, line);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[][] NoiseMessages()
    {
        using var cipher = new NoiseCipher(CipherKey);
        return [.. Plaintexts.Select(plaintext =>
        {
            var message = new byte[plaintext.Length + NoiseCipher.TagLength];
            cipher.Encrypt(plaintext, message);
            return (byte[])[(byte)(message.Length >> 8), (byte)(message.Length & 0xff), .. message];
        })];
    }

    /// <summary>Algorithm, length of the signature, signature, key.</summary>
    private static List<byte[]> Signatures()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(new RSAParameters { Modulus = [0xc1, .. Enumerable.Range(0, 255).Select(i => (byte)((i * 37 % 256) | 1))], Exponent = [1, 0, 1] });
        using var ed25519 = Ed25519PrivateKey.FromSeed(CipherKey);
        byte[] ecdsa = [.. p256.SignData("message"u8, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)];
        return
        [
            [0, (byte)ecdsa.Length, .. ecdsa, .. p256.ExportSubjectPublicKeyInfo()],
            [3, 255, .. new byte[255], .. rsa.ExportSubjectPublicKeyInfo()],
            [6, 64, .. new byte[64], 0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0, .. ed25519.PublicKey.Bytes],
        ];
    }
}
