using System.Text.Json;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Content.Exchange;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Maven;
using Pyrsia.Node.Oci;
using Pyrsia.Node.Serving;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Fuzz.Targets;

/// <summary>What nodes and authorities hear from peers, from clients on localhost and from registries.</summary>
internal static class NodeTargets
{
    private const int AnswerLimit = 1 << 20;
    private const long ContentSize = 1000;

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("exchange-request", Requests, input =>
        {
            if (!ExchangeRequest.TryRead(input, out var request)) return;
            var written = new byte[ExchangeRequest.Length];
            request.Write(written);
            Promise.OneSpelling(input, written);
        }),
        new("exchange-answer", () => [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [2, 0, 0, 0, 0]], input =>
        {
            if (!ExchangeAnswer.TryRead(input, AnswerLimit, out var answer)) return;
            var written = new byte[ExchangeAnswer.Length];
            answer.Write(written);
            Promise.OneSpelling(input, written);
            Promise.Holds(answer.Bytes is >= 0 and <= AnswerLimit, "the limit holds");
        }),
        new("chunk-leaves", () => [ChunkLeaves.Encode(0, 4096, []), ChunkLeaves.Encode(5000, 4096, new TreeHash[2]), ChunkLeaves.Encode(1 << 20, 1 << 18, new TreeHash[4])], input =>
        {
            if (ChunkLeaves.TryDecode(input, out var size, out var chunkSize, out var leaves)) Promise.OneSpelling(input, ChunkLeaves.Encode(size, chunkSize, leaves));
        }),
        new("oci-route", () => Promise.Texts("", "library/alpine/manifests/latest", "a/b/c/blobs/sha256:" + new string('0', 64), "x/tags/list", "x/referrers/y"), input =>
        {
            if (!OciRoute.TryParse(Promise.Text(input), out var route)) return;
            _ = ImageReference.TryFromRoute(route.Name, route.Reference, null, out _, out _);
            _ = ImageReference.TryFromRoute(route.Name, route.Reference, route.Name, out _, out _);
        }),
        new("range", () => Promise.Texts("bytes=0-99", "bytes=5-", "bytes=-7", "bytes=0-1,5-6", "bytes=999-1000"), input =>
        {
            foreach (var size in (long[])[0, ContentSize, long.MaxValue])
                if (RangeHeader.TryRead(Promise.Text(input), size, out var range) && range is { } asked)
                    Promise.Holds(asked.First >= 0 && asked.Length > 0 && asked.Last < size, "the range lies in the content");
        }),
        new("maven-pom", () => Promise.Texts("<project><modelVersion>4.0.0</modelVersion><name>x</name><packaging>maven-plugin</packaging></project>", "<?xml version='1.0'?><p:project xmlns:p='u'><p:distributionManagement><p:relocation/></p:distributionManagement></p:project>"), input =>
        {
            if (MavenPom.TryParse(input, out var pom)) Promise.Holds(MavenFilePath.IsVariant(pom.Packaging), "the packaging is one word");
        }),
        new("build-message", () => Promise.Texts("{\"entry\":\"AAAA\"}", "{\"request\":\"" + new string('a', 64) + "\"}"), input =>
        {
            try
            {
                _ = JsonSerializer.Deserialize(input, BuildJsonContext.Default.BuildMessage);
            }
            catch (JsonException)
            {
                // What the protocol answers with a refusal.
            }
        }),
        new("image-manifest", () => Promise.Texts(Manifest("config", "layers"), Manifest("x", "manifests")), input =>
        {
            foreach (var type in (string[])[MediaTypes.OciManifest, MediaTypes.OciIndex])
                try
                {
                    _ = ImageManifest.Parse(type, input);
                }
                catch (NotarizationException)
                {
                    // Documented.
                }
        }),
        new("cosign", () => [Samples.Log.Publish().Note.ToBytes()], input => _ = CosignMessage.TryDecode(input, out _, out _)),
    ];

    private static List<byte[]> Requests()
    {
        byte[] Write(ExchangeRequest request)
        {
            var bytes = new byte[ExchangeRequest.Length];
            request.Write(bytes);
            return bytes;
        }

        var digest = Digest.Of("x"u8);
        return [Write(new ExchangeRequest(ExchangeRequestKind.Describe, digest, default)), Write(new ExchangeRequest(ExchangeRequestKind.Chunks, digest, new ChunkRun(3, 4)))];
    }

    private static string Manifest(string one, string many)
    {
        var descriptor = $$$"""{"mediaType":"application/octet-stream","digest":"{{{Digest.Of("x"u8)}}}","size":7,"platform":{"os":"linux","architecture":"arm","variant":"v7"}}""";
        return $$"""{"schemaVersion":2,"{{one}}":{{descriptor}},"{{many}}":[{{descriptor}},{{descriptor}}]}""";
    }
}
