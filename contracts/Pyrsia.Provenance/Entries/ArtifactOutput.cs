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
/// <param name="Name">Its path in the ecosystem's layout, such as <c>org/acme/lib/1.0/lib-1.0.jar</c>; empty where the digest is the only name, as in images.</param>
public sealed record ArtifactOutput(Digest Digest, long Size, string MediaType, int ChunkSize, TreeHash ChunkRoot, string Name = "")
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

    /// <summary>The one order of a list of outputs: by name, then by digest.</summary>
    public static ImmutableArray<ArtifactOutput> InOrder(IEnumerable<ArtifactOutput> outputs) =>
        [.. outputs.OrderBy(o => o.Name, StringComparer.Ordinal).ThenBy(o => o.Digest)];

    /// <summary>Whether a text can name an output: printable ASCII in segments between slashes, none of them empty or a step up.</summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= EntryLimits.MaxCoordinateLength && text.All(c => c is > ' ' and < '\x7f' and not '\\')
            && text.Split('/').All(segment => segment is not ("" or "." or ".."));
    }

    /// <summary>The canonical list, in the one order. Equal lists have equal bytes.</summary>
    internal static CanonicalArray ToJson(IEnumerable<ArtifactOutput> outputs) =>
        CanonicalArray.Of(InOrder(outputs).Select(o => CanonicalObject.Of([
            ("name", o.Name.Length == 0 ? null : new CanonicalString(o.Name)),
            ("digest", o.Digest.ToString()), ("size", o.Size), ("mediaType", o.MediaType),
            ("chunkSize", (long)o.ChunkSize), ("chunkRoot", o.ChunkRoot.ToHex())])));

    internal static ImmutableArray<ArtifactOutput> Read(FieldReader reader, string name)
    {
        var outputs = reader.Array(name, EntryLimits.MaxOutputs, item => Create(
            item, item.Digest("digest"), item.String("mediaType", EntryLimits.MaxWordLength), item.Integer("size", 0, ChunkLayout.MaxLength),
            item.Integer("chunkSize", 0, ChunkLayout.MaxChunkSize), item.Hex("chunkRoot"), item.Has("name") ? ReadName(item) : ""));
        RequireSorted(outputs);
        return outputs;
    }

    internal static ArtifactOutput Create(FieldReader reader, Digest digest, string mediaType, long size, long chunkSize, Digest chunkRoot, string name = "")
    {
        if (mediaType.Length == 0 || mediaType.Any(c => c is <= ' ' or >= '\x7f'))
            throw reader.Wrong("mediaType", "a media type");
        return ChunkLayout.TryCreate(size, chunkSize, out _)
            ? new ArtifactOutput(digest, size, mediaType, (int)chunkSize, new TreeHash(chunkRoot.Bytes), name)
            : throw reader.Wrong("chunkSize", "a power of two within the limits, for that size");
    }

    internal static string ReadName(FieldReader reader)
    {
        var name = reader.String("name", EntryLimits.MaxCoordinateLength);
        return IsName(name) ? name : throw reader.Wrong("name", "a relative path of printable ASCII");
    }

    internal static void RequireSorted(ImmutableArray<ArtifactOutput> outputs)
    {
        if (outputs.IsEmpty)
            throw new MalformedDocumentException("there are no outputs");
        for (var i = 1; i < outputs.Length; i++)
        {
            var byName = string.CompareOrdinal(outputs[i - 1].Name, outputs[i].Name);
            var sorted = byName < 0 || (byName == 0 && outputs[i].Name.Length == 0 && outputs[i - 1].Digest < outputs[i].Digest);
            if (!sorted)
                throw new MalformedDocumentException("outputs must be sorted by name, then by digest, each once");
        }
    }
}
