using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Provenance.Notes;

/// <summary>
/// A C2SP tlog-proof: where an entry stands, its inclusion proof, and the checkpoint it leads to; file extension
/// <c>.tlog-proof</c>. https://c2sp.org/tlog-proof
/// </summary>
public sealed class TlogProof
{
    /// <summary>The longest proof that is read, in bytes: a note, 126 hashes, and extra data.</summary>
    public const int MaxBytes = 256 * 1024;

    private const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>Makes a proof.</summary>
    /// <param name="index">The entry's index.</param>
    /// <param name="hashes">The inclusion proof, from the leaf's sibling upwards.</param>
    /// <param name="checkpoint">The signed checkpoint, as published.</param>
    /// <param name="extra">Data that nothing vouches for; empty for none.</param>
    public TlogProof(long index, ImmutableArray<TreeHash> hashes, SignedCheckpoint checkpoint, ReadOnlyMemory<byte> extra = default)
    {
        Index = index;
        Hashes = hashes;
        Checkpoint = checkpoint;
        Extra = extra;
    }

    /// <summary>The entry's index.</summary>
    public long Index { get; }

    /// <summary>The inclusion proof.</summary>
    public ImmutableArray<TreeHash> Hashes { get; }

    /// <summary>The checkpoint.</summary>
    public SignedCheckpoint Checkpoint { get; }

    /// <summary>Unauthenticated extra data.</summary>
    public ReadOnlyMemory<byte> Extra { get; }

    /// <summary>Whether the entry is in the checkpoint's tree. Says nothing about who signed the checkpoint.</summary>
    public bool VerifyInclusion(ReadOnlySpan<byte> entry) =>
        MerkleProof.VerifyInclusion(Rfc6962.HashLeaf(entry), Index, Checkpoint.Checkpoint.Size, Hashes.AsSpan(), Checkpoint.Checkpoint.Root);

    /// <summary>Parses a proof.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TlogProof? proof, [NotNullWhen(false)] out string? error)
    {
        proof = null;
        error = null;
        if (bytes.Length > MaxBytes)
            return Fail($"longer than {MaxBytes} bytes", out error);
        var split = bytes.IndexOf("\n\n"u8);
        if (split < 0)
            return Fail("no empty line before the checkpoint", out error);
        var lines = System.Text.Encoding.ASCII.GetString(bytes[..split]).Split('\n');
        var next = 0;
        if (lines[next++] != Header)
            return Fail($"the first line is not {Header}", out error);
        byte[] extra = [];
        if (next < lines.Length && lines[next].StartsWith("extra ", StringComparison.Ordinal))
        {
            if (!StrictBase64.TryDecode(lines[next][6..], out var decoded))
                return Fail("the extra line is malformed", out error);
            extra = decoded;
            next++;
        }

        if (next >= lines.Length || !lines[next].StartsWith("index ", StringComparison.Ordinal)
            || !StrictDecimal.TryParse(lines[next].AsSpan(6), out var index))
            return Fail("the index line is malformed", out error);
        next++;
        if (lines.Length - next > MerkleProof.MaxHashes)
            return Fail("too many hashes", out error);
        var hashes = ImmutableArray.CreateBuilder<TreeHash>(lines.Length - next);
        for (; next < lines.Length; next++)
        {
            if (!StrictBase64.TryDecode(lines[next], out var hash) || hash.Length != TreeHash.Size)
                return Fail("a hash is malformed", out error);
            hashes.Add(new TreeHash(hash));
        }

        if (!SignedCheckpoint.TryParse(bytes[(split + 2)..], out var checkpoint, out error))
            return false;
        proof = new TlogProof(index, hashes.MoveToImmutable(), checkpoint, extra);
        return true;
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(Header).Append('\n');
        if (!Extra.IsEmpty)
            text.Append("extra ").Append(Convert.ToBase64String(Extra.Span)).Append('\n');
        text.Append("index ").Append(Index.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var hash in Hashes)
            text.Append(hash.ToBase64()).Append('\n');
        text.Append('\n').Append(Checkpoint.Note);
        return System.Text.Encoding.UTF8.GetBytes(text.ToString());
    }

    private static bool Fail(string reason, out string? error)
    {
        error = $"tlog-proof: {reason}";
        return false;
    }
}
