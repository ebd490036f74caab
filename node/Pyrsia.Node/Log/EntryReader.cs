using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>Reads entries of a stored log, with the payloads that they name by digest.</summary>
public static class EntryReader
{
    /// <summary>Parses a leaf and attaches its payload where that stands beside the log.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="payloads">Gives a payload by digest; null when it is not at hand.</param>
    /// <returns>The entry, without its payload when that is not at hand; null for a leaf that is no entry.</returns>
    public static LogEntry? Read(ReadOnlyMemory<byte> leaf, Func<Digest, byte[]?> payloads)
    {
        if (!LogEntry.TryParse(leaf, out var entry, out _)) return null;
        return MissingPayload(entry) is { } digest && payloads(digest) is { } payload ? Attach(entry, payload) : entry;
    }

    /// <summary>The payload that an entry still lacks; null when it is whole.</summary>
    public static Digest? MissingPayload(LogEntry entry) => entry switch
    {
        SignedEntry { Body: null } signed => signed.PayloadDigest,
        VerdictEntry { OutputsDigest: { } digest, Outputs.IsEmpty: true } => digest,
        _ => null,
    };

    /// <summary>The payload that stands beside the log for an entry; null when it has none there.</summary>
    public static Digest? PayloadBeside(LogEntry entry) => entry switch
    {
        SignedEntry { IsPayloadInline: false } signed => signed.PayloadDigest,
        VerdictEntry verdict => verdict.OutputsDigest,
        _ => null,
    };

    private static LogEntry Attach(LogEntry entry, byte[] payload) => entry switch
    {
        SignedEntry signed when signed.TryAttach(payload, out var whole, out _) => whole,
        VerdictEntry verdict when verdict.TryAttach(payload, out var whole, out _) => whole,
        _ => entry,
    };
}
