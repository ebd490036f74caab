using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Chunks;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Provenance.Entries;

/// <summary>One file of a result. Results agree only when all of this agrees for every output.</summary>
/// <param name="Digest">SHA-256 of the whole.</param>
/// <param name="Size">Bytes.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="ChunkSize">Bytes of a chunk of its chunk tree.</param>
/// <param name="ChunkRoot">The root of its chunk tree.</param>
public sealed record ArtifactOutput(Digest Digest, long Size, string MediaType, int ChunkSize, TreeHash ChunkRoot)
{
    /// <summary>How the output is cut into chunks.</summary>
    public ChunkLayout Layout => ChunkLayout.TryCreate(Size, ChunkSize, out var layout)
        ? layout
        : throw new InvalidOperationException("an output with a size or chunk size beyond the limits");

    /// <summary>An output of a blob that was just chunked.</summary>
    public static ArtifactOutput Of(ChunkedBlob blob, string mediaType)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return new ArtifactOutput(blob.Digest, blob.Length, mediaType, blob.Tree.Layout.ChunkSize, blob.Tree.Root);
    }

    /// <summary>The canonical list: sorted by digest. Equal lists have equal bytes.</summary>
    internal static CanonicalArray ToJson(IEnumerable<ArtifactOutput> outputs) =>
        CanonicalArray.Of(outputs.OrderBy(o => o.Digest).Select(o => CanonicalObject.Of([
            ("digest", o.Digest.ToString()), ("size", o.Size), ("mediaType", o.MediaType),
            ("chunkSize", (long)o.ChunkSize), ("chunkRoot", o.ChunkRoot.ToHex())])));

    internal static ImmutableArray<ArtifactOutput> Read(FieldReader reader, string name)
    {
        var outputs = reader.Array(name, EntryLimits.MaxOutputs, item => Create(
            item, item.Digest("digest"), item.String("mediaType", EntryLimits.MaxWordLength), item.Integer("size", 0, ChunkLayout.MaxLength),
            item.Integer("chunkSize", 0, ChunkLayout.MaxChunkSize), item.Hex("chunkRoot")));
        RequireSorted(outputs);
        return outputs;
    }

    internal static ArtifactOutput Create(FieldReader reader, Digest digest, string mediaType, long size, long chunkSize, Digest chunkRoot)
    {
        if (mediaType.Length == 0 || mediaType.Any(c => c is <= ' ' or >= '\x7f'))
            throw reader.Wrong("mediaType", "a media type");
        return ChunkLayout.TryCreate(size, chunkSize, out _)
            ? new ArtifactOutput(digest, size, mediaType, (int)chunkSize, new TreeHash(chunkRoot.Bytes))
            : throw reader.Wrong("chunkSize", "a power of two within the limits, for that size");
    }

    internal static void RequireSorted(ImmutableArray<ArtifactOutput> outputs)
    {
        if (outputs.IsEmpty)
            throw new MalformedDocumentException("there are no outputs");
        for (var i = 1; i < outputs.Length; i++)
        {
            if (outputs[i - 1].Digest >= outputs[i].Digest)
                throw new MalformedDocumentException("outputs must be sorted by digest, each once");
        }
    }
}
