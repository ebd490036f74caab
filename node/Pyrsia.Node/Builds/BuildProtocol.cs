using System.Text.Json;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Builds;

/// <summary>Build requests between a node and an authority: one JSON message each way.</summary>
public static class BuildProtocol
{
    /// <summary>Protocol id on a libp2p stream.</summary>
    public const string Id = "/pyrsia/build/1.0.0";

    /// <summary>Longest message in bytes: a leaf in base64.</summary>
    private const int MaxMessageBytes = (EntryLimits.MaxLeafBytes * 4 / 3) + 1024;

    /// <summary>Answers nodes from the desk of this authority, each within a quota of entries.</summary>
    public static void Serve(Libp2pHost host, IBuildDesk desk, TimeProvider time)
    {
        var quota = new RequestQuota<PeerId>(time);
        host.HandleRequests(Id, new RequestLimits { MaxRequestBytes = MaxMessageBytes, MaxResponseBytes = MaxMessageBytes }, (peer, request, token) => AnswerAsync(desk, () => quota.TryTake(peer), request, token));
    }

    /// <summary>Hands a request to one authority.</summary>
    public static Task<BuildReply> SubmitAsync(Libp2pHost host, PeerId authority, SignedEntry request, CancellationToken cancellationToken) =>
        AskAsync(host, authority, new BuildMessage(Entry: request.Leaf.ToArray()), cancellationToken);

    /// <summary>Asks one authority where a request stands.</summary>
    public static Task<BuildReply> QueryAsync(Libp2pHost host, PeerId authority, RequestId request, CancellationToken cancellationToken) =>
        AskAsync(host, authority, new BuildMessage(Request: request.ToString()), cancellationToken);

    /// <summary>Asks one authority for a piece of its log of a build.</summary>
    public static Task<BuildReply> ReadLogAsync(Libp2pHost host, PeerId authority, RequestId request, long offset, CancellationToken cancellationToken) =>
        AskAsync(host, authority, new BuildMessage(Request: request.ToString(), LogOffset: offset), cancellationToken);

    /// <summary>Asks one authority what it builds with.</summary>
    public static Task<BuildReply> OfferAsync(Libp2pHost host, PeerId authority, CancellationToken cancellationToken) =>
        AskAsync(host, authority, new BuildMessage(Offer: true), cancellationToken);

    private static async Task<BuildReply> AskAsync(Libp2pHost host, PeerId authority, BuildMessage message, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, BuildJsonContext.Default.BuildMessage);
        var answer = await host.RequestAsync(authority, Id, bytes, new RequestOptions { MaxResponseBytes = MaxMessageBytes }, cancellationToken);
        try
        {
            return JsonSerializer.Deserialize(answer, BuildJsonContext.Default.BuildReply) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new IOException($"{authority} answered with something that is no reply.", e);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> AnswerAsync(IBuildDesk desk, Func<bool> mayHandIn, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        JsonSerializer.SerializeToUtf8Bytes(await AnswerAsync(desk, mayHandIn, Parse(request), cancellationToken), BuildJsonContext.Default.BuildReply);

    private static async Task<BuildReply> AnswerAsync(IBuildDesk desk, Func<bool> mayHandIn, BuildMessage? message, CancellationToken cancellationToken)
    {
        var refused = new BuildReply(Known: false, Quorum: false, Error: "This is no build request.");
        try
        {
            if (message is { Entry: not null } && !mayHandIn()) throw new BuildException(BuildRefusal.TooMany, "This node hands in requests faster than an authority takes them; try again in a minute.");
            if (message is { Entry: { } leaf }) return LogEntry.TryParse(leaf, out var entry, out _) && entry is SignedEntry signed ? await desk.SubmitAsync(signed, cancellationToken) : refused;
            if (message is { Offer: true }) return new BuildReply(Known: true, Quorum: false, Offer: await desk.OffersAsync(cancellationToken) is [var offer, ..] ? offer : null);
            if (message is { LogOffset: >= 0 and var offset } && RequestId.TryParse(message.Request, out var logged))
                return new BuildReply(Known: true, Quorum: false, Log: await desk.ReadLogAsync(logged, null, offset, cancellationToken));
            if (RequestId.TryParse(message?.Request, out var id)) return await desk.QueryAsync(id, cancellationToken) ?? new BuildReply(Known: false, Quorum: false);
            return refused;
        }
        catch (BuildException e)
        {
            return refused with { Error = e.Message, Refusal = BuildRefusals.ToWord(e.Refusal) };
        }
    }

    private static BuildMessage? Parse(ReadOnlyMemory<byte> request)
    {
        try
        {
            return JsonSerializer.Deserialize(request.Span, BuildJsonContext.Default.BuildMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
