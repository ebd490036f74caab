using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Node.Log;

/// <summary>
/// The log between peers: the request is a path as C2SP tlog-tiles has it (or <c>payload/HEX</c>, or <c>sets/EPOCH</c>), the answer a status byte
/// and the bytes. Everything is checked against a cosigned root, so any peer may answer.
/// </summary>
public static class LogProtocol
{
    /// <summary>Protocol id on a libp2p stream.</summary>
    public const string Id = "/pyrsia/log/1.0.0";

    private const byte Found = 0;
    private const byte NotFound = 1;
    private const string PayloadPrefix = "payload/";
    private const string SetPrefix = "sets/";
    private const string SignaturesPath = "checkpoint/signatures";
    private const int MaxPathLength = 96;

    /// <summary>Longest answer in bytes: a full bundle of the longest entries.</summary>
    private static readonly int MaxAnswerLength = 1 + Math.Max(EntryBundle.MaxBytes, EntryLimits.MaxPayloadBytes);

    /// <summary>Answers peers from a stored log.</summary>
    public static void Serve(Libp2pHost host, LogStore store) =>
        host.HandleRequests(Id, new RequestLimits { MaxRequestBytes = MaxPathLength, MaxResponseBytes = MaxAnswerLength }, (_, request, _) => Task.FromResult(Answer(store, request)));

    /// <summary>Asks a peer for a tile, a bundle or the checkpoint; null when it has none.</summary>
    public static Task<byte[]?> AskAsync(Libp2pHost host, PeerId peer, TilePath path, CancellationToken cancellationToken) =>
        AskAsync(host, peer, path.ToString(), cancellationToken);

    /// <summary>Asks a peer for a payload; null when it has none, or sends bytes of another digest.</summary>
    public static async Task<byte[]?> AskPayloadAsync(Libp2pHost host, PeerId peer, Digest digest, CancellationToken cancellationToken)
    {
        var payload = await AskAsync(host, peer, PayloadPrefix + digest.Hex, cancellationToken);
        return payload is not null && Digest.Of(payload) == digest ? payload : null;
    }

    /// <summary>Asks a peer for the log signatures of its newest checkpoint; null when it has none.</summary>
    public static Task<byte[]?> AskSignaturesAsync(Libp2pHost host, PeerId peer, CancellationToken cancellationToken) => AskAsync(host, peer, SignaturesPath, cancellationToken);

    /// <summary>Asks a peer for what leads to the authorities of an epoch; null when it has nothing that parses.</summary>
    public static async Task<SetLink?> AskSetAsync(Libp2pHost host, PeerId peer, long epoch, CancellationToken cancellationToken) =>
        await AskAsync(host, peer, string.Create(CultureInfo.InvariantCulture, $"{SetPrefix}{epoch}"), cancellationToken) is { } bytes && SetLink.TryParse(bytes, out var link, out _) ? link : null;

    /// <summary>Reads the digest of a payload's path.</summary>
    public static bool TryParsePayload(string path, out Digest digest)
    {
        digest = default;
        return path.StartsWith(PayloadPrefix, StringComparison.Ordinal) && Digest.TryParse("sha256:" + path[PayloadPrefix.Length..], out digest);
    }

    /// <summary>Reads what a path names, from a stored log.</summary>
    public static bool TryRead(LogStore store, string path, [NotNullWhen(true)] out ReadOnlyMemory<byte>? bytes)
    {
        if (path == SignaturesPath) bytes = store.LogSignatures;
        else if (path.StartsWith(SetPrefix, StringComparison.Ordinal)) bytes = StrictDecimal.TryParse(path.AsSpan(SetPrefix.Length), out var epoch) && store.ReadSetLink(epoch) is { } link ? (ReadOnlyMemory<byte>?)link : null;
        else if (TryParsePayload(path, out var digest)) bytes = store.ReadPayload(digest) is { } payload ? (ReadOnlyMemory<byte>?)payload : null;
        else bytes = TilePath.TryParse(path, out var tile) ? store.ReadTile(tile) : null;
        return bytes is not null;
    }

    /// <summary>Reads what a path names as <see cref="TryRead"/> does, and lends it; null when there is no such thing.</summary>
    public static LentTile? Lend(LogStore store, string path) =>
        TilePath.TryParse(path, out var tile) && store.LendBundle(tile) is { } bundle ? bundle : TryRead(store, path, out var bytes) ? new LentTile(bytes.Value) : null;

    private static async Task<byte[]?> AskAsync(Libp2pHost host, PeerId peer, string path, CancellationToken cancellationToken)
    {
        var answer = await host.RequestAsync(peer, Id, Encoding.ASCII.GetBytes(path), new RequestOptions { MaxResponseBytes = MaxAnswerLength }, cancellationToken);
        return answer.Length > 0 && answer[0] == Found ? answer[1..] : null;
    }

    private static ReadOnlyMemory<byte> Answer(LogStore store, ReadOnlyMemory<byte> request)
    {
        using var found = Lend(store, Encoding.ASCII.GetString(request.Span));
        return found is not null ? (byte[])[Found, .. found.Bytes.Span] : new[] { NotFound };
    }
}
