namespace Pyrsia.Content.Exchange;

/// <summary>Limits and pace of the exchange between peers.</summary>
public sealed record ExchangeOptions
{
    /// <summary>Protocol id on a libp2p stream.</summary>
    public const string Protocol = "/pyrsia/exchange/1.0.0";

    /// <summary>Most chunks of one request: 2 MiB of the usual chunks, so that a slow peer never sits on much that others could bring.</summary>
    public const int MaxRun = 8;

    /// <summary>Streams to one peer for one download: while one waits for the request to travel, the other brings bytes.</summary>
    public const int StreamsPerPeer = 2;

    /// <summary>Peers that one download takes from at once.</summary>
    public const int MaxPeers = 8;

    /// <summary>Streams that this node answers at once, over all peers; the memory of each is one chunk.</summary>
    public const int MaxServedStreams = 128;

    /// <summary>Streams that one peer may have open with this node.</summary>
    public const int MaxServedStreamsPerPeer = 32;

    /// <summary>How long a peer may take over one chunk before another is asked for it.</summary>
    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How old a request must be before an idle peer is given the same chunk.</summary>
    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a peer that failed is left alone.</summary>
    public TimeSpan PeerBackOff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often providers are looked for while a download wants for them.</summary>
    public TimeSpan ProviderRefresh { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a download may stand still, with nobody bringing a chunk, before its readers are told so.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a peer that sent a wrong byte stays banned. A ban costs an attacker little; integrity never rests on it.</summary>
    public TimeSpan BanFor { get; init; } = TimeSpan.FromHours(1);
}
