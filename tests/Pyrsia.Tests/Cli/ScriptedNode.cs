using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing.Provenance;

namespace Pyrsia.Tests.Cli;

/// <summary>A node that serves a log in memory; what it serves can be bent.</summary>
internal sealed class ScriptedNode(TestNetwork network, TestLog log)
{
    /// <summary>Changes an answer on its way out.</summary>
    public Func<string, byte[], byte[]> Bend { get; set; } = (_, bytes) => bytes;

    public HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        var bytes = path switch
        {
            ApiRoutes.InspectDocker => Inspect(request),
            ApiRoutes.InspectMaven => InspectCoordinate(Coordinate.OfMaven(Read(request, NodeApiJsonContext.Default.InspectMavenRequest).Gav)),
            ApiRoutes.Inspect => InspectCoordinate(Read(request, NodeApiJsonContext.Default.InspectRequest).Coordinate),
            ApiRoutes.LogCheckpoint => log.Publish().Note.ToBytes(),
            ApiRoutes.LogCheckpoint + "/signatures" => Signatures(),
            _ when path.StartsWith(ApiRoutes.LogPayload, StringComparison.Ordinal) => Payload(path[ApiRoutes.LogPayload.Length..]),
            _ when TilePath.TryParse(path["/log/".Length..], out var tile) => Tile(tile),
            _ => null,
        };
        if (bytes is null) return CliRun.Json("""{"error":"nothing here","code":"not-found"}""", HttpStatusCode.NotFound);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Bend(path, bytes)) { Headers = { ContentType = new(MediaTypeNames.Application.Json) } } };
    }

    private byte[] Inspect(HttpRequestMessage request)
    {
        var asked = JsonSerializer.Deserialize(request.Content!.ReadAsStream(), NodeApiJsonContext.Default.InspectDockerRequest)!;
        var reference = ImageReference.Parse(asked.Image);
        IReadOnlyList<InspectEntry> found = [.. log.Entries
            .Select((entry, index) => (Entry: entry as VerdictEntry, Index: index))
            .Where(e => e.Entry is not null && (e.Entry.Verdict.Coordinate == Coordinate.Of(reference) || e.Entry.Outputs.Any(o => o.Digest == reference.Digest)))
            .Select(e => new InspectEntry(
                e.Index, e.Entry!.Type.ToWord(), "Docker", e.Entry.Verdict.Coordinate["docker:".Length..], e.Entry.Verdict.Request.ToString(), e.Entry.Verdict.Root.ToString(), null,
                e.Entry.Type.ToWord(), e.Entry.Verdict.TimeMs / 1000, [.. e.Entry.Verdict.Agreeing.Select(v => v.Index)]))];
        return JsonSerializer.SerializeToUtf8Bytes(found, NodeApiJsonContext.Default.IReadOnlyListInspectEntry);
    }

    private static T Read<T>(HttpRequestMessage request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => JsonSerializer.Deserialize(request.Content!.ReadAsStream(), type)!;

    private byte[] InspectCoordinate(string coordinate)
    {
        IReadOnlyList<InspectEntry> found = [.. log.Entries
            .Select((entry, index) => (Entry: entry as VerdictEntry, Index: index))
            .Where(e => e.Entry?.Names.Any(n => n.Coordinate == coordinate) == true)
            .Select(e => new InspectEntry(e.Index, e.Entry!.Type.ToWord(), "any", coordinate, e.Entry.Verdict.Request.ToString(), null, null, null, null, []))];
        return JsonSerializer.SerializeToUtf8Bytes(found, NodeApiJsonContext.Default.IReadOnlyListInspectEntry);
    }

    private byte[] Signatures()
    {
        var checkpoint = log.Checkpoint();
        var lines = network.Sign(checkpoint, 1_750_000_100).Where(line => line.Name == network.Genesis.Origin);
        return Encoding.UTF8.GetBytes(new SignedNote(checkpoint.ToString(), [.. lines]).ToString());
    }

    private byte[]? Payload(string hex) => log.Entries
        .Select(entry => entry switch
        {
            SignedEntry { IsPayloadInline: false } signed when signed.PayloadDigest.Hex == hex => signed.Payload.ToArray(),
            VerdictEntry { OutputsDigest: { } digest } verdict when digest.Hex == hex => VerdictEntry.EncodeOutputs(verdict.Outputs),
            _ => null,
        })
        .FirstOrDefault(found => found is not null);

    private byte[]? Tile(TilePath tile) => tile.Kind == TileKind.Entries
        ? EntryBundle.Encode([.. log.Entries.Skip((int)tile.Index * TilePath.FullWidth).Take(tile.Width).Select(e => e.Leaf)])
        : log.Tiles(tile)?.ToArray() ?? log.Tiles(tile with { Width = TilePath.WidthAt(tile.Level, tile.Index, log.Checkpoint().Size) })?[..(tile.Width * TreeHash.Size)].ToArray();
}
